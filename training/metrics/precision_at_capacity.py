"""Of those each school could visit in a week, how many left: k anew in every school."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics.metric import Metric
from training.predictions import Predictions

#: Share of a school's cohort that can be visited in a week (interface: capacity).
CAPACITY = 0.03


def listed(p: Predictions, share: float = CAPACITY) -> NDArray[np.bool_]:
    """Who stands on each list of ceil(share x cohort); among equal margins those who stayed first.

    Worst-case ties: an order among equals that nobody chose must not flatter the model.
    """
    lists = p.lists()
    order = np.lexsort((p.label, -p.margin, lists))
    on, weight = lists[order], p.weight[order]
    size = np.bincount(lists, weights=p.weight)
    run = np.cumsum(weight)
    first = np.flatnonzero(np.diff(on, prepend=-1))
    begun = np.repeat(run[first] - weight[first], np.diff(np.append(first, len(on))))
    room = np.ceil(share * size - 1e-9)[on]
    chosen = np.zeros(len(p), bool)
    chosen[order] = run - begun <= room + 1e-9
    return chosen


def _measure(p: Predictions) -> float:
    chosen = listed(p) if len(p) else np.zeros(0, bool)
    taken = float(p.weight[chosen].sum())
    return float((p.weight * p.label)[chosen].sum()) / taken if taken else float("nan")


METRIC = Metric("precision_at_capacity", "名单命中率", "precision at capacity", _measure)
