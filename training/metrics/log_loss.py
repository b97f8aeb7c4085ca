"""Log loss: the surprise of what happened under the stated probability."""

from __future__ import annotations

import numpy as np

from training.metrics.metric import Metric
from training.predictions import Predictions

#: Keeps a probability of exactly 0 or 1 from costing infinitely much.
EDGE = 1e-12


def _measure(p: Predictions) -> float:
    if len(p) == 0:
        return float("nan")
    sure = np.clip(p.probability, EDGE, 1 - EDGE)
    loss = -(p.label * np.log(sure) + (1 - p.label) * np.log1p(-sure))
    return float(np.average(loss, weights=p.weight))


METRIC = Metric("log_loss", "对数损失", "log loss", _measure, higher_is_better=False)
