"""How many pupils of a class stand on the list in a week: what a class teacher is asked to do."""

from __future__ import annotations

import polars as pl

from training.metrics.metric import Metric
from training.metrics.precision_at_capacity import listed
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    p = p.listable()
    if len(p) == 0 or "class_id" not in p.rows.columns:
        return float("nan")
    told = p.rows.select("as_of", "school_id", "class_id").with_columns(n=p.weight * listed(p))
    return float(told.group_by("as_of", "school_id", "class_id").agg(pl.col("n").sum())["n"].mean())  # type: ignore[arg-type] # a column of numbers


METRIC = Metric(
    "alert_load", "每班每周人数", "listed a class and week", _measure, higher_is_better=False
)
