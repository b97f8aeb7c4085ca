"""How much of a list stood on the one before: lists that turn over wholly cannot be worked."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.metrics.metric import Metric
from training.metrics.precision_at_capacity import listed
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    """Share of the pupils on a list, seen in both weeks, who stood on the school's list before."""
    p = p.listable()
    if len(p) == 0:
        return float("nan")
    days = p.rows["as_of"].unique().sort()
    number = pl.DataFrame({"as_of": days, "n": range(len(days))})
    told = p.rows.select("student_id", "as_of").with_columns(on=listed(p), w=p.weight)
    told = told.join(number, on="as_of")
    before = told.select("student_id", pl.col("n") + 1, pl.col("on").alias("was"))
    both = told.filter(pl.col("on") > 0).join(before, on=["student_id", "n"])
    on, was, w = (both[name].to_numpy() for name in ("on", "was", "w"))
    return float(np.average(was, weights=on * w)) if len(on) else float("nan")


METRIC = Metric("overlap", "与上期名单重合", "overlap with the list before", _measure)
