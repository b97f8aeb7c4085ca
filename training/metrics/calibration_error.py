"""Reliability over ten equal-count bins, and its mean distance from the diagonal."""

from __future__ import annotations

import numpy as np

from training.metrics.metric import Metric
from training.predictions import Predictions

BINS = 10


def reliability(p: Predictions, bins: int = BINS) -> list[dict[str, float]]:
    """Per equal-count bin of probability: weight, mean probability, observed rate."""
    order = np.argsort(p.probability, kind="stable")
    table = []
    for part in np.array_split(order, bins):
        weight = float(p.weight[part].sum()) if len(part) else 0.0
        if weight > 0:
            said = float(np.average(p.probability[part], weights=p.weight[part]))
            seen = float(np.average(p.label[part], weights=p.weight[part]))
            table.append({"weight": weight, "probability": said, "rate": seen})
    return table


def _measure(p: Predictions) -> float:
    table = reliability(p)
    total = sum(row["weight"] for row in table)
    if not table or not np.isfinite(p.probability).all():
        return float("nan")
    return sum(row["weight"] * abs(row["probability"] - row["rate"]) for row in table) / total


METRIC = Metric(
    "calibration_error", "校准误差", "calibration error", _measure, higher_is_better=False
)
