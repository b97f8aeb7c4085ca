"""Of those each school could visit in a week, how many left: k anew in every school."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics.listed import Caught, Lists
from training.metrics.metric import Metric
from training.predictions import Predictions

#: Share of a school's cohort that can be visited in a week (interface: capacity).
CAPACITY = 0.03


def listed(p: Predictions, share: float = CAPACITY) -> NDArray[np.float64]:
    """What part of each row (1 or 0, but for rows that stand for several) is on its school's list of
    ceil(share x cohort). To be asked of ``listable`` rows."""
    return Lists(p.label, p.margin, p.lists()).chosen(p.weight, share)


def caught(p: Predictions, share: float = CAPACITY) -> Caught:
    """What the schools' lists of that length catch."""
    p = p.listable()
    return Lists(p.label, p.margin, p.lists()).caught(p.weight, share)


METRIC = Metric(
    "precision_at_capacity", "名单命中率", "precision at capacity", lambda p: caught(p).precision
)
