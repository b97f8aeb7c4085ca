"""A row that vanished between extracts: enrolled yesterday, not in today's full data, no leave."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("row_vanished",)
GONE_DAYS = timedelta(days=60)


def _explained(day: AlertDay) -> pl.DataFrame:
    """student_id, start_on: vanished rows whose pupil is on a roll today, or was on one begun later.

    An enrolment that ended before (last year's: one row each school year) explains nothing.
    """
    end, start = pl.col("end_on"), pl.col("other_start_on")
    others = day.table("enrolments").select(
        "student_id", "end_on", pl.col("start_on").alias("other_start_on")
    )
    live = (start <= day.as_of) & (end.is_null() | (end >= day.as_of))
    pairs = day.vanished.lazy().select("student_id", "start_on").join(others, on="student_id")
    return pairs.filter(live | (start > pl.col("start_on"))).collect()


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils of whom an enrolment was silently dropped within 60 days, and nothing explains it."""
    rows = (
        day.vanished.filter(pl.col("known_on") >= day.as_of - GONE_DAYS)
        .join(_explained(day), on=["student_id", "start_on"], how="anti")
        .sort("student_id", "known_on", "start_on")
        .unique("student_id", keep="last", maintain_order=True)
    )
    due = workdays.after(day.as_of, day.number(CODES[0], "due_workdays"))
    return found(rows, since=pl.col("known_on"), due_on=due)
