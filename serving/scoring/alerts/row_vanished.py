"""A row that vanished between extracts: enrolled yesterday, not in today's full data, no leave."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("row_vanished",)
GONE_DAYS = timedelta(days=60)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils whose last enrolment was silently dropped within 60 days and who have no other."""
    rows = (
        day.vanished.filter(pl.col("known_on") >= day.as_of - GONE_DAYS)
        .sort("student_id", "known_on")
        .unique("student_id", keep="last", maintain_order=True)
        .join(day.enrolments.select("student_id").unique(), on="student_id", how="anti")
    )
    due = workdays.after(day.as_of, day.number(CODES[0], "due_workdays"))
    return found(rows, since=pl.col("known_on"), due_on=due)
