"""An enrolment that ended, in term or before a term that has begun, and nothing says where to."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("left_without_status",)
#: Statuses that say something of a leaving; which of them are resolved other alerts ask.
SAID = (
    "transfer_out", "suspended", "deferred", "suspected_dropout", "dropped_out", "abroad", "missing",
    "deceased", "primary_completed", "graduated", "other_leave",
)  # fmt: skip
#: Grades that end a school by themselves; 小升初 has an alert of its own.
LAST_GRADES = ("6", "9")


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils whose last enrolment ended within the window and who were due at school after it."""
    code = CODES[0]
    window = timedelta(days=day.number(code, "until_days"))
    said = day.statuses.filter(pl.col("kind").is_in(SAID)).select("student_id", "happened_on")
    rows = (
        day.latest.filter(pl.col("end_on").is_between(day.as_of - window, day.as_of, closed="left"))
        .join(said, on="student_id", how="left")
        .filter(pl.col("happened_on").is_null() | (pl.col("happened_on") < pl.col("start_on")))
        .join(_due_after(day), on="calendar_id", how="left")
    )
    rows = rows.with_columns(_in_term(day, rows))
    at_year_end = pl.col("grade").cast(pl.String).is_in(LAST_GRADES) & ~pl.col("in_term")
    rows = rows.filter((pl.col("last_due") > pl.col("end_on")) & ~at_year_end)
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(rows, since=pl.col("end_on"), due_on=due)


def _due_after(day: AlertDay) -> pl.DataFrame:
    past = day.days.filter(pl.col("date") <= day.as_of)
    return past.group_by("calendar_id").agg(pl.col("date").max().alias("last_due"))


def _in_term(day: AlertDay, rows: pl.DataFrame) -> pl.Series:
    """True where the enrolment ended more than a week before its term did."""
    ends = day.days.group_by("calendar_id", "term").agg(
        pl.col("date").min().alias("first_day"), pl.col("date").max().alias("last_day")
    )
    hits = (
        rows.select("student_id", "calendar_id", "end_on")
        .join(ends, on="calendar_id")
        .filter(pl.col("end_on").is_between(pl.col("first_day"), pl.col("last_day")))
        .filter(pl.col("last_day") > pl.col("end_on") + timedelta(days=7))
    )
    return rows["student_id"].is_in(hits["student_id"].implode()).alias("in_term")
