"""Transfer out without a receiver's confirmation after 10 working days."""

from __future__ import annotations

import polars as pl

from serving.scoring.alerts import workdays
from serving.scoring.alerts.day import AlertDay, found

CODES = ("transfer_unconfirmed",)


def alerts(day: AlertDay) -> pl.DataFrame:
    """Pupils whose newest status is a transfer out that nobody has confirmed receiving."""
    code = CODES[0]
    rows = day.with_status("transfer_out").filter(pl.col("receiver_confirmed_on").is_null())
    arrived = day.enrolments.group_by("student_id").agg(pl.col("start_on").max().alias("newest"))
    rows = rows.join(arrived, on="student_id", how="left").filter(
        pl.col("newest").is_null() | (pl.col("newest") <= pl.col("happened_on"))
    )
    passed = [workdays.between(start, day.as_of) for start in rows["happened_on"].to_list()]
    rows = rows.with_columns(pl.Series("n", passed, pl.Int64)).filter(
        pl.col("n") > day.number(code, "listed_after_workdays")
    )
    due = workdays.after(day.as_of, day.number(code, "due_workdays"))
    return found(rows, since=pl.col("happened_on"), due_on=due, rule="listed_after_workdays")
