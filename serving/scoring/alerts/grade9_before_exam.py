"""Grade 9 in the month before 中考: one unexplained day is enough."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("grade9_before_exam",)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Grade 9 ends with the examination: the last school day of its calendar's spring term."""
    code = CODES[0]
    spring = day.days.filter(pl.col("term").str.ends_with("-2"))
    ends = spring.group_by("calendar_id", "term").agg(pl.col("date").max().alias("exam_on"))
    left = (pl.col("exam_on") - pl.lit(day.as_of)).dt.total_days()
    rows = (
        day.here.filter(pl.col("grade").cast(pl.String) == "9")
        .join(ends, on=["calendar_id", "term"])
        .filter(left.is_between(0, day.number(code, "before_days")))
        .filter(pl.col("unexplained_20") >= day.number(code, "listed_after_days"))
    )
    return found(
        rows,
        since=pl.col("unexplained_run_start"),
        due_on=workdays.after(day.as_of, day.number(code, "due_workdays")),
        n=pl.col("unexplained_20"),
        rule="before_days",
    )
