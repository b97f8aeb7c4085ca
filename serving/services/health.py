"""The health of a published week: figures gathered, checks asked, one report that pages can show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.catalogue import Catalogue, load
from features.facts import Facts
from serving.ports import Publication, Reports
from serving.scoring.health import Finding, examine
from serving.scoring.health.checks.expected import implied
from serving.scoring.health.checks.marks import weekly
from serving.scoring.health.checks.realised import by_week
from serving.scoring.health.grounds import (
    INDICATORS,
    PUPILS,
    SAID,
    SETTLED,
    Grounds,
    Serving,
    empty,
)
from serving.scoring.health.limits import limit
from serving.scoring.health.profile import (
    cohort_figures,
    indicator_figures,
    school_weeks,
    score_figures,
    steady,
    unbroken,
)
from serving.scoring.model import attendance_rule
from serving.scoring.week import iso_week
from serving.services import health_facts
from serving.services.desk import Desk, one_area
from training.bundle import Bundle
from training.outcomes import Less, less, matured, settled, thinned

#: Weeks of facts and of runs that a week is compared with, holidays among them.
WEEKS = 24
#: Runs about a year ago, for what moves with the calendar.
YEAR, ABOUT = timedelta(days=364), timedelta(days=10)
#: Weeks on the page's lines.
SHOWN = 30


@dataclass(frozen=True)
class Point:
    """One week on the lines: shares from 0 to 1, None where there is nothing (or too few) to show."""

    week: str
    coverage: float | None = None
    listed: float | None = None
    expected: float | None = None
    realised: float | None = None


@dataclass(frozen=True)
class Report:
    """One area's week: what was found and the lines. ``made_on``: the day it was made."""

    area: str
    week: str
    as_of: date
    made_on: date
    list_id: str
    model: str
    synthetic: bool
    findings: tuple[Finding, ...]
    points: tuple[Point, ...]

    @property
    def acts(self) -> int:
        """How many findings need a person."""
        return sum(finding.acts for finding in self.findings)

    def words(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str) + "\n"

    @classmethod
    def read(cls, text: str) -> Report:
        """What ``words`` wrote."""
        said: dict[str, Any] = json.loads(text)
        said["as_of"] = date.fromisoformat(said["as_of"])
        said["made_on"] = date.fromisoformat(said["made_on"])
        said["findings"] = tuple(Finding(**f) for f in said["findings"])
        said["points"] = tuple(Point(**p) for p in said["points"])
        return cls(**said)


def newest(reports: Reports) -> list[Report]:
    """The newest report of every area, by area."""
    return [Report.read(text) for text in reports.newest()]


def publication_of(desk: Desk, *, area: str | None = None, week: str | None = None) -> Publication:
    """The list whose health is asked; Refusal where there is none, or several areas."""
    return desk.newest(area=area, week=week)


def report(
    publication: Publication,
    desk: Desk,
    facts: Facts,
    *,
    today: date,
    damage: Sequence[tuple[str, str]] = (),
) -> Report:
    """The health of one published week. ``facts``: those it was made from. ``damage``: what is wrong with
    the files of its model (``training.bundle.registry.faults``)."""
    runs = _runs(desk, publication)
    grounds = gather(publication, desk, facts, runs=runs, today=today)
    grounds = replace(grounds, damage=tuple(damage))
    return Report(
        area=publication.area,
        week=publication.week,
        as_of=publication.as_of,
        made_on=today,
        list_id=publication.list_id,
        model=publication.label,
        synthetic=publication.synthetic,
        findings=examine(grounds),
        points=_points(grounds, desk, runs),
    )


def _runs(desk: Desk, publication: Publication) -> list[Publication]:
    """Standing runs of the same area and model name up to this one, oldest first."""
    standing = desk.lists.standing(area=publication.area, model=publication.model_name)
    one_area(standing)
    past = [p for p in standing if p.as_of < publication.as_of]
    return sorted([*past, publication], key=lambda p: (p.as_of, p.week))


def gather(
    publication: Publication, desk: Desk, facts: Facts, *, runs: Sequence[Publication], today: date
) -> Grounds:
    """Everything the checks look at."""
    as_of = publication.as_of
    catalogue = load(facts.batch.attributes)
    days = health_facts.school_days(facts)
    held = school_weeks(days, as_of, weeks=WEEKS)
    compared = [p for p in runs if _compared(p.as_of, as_of)]
    serving = _serving(desk, publication)
    come = _settled(desk, runs, facts, _Own.of(publication, serving, catalogue))
    return Grounds(
        area=publication.area,
        week=publication.week,
        as_of=as_of,
        today=today,
        serving=serving,
        indicators=_indicators(desk, compared),
        marks=health_facts.marks(facts, held),
        results=health_facts.results(facts, as_of),
        pupils=pl.concat(
            [empty(PUPILS), *(_cohort(desk, p) for p in compared if as_of - p.as_of < YEAR)]
        ),
        feeds=health_facts.feeds(facts, as_of),
        settled=come,
        less=_less(come),
        said=_said(desk, publication).select(list(SAID)),
        steady=steady(catalogue),
        unbroken=unbroken(days, [p.as_of for p in compared]),
        labels=_labels(catalogue),
        schools={s.school_id: s.name for s in publication.schools},
        in_term=bool(held) and held[-1] == as_of,
    )


