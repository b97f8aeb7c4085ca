"""Of those who left, how many stood among the first 5 % of their day, over all schools together."""

from __future__ import annotations

from training.metrics.listed import Lists
from training.metrics.metric import Metric
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    return Lists(p.label, p.margin, p.days()).caught(p.weight, 0.05).recall


METRIC = Metric("recall_at_5", "前5%查全率", "recall at 5 %", _measure)
