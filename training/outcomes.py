"""What came of rows that were scored: the second door of ``training`` that ``serving`` may open.

Monitoring must judge by the very labels that models are trained and measured on; a copy of that
reading in ``serving`` would be a second truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw
import numpy as np
import polars as pl

from features.asof import follow, known
from features.facts import Facts
from training.interventions.guard import weights
from training.interventions.panel import visits_of, weekly
from training.labels import Question, label
from training.predictions import Predictions
from training.rows import at_school, evidence, lasting_rows, year_ends

#: Pupils with the outcome; with fewer a difference is mostly chance (as in the gates).
FEWEST = 30
REPLICATES = 300
#: Of pupils without the outcome so many are compared at most, weighted for the others: those who had it are
#: few, and they decide how wide an interval is.
MOST_OTHERS = 10_000

#: Rows of lists held at once to tell who was as likely to be visited: half a kilobyte each.
MOST_LISTED = 2_000_000


def matured(as_of: date, facts: Facts, *, until: date, horizon_weeks: int | None) -> bool:
    """Whether a window of whole weeks that began on ``as_of`` is over and its records are in.

    True for windows to the end of the school year: each row says for itself (standing ``immature``).
    """
    if horizon_weeks is None:
        return as_of < until
    return as_of + timedelta(days=7 * horizon_weeks + facts.batch.largest_lag) <= until


def settled(
    rows: pl.DataFrame,
    facts: Facts,
    *,
    until: date,
    horizon_weeks: int | None,
    outcome: Sequence[str] = (),
) -> pl.DataFrame:
    """``rows`` (student_id, as_of and what else they carry) with ``standing``, ``window_end`` and ``event_on``,
    as known by ``until``.

    Temporary numbers are followed to the lasting ones; rows whose school year had not begun or was
    over are left out, as in training. ``outcome``: what the model was asked; else the batch's own.
    """
    asked = Question(
        until=until,
        outcome=tuple(outcome) or facts.batch.outcome,
        horizon_days=None if horizon_weeks is None else 7 * horizon_weeks,
        lag_days=facts.batch.largest_lag,
    )
    lasting = _follow(rows.lazy(), facts, until).collect()
    named = label(at_school(lasting, year_ends(facts, until)), evidence(facts, asked), asked)
    more = ("standing", "window_end", "event_on")
    return named.rows.select(*rows.columns, *more).sort("as_of", "student_id")


def _follow(rows: pl.LazyFrame, facts: Facts, until: date) -> pl.LazyFrame:
    """Temporary numbers replaced by lasting ones, as known by ``until``."""
    aliases = known(facts.scan("student_aliases"), until)
    told: pl.LazyFrame = follow(nw.from_native(rows), nw.from_native(aliases)).to_native()
    return told


def visits_made(facts: Facts, until: date) -> pl.DataFrame:
    """student_id, on: the recorded visits to families, as known by ``until``."""
    return visits_of(lasting_rows(facts, "interventions", until)).unique(["student_id", "on"])


def standing_alone(
    rows: pl.DataFrame,
    lists: Sequence[pl.LazyFrame],
    facts: Facts,
    *,
    until: date,
    most: int = MOST_LISTED,
) -> pl.Series:
    """For how many unvisited pupils each row stands; 0 where a visit may have changed what came; 1 where no
    visit is on record.

    ``rows``: of ``settled``. ``lists``: student_id, school_id, as_of, score, scale of every list, those not yet
    due among them. Where the lists hold more than ``most`` rows some pupils
    are asked about, by their number alone, and the rows of the others are empty.
    """
    visits = visits_made(facts, until)
    if rows.is_empty() or visits.is_empty():
        return pl.Series("alone", [1.0] * rows.height, pl.Float64)
    many = sum(int(one.select(pl.len()).collect().item()) for one in lists)
    share = min(int(min(1.0, most / max(many, 1)) * (2**64 - 1)), 2**64 - 1)
    # by another hash than ``thinned``: of those chosen by the same one, none would be left out there
    asked = pl.col("student_id").hash(1) <= pl.lit(share, pl.UInt64)
    own = rows.with_row_index("row").filter(asked)
    came = own.filter(pl.col("standing") == "positive")
    panel = weekly(
        pl.concat(_follow(one, facts, until).filter(asked).collect() for one in lists),
        visits.filter(asked),
        came.select("student_id", on="event_on").unique(),
    )
    told = own.select("row", alone=weights(own.drop("row"), visits, "ipcw", panel=panel))
    whole = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    return whole.join(told, on="row", how="left", maintain_order="left")["alone"]


@dataclass(frozen=True)
class Less:
    """Average precision of a model less the attendance rule's, with its 95 % interval, and on what.

    ``outcomes``: pupils with the outcome. ``first``: the first of ``days`` as-of days.
    """

    point: float
    low: float
    high: float
    outcomes: int
    days: int
    first: date


def had(rows: pl.DataFrame) -> int:
    """Different pupils with the outcome among labelled rows (student_id, label)."""
    return int(rows.filter(pl.col("label") == 1)["student_id"].n_unique()) if len(rows) else 0


def less(rows: pl.DataFrame, *, seed: int = 0) -> Less | None:
    """What a model's order is worth beside the attendance rule's on the same rows.

    ``rows``: student_id, as_of, school_id, label (0 or 1), margin (the model's), rule (its points) and
    weight. The interval is drawn over schools where there are enough, else over pupils. None where
    fewer than ``FEWEST`` pupils had the outcome, or all had: that tells nothing.
    """
    # half a second that pages, which read outcomes never, need not wait for
    from training.evaluate.paired import precision_less

    outcomes = had(rows)
    if outcomes < FEWEST or bool((rows["label"] == 1).all()):
        return None
    model, rule = _said(rows, "margin"), _said(rows, "rule")
    found = precision_less(model, rule, replicates=REPLICATES, seed=seed)
    point, low, high = (found[name] for name in ("point", "low", "high"))
    first, days = rows["as_of"].min(), rows["as_of"].n_unique()
    assert isinstance(first, date)
    assert point is not None
    assert low is not None
    assert high is not None
    return Less(point, low, high, outcomes, days, first)


def _said(rows: pl.DataFrame, score: str) -> Predictions:
    label, margin, weight = (
        rows[name].cast(pl.Float64).to_numpy() for name in ("label", score, "weight")
    )
    asked = rows.select("student_id", "as_of", "school_id")
    return Predictions(asked, label, margin, margin, weight, np.zeros(len(rows), np.int64))


def thinned(rows: pl.DataFrame, *, most: int = MOST_OTHERS) -> pl.DataFrame:
    """Every pupil with the outcome and at most about ``most`` others, with ``weight`` for those left out.

    ``rows``: student_id, label. Who is kept follows from the number alone, so a week asked again says
    the same.
    """
    other = (pl.col("label") == 1).any().over("student_id").not_()
    share = most / max(rows.filter(other)["student_id"].n_unique(), 1)
    if share >= 1:
        return rows.with_columns(weight=pl.lit(1.0))
    lucky = pl.col("student_id").hash(0) <= pl.lit(int(share * (2**64 - 1)), pl.UInt64)
    weight = pl.when(other).then(1.0 / share).otherwise(1.0)
    return rows.with_columns(weight=weight).filter(~other | lucky)
