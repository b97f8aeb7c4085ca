"""休学 and 缓学: run out without a resumption, or never approved, or without an end."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("suspension_expired", "suspension_unapproved")


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils whose newest status is 休学 or 缓学 and whose papers are out of date or missing."""
    return pl.concat([_expired(day), _unapproved(day)])


def _expired(day: AlertDay) -> pl.DataFrame:
    rows = day.with_status("suspended", "deferred").filter(pl.col("until_on") < day.as_of)
    due = workdays.after(day.as_of, day.number(CODES[0], "due_workdays"))
    return found(rows, since=pl.col("until_on"), due_on=due, words=CODES[0])


def _unapproved(day: AlertDay) -> pl.DataFrame:
    bare = pl.col("approved_by").is_null() | pl.col("until_on").is_null()
    rows = day.with_status("suspended", "deferred").filter(bare)
    due = workdays.after(day.as_of, day.number(CODES[1], "due_workdays"))
    return found(rows, since=pl.col("happened_on"), due_on=due, words=CODES[1])
