"""小升初: somebody who finished primary school and is not seen in a junior school in autumn."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("primary_to_junior",)
LAST_PRIMARY = "6"
#: Statuses after primary school that say where the child went, with a receiver or a proof.
ELSEWHERE = (
    "transfer_out",
    "abroad",
    "deceased",
    "missing",
    "other_leave",
    "suspended",
    "deferred",
)


def _leavers(day: AlertDay) -> pl.DataFrame:
    """Last enrolment in grade 6, ended or completed within the window before today."""
    code = CODES[0]
    first = day.as_of - timedelta(days=day.number(code, "until_days"))
    done = day.statuses.filter(pl.col("kind") == "primary_completed").select(
        "student_id", pl.col("happened_on").alias("completed_on")
    )
    other = day.statuses.filter(pl.col("kind").is_in(ELSEWHERE)).select("student_id")
    left = pl.coalesce("completed_on", "end_on")
    return (
        day.latest.filter(pl.col("grade").cast(pl.String) == LAST_PRIMARY)
        .join(done, on="student_id", how="left")
        .join(other, on="student_id", how="anti")
        .with_columns(left.alias("left_on"))
        .filter(pl.col("left_on").is_between(first, day.as_of))
    )


def alerts(day: AlertDay) -> pl.DataFrame:
    """Primary leavers without a junior enrolment once an autumn term has begun after they left."""
    code = CODES[0]
    autumn = day.terms.filter(pl.col("term").str.ends_with("-1"))
    if autumn.is_empty():
        return found(day.enrolments.clear())
    begun = autumn.select(
        pl.col("term_start").min().alias("autumn"),
        (pl.col("today") - pl.col("first") + 1).max().alias("count"),
    )
    rows = _leavers(day).join(begun, how="cross").filter(pl.col("left_on") < pl.col("autumn"))
    rows = rows.filter(pl.col("count") >= day.number(code, "listed_after_days"))
    due = [
        workdays.after(start, day.number(code, "due_workdays"))
        for start in rows["autumn"].to_list()
    ]
    return found(
        rows.with_columns(pl.Series("due_on", due, pl.Date)),
        since=pl.col("left_on"),
        n=pl.col("count"),
    )
