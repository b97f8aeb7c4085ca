"""名在人不在: on the roll, the class reports, and the pupil has not been seen for weeks."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("on_roll_not_present",)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils not seen for so many school days while others of their class were."""
    code = CODES[0]
    least = day.number(code, "listed_after_days")
    here = day.here
    here = day.with_ordinal(here, "last_attended_on")
    own = pl.col("last_attended_on_ord")
    enrolled = day.enrolments.group_by("student_id").agg(pl.col("start_on").max())
    here = day.with_ordinal(
        here.join(enrolled, on="student_id", how="left"), "start_on"
    ).with_columns(
        # who was never seen counts from the first day of the enrolment
        pl.coalesce(own, pl.col("start_on_ord"), pl.col("first") - 1).alias("seen"),
        own.max().over("class_key").alias("class_seen"),
    )
    rows = here.filter(pl.col("class_seen") - pl.col("seen") >= least)
    return found(
        rows,
        since=pl.col("last_attended_on"),
        due_on=workdays.after(day.as_of, day.number(code, "due_workdays")),
        n=pl.col("class_seen") - pl.col("seen"),
        rule="listed_after_days",
        words=pl.when(pl.col("last_attended_on").is_null())
        .then(pl.lit("never"))
        .otherwise(pl.lit("")),
    )
