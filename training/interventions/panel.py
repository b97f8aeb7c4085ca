"""A weekly panel of who was asked about, how they looked, who was visited when, and what came of it.

A row is a pupil on an as-of day D, and stands for the week [D, D + 7): its ``score`` is from what was
known on D, so before any visit of that week. All functions are on plain frames and know no source.
"""

from __future__ import annotations

from datetime import date

import polars as pl

WEEK = 7
#: Words of ``interventions.kind`` and ``contacts.channel`` that are a visit to the family.
VISITS = ("入户走访", "家访", "visit", "home_visit")
#: Words that say a pupil was put on the visiting list.
LISTS = ("列入走访", "listed")


def visits_of(interventions: pl.DataFrame, kinds: tuple[str, ...] = VISITS) -> pl.DataFrame:
    """student_id, on: the days of the measures of these kinds, once each.

    ``interventions``: rows of the contract's table known by then (``asof.known``).
    """
    chosen = interventions.filter(pl.col("kind").is_in(kinds))
    return chosen.select("student_id", pl.col("happened_on").alias("on")).unique().sort("on")


def first_days(events: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(outcomes, exits) as student_id, on: of ``labels.events``, every pupil's outcomes and leaves.

    Leaves are lawful exits and those nobody has explained: the pupil is not seen any more.
    """
    outcomes = events.filter(pl.col("what") == "outcome").select("student_id", "on")
    leaves = events.filter(pl.col("what").is_in(["exit", "unresolved"])).select("student_id", "on")
    return outcomes.unique(), leaves.unique()


def weekly(
    rows: pl.DataFrame,
    visits: pl.DataFrame,
    outcomes: pl.DataFrame,
    *,
    exits: pl.DataFrame | None = None,
    lists: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The panel. ``rows``: student_id, school_id, as_of, score, and where known ``scale`` (whose score it is)
    and ``weight`` (for how many the row stands); the others: student_id, on.

    Adds ``event_on`` (the first outcome), ``exit_on`` (the first leave after as_of), ``next_on`` and
    ``visited_on`` (the first visit from as_of on, and the same if it lies in the row's week),
    ``before_on`` (the last visit before as_of), ``listed_on`` (the last listing up to as_of).
    Only rows at risk stay: no outcome yet.
    """
    first = outcomes.group_by("student_id").agg(pl.col("on").min().alias("event_on"))
    panel = rows.join(first, on="student_id", how="left").sort("as_of", "student_id")
    panel = _nearest(panel, exits, "exit_on", "forward", exact=False)
    panel = _nearest(panel, visits, "next_on", "forward")
    panel = _nearest(panel, visits, "before_on", "backward", exact=False)
    panel = _nearest(panel, lists, "listed_on", "backward")
    this_week = pl.col("next_on") < pl.col("as_of") + pl.duration(days=WEEK)
    panel = panel.with_columns(visited_on=pl.when(this_week).then("next_on"))
    return panel.filter(after("event_on", pl.col("as_of")))


def ripe(panel: pl.DataFrame, until: date, *, days: int = WEEK) -> pl.DataFrame:
    """The rows whose next ``days`` lie within what is known by ``until`` (lags taken off before)."""
    return panel.filter(pl.col("as_of") + pl.duration(days=days) <= until)


def after(column: str, day: pl.Expr) -> pl.Expr:
    """True where the day of ``column`` is later than ``day`` or has not come."""
    return pl.col(column).is_null() | (pl.col(column) > day)


def _nearest(
    panel: pl.DataFrame, days: pl.DataFrame | None, name: str, way: str, *, exact: bool = True
) -> pl.DataFrame:
    if days is None:
        return panel.with_columns(pl.lit(None, pl.Date).alias(name))
    other = days.select("student_id", pl.col("on").alias(name)).sort(name)
    return panel.join_asof(
        other,
        left_on="as_of",
        right_on=name,
        by="student_id",
        strategy=way,  # type: ignore[arg-type] # one of the two words
        allow_exact_matches=exact,
        coalesce=False,
        check_sortedness=False,
    )
