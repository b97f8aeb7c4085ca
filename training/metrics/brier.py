"""Brier score: mean squared distance between probability and what happened."""

from __future__ import annotations

import numpy as np

from training.metrics.metric import Metric
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    if len(p) == 0:
        return float("nan")
    return float(np.average((p.probability - p.label) ** 2, weights=p.weight))


METRIC = Metric("brier", "布里尔分数", "Brier score", _measure, higher_is_better=False)