def _compared(day: date, as_of: date) -> bool:
    recent = day > as_of - timedelta(weeks=WEEKS)
    return recent or abs(as_of - YEAR - day) <= ABOUT


def _labels(catalogue: Catalogue) -> Mapping[str, tuple[str, str]]:
    return {one.name: (one.label_zh, one.label_en) for one in catalogue}


def _serving(desk: Desk, publication: Publication) -> Serving:
    said = desk.manifest(publication)
    trained = str(said.get("trained_until") or "")
    dated = bool(trained) and not trained.startswith("0001")
    return Serving(
        label=publication.label,
        kind=publication.model_kind,
        found=str(said.get("model_found", "")),
        trained_until=date.fromisoformat(trained) if dated else None,
        horizon_weeks=said.get("horizon_weeks"),
    )


def _indicators(desk: Desk, runs: Sequence[Publication]) -> pl.DataFrame:
    found = [empty(INDICATORS)]
    newest = runs[-1].bundle_digest if runs else ""
    for run in runs:
        found.append(indicator_figures(desk.table(run, "features").collect(), run.as_of))
        # another model's estimates are on another scale
        if run.bundle_digest == newest:
            scores = desk.table(run, "scores").select("margin").collect()
            found.append(score_figures(scores, run.as_of))
    return pl.concat(found)


def _cohort(desk: Desk, run: Publication) -> pl.DataFrame:
    rows = desk.table(run, "features").select("student_id", "school_id", "grade").collect()
    return cohort_figures(rows, run.as_of)


def _said(desk: Desk, run: Publication) -> pl.DataFrame:
    """Who had an estimate in a run: student_id, placed, listed, probability."""
    rows = desk.table(run, "roster").filter(pl.col("in_cohort") == 1)
    return rows.select("student_id", "placed", "listed", "probability").collect()


@dataclass(frozen=True)
class _Own:
    """What tells the lists by the model that serves, asked since it was trained, from all the others.

    ``rule``: the attendance rule; None where a rule serves, and nothing is compared with itself.
    """

    until: date
    digest: str
    since: date | None
    rule: Bundle | None

    @classmethod
    def of(cls, publication: Publication, serving: Serving, catalogue: Catalogue) -> _Own:
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


def _settled(desk: Desk, runs: Sequence[Publication], facts: Facts, own: _Own) -> pl.DataFrame:
    """Rows of the runs that have come due, by what each was asked; retrospective ones are no test."""
    asked: dict[tuple[int | None, tuple[str, ...]], list[pl.DataFrame]] = {}
    for run in runs:
        said = desk.manifest(run)
        weeks, outcome = said.get("horizon_weeks"), tuple(said.get("outcome") or ())
        if run.retrospective or not matured(run.as_of, facts, until=own.until, horizon_weeks=weeks):
            continue
        rows = _said(desk, run).with_columns(as_of=pl.lit(run.as_of), week=pl.lit(run.week))
        rows = rows.join(own.order(desk, run), on="student_id", how="left", maintain_order="left")
        asked.setdefault((weeks, outcome), []).append(rows)
    found = [empty(SETTLED)]
    for (weeks, outcome), parts in asked.items():
        told = settled(
            pl.concat(parts), facts, until=own.until, horizon_weeks=weeks, outcome=outcome
        )
        told = told.filter(pl.col("standing") != "immature")
        found.append(told.select(pl.col(c).cast(t) for c, t in SETTLED.items()))
    return pl.concat(found)


def _less(come: pl.DataFrame) -> Less | None:
    """What the order of the model that serves was worth beside the attendance rule's."""
    judged = come.filter(
        pl.col("standing").is_in(["positive", "negative"]), pl.col("margin").is_not_null()
    )
    rows = judged.with_columns(label=(pl.col("standing") == "positive").cast(pl.Int8))
    return less(thinned(rows)) if len(rows) else None


def _points(grounds: Grounds, desk: Desk, runs: Sequence[Publication]) -> tuple[Point, ...]:
    """The lines: coverage by week of facts, the rest by run."""
    known = {
        iso_week(row["as_of"]): row["known"] / row["expected"]
        for row in weekly(grounds).iter_rows(named=True)
        if row["expected"] > 0
    }
    came = {week: one.precision for week, one in by_week(grounds.settled).items()}
    own = {run.week: run for run in runs}
    points = []
    for week in sorted(known.keys() | own.keys())[-SHOWN:]:
        run = own.get(week)
        points.append(
            Point(
                week,
                coverage=known.get(week),
                listed=None if run is None else _listed(run),
                expected=None if run is None else _expected(desk, run),
                realised=came.get(week),
            )
        )
    return tuple(points)


def _listed(run: Publication) -> float | None:
    cohort, listed = run.counts.get("cohort", 0), run.counts.get("listed", 0)
    few = 0 < listed < limit("realised", "cell")
    return listed / cohort if cohort and not few else None


def _expected(desk: Desk, run: Publication) -> float | None:
    told = implied(_said(desk, run))
    if told is None or told[0] < limit("realised", "least_listed"):
        return None
    return told[1]
