"""Average precision: the precision met on the way down the list, averaged over those found."""

from __future__ import annotations

from training.metrics.metric import Metric
from training.metrics.ranked import Ranked
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    return Ranked(p.label, p.margin).average_precision(p.weight)


METRIC = Metric("average_precision", "平均精确率", "average precision", _measure)
