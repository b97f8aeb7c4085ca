"""停课 beyond a week: kept from class, and nobody has ended it."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("excluded_long",)
LOOK_BACK = timedelta(days=120)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils marked 停课 on more than five days since they were last at school, and still so.

    Still so: no mark of another kind after the last 停课.
    """
    code = CODES[0]
    marks = day.table("attendance").filter(
        pl.col("date").is_between(day.as_of - LOOK_BACK, day.as_of)
    )
    kept = pl.col("status") == "excluded"
    # few of all: nobody else's marks are gone through
    among = marks.filter(kept).select("student_id").unique()
    last_other = pl.col("date").filter(~kept).max().over("student_id")
    runs = (
        marks.join(among, on="student_id", how="semi")
        .with_columns(last_other.alias("last_other"))
        .filter(kept & (pl.col("last_other").is_null() | (pl.col("date") > pl.col("last_other"))))
        .group_by("student_id")
        .agg(pl.col("date").n_unique().alias("n"), pl.col("date").min().alias("since"))
        .filter(pl.col("n") > day.number(code, "listed_over_days"))
        .collect()
    )
    rows = day.here.join(runs, on="student_id")
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(rows, due_on=due, rule="listed_over_days")
