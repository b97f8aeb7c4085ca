"""Ten school days of leave: the contract holds no proof, so somebody looks at it."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("leave_without_proof",)
LEAVE = ("sick", "personal")


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils away today whose absence since they were last at school holds ten days of leave."""
    code = CODES[0]
    least = day.number(code, "listed_after_days")
    away = day.here.filter((pl.col("days_absent") >= least) & (pl.col("unexplained_run") == 0))
    marks = (
        day.table("attendance")
        .filter(pl.col("status").is_in(LEAVE) & (pl.col("date") <= day.as_of))
        .join(away.lazy().select("student_id", "last_attended_on"), on="student_id")
        .filter(
            pl.col("last_attended_on").is_null() | (pl.col("date") > pl.col("last_attended_on"))
        )
        .group_by("student_id")
        .agg(pl.col("date").n_unique().alias("n"), pl.col("date").min().alias("since"))
        .collect()
    )
    rows = away.join(marks, on="student_id").filter(pl.col("n") >= least)
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(rows, due_on=due, rule="listed_after_days")
