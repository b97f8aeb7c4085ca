"""A class silent: the clerk on day 1, the principal on day 2, the county on day 3."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("class_silent",)


def _reported(day: AlertDay) -> pl.DataFrame:
    """Last day on which a class was heard of: its roll taken, or any mark of a pupil in it."""
    until = pl.col("date") <= day.as_of
    rolls = day.table("roll_calls").filter(until).select("school_id", "class_id", "date")
    pupils = day.roster.lazy().select("student_id", "school_id", "class_id")
    # a term of daily marks is some hundred rows a pupil: the newest of each first
    marks = day.table("attendance").filter(until).group_by("student_id").agg(pl.col("date").max())
    marks = marks.join(pupils, on="student_id").select("school_id", "class_id", "date")
    every = pl.concat([rolls, marks])
    return (
        every.group_by("school_id", "class_id").agg(pl.col("date").max().alias("heard")).collect()
    )


def alerts(day: AlertDay) -> pl.DataFrame:
    """One row a class that has pupils and has said nothing; none where nobody ever reports.

    Days after the extract was received count for nothing: what it cannot hold nobody failed to report.
    """
    code = CODES[0]
    heard = _reported(day)
    if heard.is_empty():
        return found(day.roster.clear())
    classes = day.here.unique(["school_id", "class_id"], keep="first", maintain_order=True)
    rows = day.with_ordinal(
        classes.join(heard, on=["school_id", "class_id"], how="left"), "heard"
    ).with_columns(
        (pl.col("told") - pl.max_horizontal("heard_ord", pl.col("first") - 1)).alias("n")
    )
    return found(
        rows.filter(pl.col("n") >= day.number(code, "clerk_after_days")),
        student_id=pl.lit(None, pl.String),
        since=pl.col("heard"),
        due_on=workdays.after(day.as_of, 0),
        listed=False,
        responsible=_level(day, code),
    )


def _level(day: AlertDay, code: str) -> pl.Expr:
    n = pl.col("n")
    return (
        pl.when(n >= day.number(code, "county_after_days"))
        .then(pl.lit("county"))
        .when(n >= day.number(code, "principal_after_days"))
        .then(pl.lit("principal"))
        .otherwise(pl.lit("clerk"))
    )
