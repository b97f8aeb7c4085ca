"""Not arrived at term start: a task on day 1, listed on day 2, a visit within week 1."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from serving.scoring.alerts.day import AlertDay, found

CODES = ("not_arrived",)


def _newest_registration(day: AlertDay) -> pl.DataFrame:
    rows = day.table("term_registration").filter(pl.col("happened_on") <= day.as_of).collect()
    return (
        rows.sort("student_id", "term", "happened_on", "known_on")
        .unique(["student_id", "term"], keep="last", maintain_order=True)
        .select("student_id", "term", pl.col("status").alias("registration"))
    )


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils registered as not arrived, or not registered where their school registers arrivals.

    Whoever was seen at school this term has arrived, whatever the register says.
    """
    code = CODES[0]
    rows = day.here.join(_newest_registration(day), on=["student_id", "term"], how="left")
    registering = pl.col("registration").is_not_null().any().over("school_id", "term")
    unseen = pl.col("last_attended_on").is_null() | (
        pl.col("last_attended_on") < pl.col("term_start")
    )
    absent = (pl.col("registration") == "not_arrived") | (
        pl.col("registration").is_null() & registering & (pl.col("in_cohort") == 1)
    )
    count = pl.col("today") - pl.col("first") + 1
    window = pl.lit(day.as_of) <= pl.col("term_start") + timedelta(
        days=day.number(code, "until_days")
    )
    rows = rows.filter(absent & unseen & window & (count >= day.number(code, "task_after_days")))
    return found(
        rows,
        since=pl.col("term_start"),
        due_on=pl.col("term_start") + timedelta(days=day.number(code, "visit_within_days") - 1),
        listed=count >= day.number(code, "listed_after_days"),
        n=count,
        rule=pl.when(count >= day.number(code, "listed_after_days"))
        .then(pl.lit("listed_after_days"))
        .otherwise(pl.lit("task_after_days")),
    )
