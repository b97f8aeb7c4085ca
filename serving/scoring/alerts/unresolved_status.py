"""Statuses that leave a child nowhere: missing, 其他离校, abroad without proof, on the ledger."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("registered_missing", "other_leave", "abroad_unproven", "not_back")
KINDS: dict[str, tuple[str, ...]] = {
    "registered_missing": ("missing",),
    "other_leave": ("other_leave",),
    "abroad_unproven": ("abroad",),
    "not_back": ("suspected_dropout", "dropped_out"),
}


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils whose newest status is one of these and not resolved by a later one."""
    return pl.concat([_of(day, code) for code in CODES])


def _of(day: AlertDay, code: str) -> pl.DataFrame:
    rows = day.with_status(*KINDS[code])
    if code == "abroad_unproven":
        rows = rows.filter(pl.col("approved_by").is_null() & pl.col("confirmed_by_role").is_null())
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    listed = pl.lit(True)
    if code == "not_back":
        # an old entry of the ledger is casework: it stays a task, and lists show what is new
        passed = (pl.lit(day.as_of) - pl.col("happened_on")).dt.total_days()
        listed = passed <= day.number(code, "listed_within_days")
    return found(rows, since=pl.col("happened_on"), due_on=due, listed=listed, words=code)
