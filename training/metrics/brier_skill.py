"""How much better than saying the base rate of everybody: 1 less the ratio of the Brier scores.

The base rate is the one that came to be observed in the same rows: what nobody knew beforehand.
"""

from __future__ import annotations

import numpy as np

from training.metrics.brier import METRIC as BRIER
from training.metrics.metric import Metric
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    if len(p) == 0:
        return float("nan")
    rate = float(np.average(p.label, weights=p.weight))
    blind = rate * (1 - rate)
    return 1 - BRIER.measure(p) / blind if blind else float("nan")


METRIC = Metric("brier_skill", "布里尔技巧分", "Brier skill", _measure)
