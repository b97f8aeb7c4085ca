"""What past runs said, and what came of it: rows that have come due, by the labels of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from features.catalogue import Catalogue
from features.facts import Facts
from serving.ports import Publication
from serving.scoring.health.grounds import SETTLED, Serving, empty
from serving.scoring.model import attendance_rule
from serving.services.desk import Desk
from training.bundle import Bundle
from training.outcomes import Less, less, matured, settled, standing_alone, thinned


def said(desk: Desk, run: Publication) -> pl.DataFrame:
    """Who had an estimate in a run: student_id, placed, listed, probability."""
    rows = desk.table(run, "roster").filter(pl.col("in_cohort") == 1)
    return rows.select("student_id", "placed", "listed", "probability").collect()


@dataclass(frozen=True)
class Own:
    """What tells the lists by the model that serves, asked since it was trained, from all the others.

    ``rule``: the attendance rule; None where a rule serves, and nothing is compared with itself.
    """

    until: date
    digest: str
    since: date | None
    rule: Bundle | None

    @classmethod
    def of(cls, publication: Publication, serving: Serving, catalogue: Catalogue) -> Own:
        """Of the list whose health is asked."""
        since = serving.trained_until
        is_rule = serving.kind == "rule" or since is None
        rule = None if is_rule else attendance_rule(publication.model_name, catalogue)
        return cls(publication.as_of, publication.bundle_digest, since, rule)

    def order(self, desk: Desk, run: Publication) -> pl.DataFrame:
        """student_id, school_id, margin and rule of a run; no row where it is no list of this model's."""
        features, scores = desk.table(run, "features"), desk.table(run, "scores")
        wanted = scores.select("student_id", "school_id", "margin")
        newer = self.since is not None and run.as_of >= self.since
        ours = newer and run.bundle_digest == self.digest
        # a run keeps what its model asks for; of less than the rule counts nothing can be told
        held = set(features.collect_schema().names())
        if self.rule is None or not ours or not held.issuperset(self.rule.indicators):
            return wanted.with_columns(rule=pl.lit(None, pl.Float64)).head(0).collect()
        frame = features.select("student_id", *self.rule.indicators).collect()
        points = frame.select("student_id", rule=pl.Series(self.rule.score(frame).margin))
        return wanted.collect().join(points, on="student_id")


def come_due(desk: Desk, runs: Sequence[Publication], facts: Facts, own: Own) -> pl.DataFrame:
    """``SETTLED`` of the runs that have come due, by what each was asked; retrospective ones are no test."""
    asked: dict[tuple[int | None, tuple[str, ...]], list[pl.DataFrame]] = {}
    for run in runs:
        about = desk.manifest(run)
        weeks, outcome = about.get("horizon_weeks"), tuple(about.get("outcome") or ())
        if run.retrospective or not matured(run.as_of, facts, until=own.until, horizon_weeks=weeks):
            continue
        rows = said(desk, run).with_columns(as_of=pl.lit(run.as_of), week=pl.lit(run.week))
        rows = rows.join(own.order(desk, run), on="student_id", how="left", maintain_order="left")
        asked.setdefault((weeks, outcome), []).append(rows)
    found = [empty(SETTLED)]
    for (weeks, outcome), parts in asked.items():
        told = settled(
            pl.concat(parts), facts, until=own.until, horizon_weeks=weeks, outcome=outcome
        )
        told = told.filter(pl.col("standing") != "immature").with_columns(alone=pl.lit(1.0))
        found.append(told.select(pl.col(c).cast(t) for c, t in SETTLED.items()))
    return _alone(pl.concat(found), desk, runs, facts, own.until)


def _alone(
    come: pl.DataFrame, desk: Desk, runs: Sequence[Publication], facts: Facts, until: date
) -> pl.DataFrame:
    """The same weighed as if nobody had been visited: who was visited and stayed is not a false alarm.

    Alike are pupils of a week by the very score of its list. Weeks without a list are not weighed for. In a
    city some pupils are asked about; ``alone`` is empty for the others.
    """
    digests = sorted({run.bundle_digest for run in runs})
    lists = [
        desk.table(run, "scores")
        .select("student_id", "school_id", score="margin")
        .with_columns(as_of=pl.lit(run.as_of), scale=pl.lit(digests.index(run.bundle_digest)))
        for run in runs
        if not run.retrospective
    ]
    return come.with_columns(alone=standing_alone(come, lists, facts, until=until))


def order_less(come: pl.DataFrame) -> Less | None:
    """What the order of the model that serves was worth beside the attendance rule's."""
    judged = come.filter(
        pl.col("standing").is_in(["positive", "negative"]),
        pl.col("margin").is_not_null(),
        pl.col("alone") > 0,
    )
    rows = judged.with_columns(label=(pl.col("standing") == "positive").cast(pl.Int8))
    told = thinned(rows).with_columns(weight=pl.col("weight") * pl.col("alone"))
    return less(told) if len(rows) else None
