"""A returned pupil absent again within 90 days."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("returned_absent",)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils brought back not long ago who are not at school now, whatever is said about it."""
    code = CODES[0]
    first = day.as_of - timedelta(days=day.number(code, "within_days"))
    rows = day.with_status("returned").filter(
        (pl.col("happened_on") >= first) & (pl.col("days_absent") >= 1)
    )
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(
        rows, since=pl.col("happened_on"), due_on=due, n=pl.col("days_absent"), rule="within_days"
    )
