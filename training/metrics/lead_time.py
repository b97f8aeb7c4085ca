"""How long before leaving a pupil first stood on the school's list: the median, in weeks."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.metrics.metric import Metric
from training.metrics.precision_at_capacity import listed
from training.predictions import Predictions


def lead_weeks(p: Predictions) -> pl.DataFrame:
    """student_id, event_on, weeks: from the first listing of all since the outcome before (of whoever had
    several) to the outcome, of those listed within the horizon.

    Needs ``event_on`` among the rows; a pupil never listed in time is not among them.
    """
    p = p.listable()
    told = p.rows.with_columns(listed=listed(p), hit=pl.Series(p.label) > 0)
    on = told.filter(pl.col("listed") > 0)
    caught = on.filter(pl.col("hit") & pl.col("event_on").is_not_null())
    whole = told.filter(pl.col("hit") & pl.col("event_on").is_not_null())
    every = whole.select("student_id", "event_on").unique().sort("event_on")
    since = pl.col("event_on").shift().over("student_id").alias("since")
    each = every.with_columns(since).join(
        caught.select("student_id", "event_on").unique(), on=["student_id", "event_on"], how="semi"
    )
    after = pl.col("since").is_null() | (pl.col("as_of") >= pl.col("since"))
    return (
        each.join(on.select("student_id", "as_of"), on="student_id")
        .filter(after, pl.col("as_of") < pl.col("event_on"))
        .group_by("student_id", "event_on")
        .agg(pl.col("as_of").min().alias("first"))
        .select(
            "student_id",
            "event_on",
            ((pl.col("event_on") - pl.col("first")).dt.total_days() / 7).alias("weeks"),
        )
        .sort("student_id", "event_on")
    )


def _measure(p: Predictions) -> float:
    if len(p) == 0 or "event_on" not in p.rows.columns:
        return float("nan")
    weeks = lead_weeks(p)["weeks"].to_numpy()
    return float(np.median(weeks)) if len(weeks) else float("nan")


METRIC = Metric("lead_time", "提前周数（中位数）", "lead time, weeks (median)", _measure)
