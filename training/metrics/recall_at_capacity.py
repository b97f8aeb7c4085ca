"""Of those who left, how many stood on a list of what each school could visit."""

from __future__ import annotations

import numpy as np

from training.metrics.metric import Metric
from training.metrics.precision_at_capacity import listed
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    chosen = listed(p) if len(p) else np.zeros(0, bool)
    left = float((p.weight * p.label).sum())
    return float((p.weight * p.label)[chosen].sum()) / left if left else float("nan")


METRIC = Metric("recall_at_capacity", "名单查全率", "recall at capacity", _measure)
