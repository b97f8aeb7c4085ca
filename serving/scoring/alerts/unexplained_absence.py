"""Unexplained absence: a task on day 1; listed at 3 consecutive or 5 in 20 school days."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("unexplained_absence",)


def alerts(day: AlertDay) -> pl.DataFrame:
    """One row a pupil who is unexplained today or often was."""
    code = CODES[0]
    run, often = pl.col("unexplained_run"), pl.col("unexplained_20")
    in_row = run >= day.number(code, "listed_after_days")
    in_20 = often >= day.number(code, "listed_after_days_in_20")
    rows = day.here.filter((run >= day.number(code, "task_after_days")) | in_20)
    rows = day.with_ordinal(rows, "last_known_on")
    return found(
        rows,
        since=pl.when(run > 0).then(pl.col("unexplained_run_start")),
        due_on=workdays.after(day.as_of, day.number(code, "due_workdays")),
        listed=in_row | in_20,
        n=run,
        m=often,
        rule=pl.when(in_row)
        .then(pl.lit("listed_after_days"))
        .when(in_20)
        .then(pl.lit("listed_after_days_in_20"))
        .otherwise(pl.lit("task_after_days")),
        until=pl.col("last_known_on"),
        words=pl.when(in_20 & ~in_row).then(pl.lit("often")).otherwise(_ended()),
    )


def _ended() -> pl.Expr:
    """Where school days have passed since the newest mark, the run is told with its end."""
    ended = pl.col("last_known_on_ord") < pl.col("today")
    once = pl.col("last_known_on") == pl.col("unexplained_run_start")
    said = pl.when(once).then(pl.lit("ended_once")).otherwise(pl.lit("ended"))
    return pl.when(ended).then(said).otherwise(pl.lit(""))
