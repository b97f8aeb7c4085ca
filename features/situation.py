"""How every pupil stands on a day, in the cohort or not: what duty alerts and outcomes are read from."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.engines import open_session
from features.facts import Facts
from features.prepare import Day
from features.prepare.cohort import OUTCOME_RUN

RECENT_DAYS = 20
WEEKS4 = 28


def _collected(day: Day) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    session = day.session
    return session.collect(day.members), session.collect(day.days), session.collect(day.spells)


def _as_date(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def _days_seen(days: pl.DataFrame, as_of_no: int) -> pl.DataFrame:
    """Per pupil: last day attended, unexplained days among the last twenty school days, coverage."""
    recent = pl.col("on_no") > as_of_no - WEEKS4
    nth_last = pl.int_range(pl.len(), 0, -1).over("student_id")
    return (
        days.sort("student_id", "on_no")
        .with_columns(nth_last.alias("nth_last"))
        .group_by("student_id", maintain_order=True)
        .agg(
            pl.col("on_no").filter(pl.col("present") > 0).max().alias("attended_no"),
            pl.col("unexplained_day")
            .filter(pl.col("nth_last") <= RECENT_DAYS)
            .sum()
            .alias("unexplained_20"),
            pl.col("known").filter(recent).sum().alias("known_4w"),
            pl.col("expected").filter(recent).sum().alias("expected_4w"),
            pl.col("on_no").max().alias("last_expected_no"),
            pl.col("on_no").filter(pl.col("known") > 0).max().alias("last_known_no"),
        )
        .with_columns(
            _as_date("attended_no").alias("last_attended_on"),
            _as_date("last_expected_no").alias("last_expected_on"),
            _as_date("last_known_no").alias("last_known_on"),
            pl.when(pl.col("expected_4w") > 0)
            .then(pl.col("known_4w") / pl.col("expected_4w"))
            .alias("coverage_4w"),
        )
        .drop("attended_no", "last_expected_no", "last_known_no", "known_4w", "expected_4w")
    )


def _runs(spells: pl.DataFrame) -> pl.DataFrame:
    """Per pupil: length and first day of the current run, of any absence and of unexplained days."""
    current = pl.col("unexplained_current") > 0
    return spells.group_by("student_id").agg(
        pl.col("absent_current").max().alias("days_absent"),
        pl.col("unexplained_current").max().alias("unexplained_run"),
        _as_date("on_no").filter(current).max().alias("unexplained_run_start"),
        _as_date("on_no").filter(pl.col("absent_current") > 0).max().alias("absent_run_start"),
    )


def _latest_status(facts: Facts, as_of: date) -> pl.DataFrame:
    from features.asof import known

    return (
        known(facts.scan("status_changes"), as_of)
        .filter(pl.col("happened_on") <= as_of)
        .sort("student_id", "happened_on", "known_on", "kind")
        .unique("student_id", keep="last", maintain_order=True)
        .select(
            "student_id",
            pl.col("kind").alias("latest_status"),
            pl.col("happened_on").alias("latest_status_on"),
        )
        .collect()
    )


def situation(facts: Facts, as_of: date, *, engine: str = "polars") -> pl.DataFrame:
    """One row a pupil enrolled on ``as_of`` or gone within 60 days, ordered by student_id.

    student_id, school_id, class_id, class_ref, class_key, grade, in_cohort (0/1), out_reason, in_force,
    last_attended_on, last_expected_on, last_known_on, days_absent and unexplained_run (current runs, in
    school days), their first days, unexplained_20 (whole days of the last 20), coverage_4w (share of
    expected half-days known; null where none was expected), latest_status and its day.
    """
    session = open_session(engine)
    try:
        members, days, spells = _collected(Day(facts, as_of, session))
    finally:
        session.close()
    number = (as_of - date(1970, 1, 1)).days
    keep = ["student_id", "school_id", "class_id", "class_ref", "class_key", "grade", "in_cohort"]
    counts = ["days_absent", "unexplained_run", "unexplained_20"]
    return (
        members.select(
            *keep, "out_reason", "in_force", _as_date("enrolled_on_no").alias("enrolled_on")
        )
        .join(_days_seen(days, number), on="student_id", how="left")
        .join(_runs(spells), on="student_id", how="left")
        .join(_latest_status(facts, as_of), on="student_id", how="left")
        .with_columns(pl.col(c).fill_null(0).cast(pl.Int64) for c in counts)
        .sort("student_id")
    )


def unexplained_tenth_days(
    facts: Facts, until: date, *, run: int = OUTCOME_RUN, engine: str = "polars"
) -> pl.DataFrame:
    """student_id, on, last: each day on which ``run`` consecutive unexplained school days were complete.

    ``last`` is the last day of that run so far. Over everything on record and known by ``until``;
    unknown days neither extend nor break a run.
    """
    session = open_session(engine)
    try:
        day = Day(facts, until, session, whole=True)
        days = session.collect(day.days)
    finally:
        session.close()
    hit = pl.col("unexplained_day")
    return (
        days.filter(pl.col("known_day") == 1)
        .sort("student_id", "on_no")
        .with_columns((hit == 0).cum_sum().over("student_id").alias("island"))
        .filter(hit == 1)
        .with_columns(
            pl.int_range(1, pl.len() + 1).over("student_id", "island").alias("nth"),
            pl.col("on_no").max().over("student_id", "island").alias("last_no"),
        )
        .filter(pl.col("nth") == run)
        .select("student_id", _as_date("on_no").alias("on"), _as_date("last_no").alias("last"))
    )
