"""Reliability over ten equal-count bins, and its mean distance from the diagonal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.metrics.metric import Metric
from training.predictions import Predictions

BINS = 10


def reliability(p: Predictions, bins: int = BINS) -> list[dict[str, float]]:
    """Per equal-count bin of probability: weight, mean probability, observed rate.

    Where a bin ends among equal probabilities, those count on both sides with their common rate: rows lie in
    order of time, and a bin cut among them by their place would hold one half of a year.
    """
    order = np.argsort(p.probability, kind="stable")
    rate = _common_rate(p)
    table = []
    for part in np.array_split(order, bins):
        weight = float(p.weight[part].sum()) if len(part) else 0.0
        if weight > 0:
            said = float(np.average(p.probability[part], weights=p.weight[part]))
            seen = float(np.average(rate[part], weights=p.weight[part]))
            table.append({"weight": weight, "probability": said, "rate": seen})
    return table


def _common_rate(p: Predictions) -> NDArray[np.float64]:
    """Row by row the observed rate of all with the same probability."""
    _, same = np.unique(p.probability, return_inverse=True)
    weight = np.bincount(same, weights=p.weight)
    hits = np.bincount(same, weights=p.weight * p.label)
    found: NDArray[np.float64] = np.divide(hits, weight, out=np.zeros(len(hits)), where=weight > 0)
    return found[same]


def _measure(p: Predictions) -> float:
    table = reliability(p)
    total = sum(row["weight"] for row in table)
    if not table or not np.isfinite(p.probability).all():
        return float("nan")
    return sum(row["weight"] * abs(row["probability"] - row["rate"]) for row in table) / total


METRIC = Metric(
    "calibration_error", "校准误差", "calibration error", _measure, higher_is_better=False
)
