"""送教 below plan, and 待安置 for more than ten days."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("home_teaching_below_plan", "waiting_placement")
#: A month with fewer school days (a holiday month) has no plan.
LEAST_SCHOOL_DAYS = 10


def alerts(day: AlertDay) -> pl.DataFrame:
    """Both, over the placements in force."""
    return pl.concat([_below_plan(day), _waiting(day)])


def _placed(day: AlertDay, placement: str) -> pl.DataFrame:
    in_force = pl.col("end_on").is_null() | (pl.col("end_on") >= day.as_of)
    rows = (
        day.table("disability")
        .filter((pl.col("placement") == placement) & (pl.col("start_on") <= day.as_of) & in_force)
        .group_by("student_id")
        .agg(pl.col("start_on").min().alias("placed_on"))
        .collect()
    )
    return day.roster.join(rows, on="student_id")


def _last_month(day: date) -> tuple[date, date]:
    end = day.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _below_plan(day: AlertDay) -> pl.DataFrame:
    code = CODES[0]
    first, last = _last_month(day.as_of)
    in_month = pl.col("date").is_between(first, last)
    school = day.days.filter(in_month).group_by("calendar_id").agg(pl.len().alias("school_days"))
    given = (
        day.table("home_teaching")
        .filter(in_month & (pl.col("guardian_signed") == 1))
        .filter(pl.col("periods") >= day.number(code, "periods_each"))
        .group_by("student_id")
        .agg(pl.col("date").n_unique().alias("n"))
        .collect()
    )
    plan = day.number(code, "times_a_month")
    rows = (
        _placed(day, "home_teaching")
        .filter(pl.col("placed_on") <= first)
        .join(school.filter(pl.col("school_days") >= LEAST_SCHOOL_DAYS), on="calendar_id")
        .join(given, on="student_id", how="left")
        .with_columns(pl.col("n").fill_null(0))
        .filter(pl.col("n") < plan)
    )
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(
        rows,
        since=last,
        due_on=due,
        m=plan,
        month=f"{first:%Y-%m}",
        words=code,
        rule="times_a_month",
    )


def _waiting(day: AlertDay) -> pl.DataFrame:
    code = CODES[1]
    waited = (pl.lit(day.as_of) - pl.col("placed_on")).dt.total_days()
    rows = _placed(day, "waiting").filter(waited > day.number(code, "listed_over_days"))
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(
        rows, since=pl.col("placed_on"), due_on=due, n=waited, words=code, rule="listed_over_days"
    )
