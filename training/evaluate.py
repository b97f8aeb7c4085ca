"""Predictions and metrics into a report: the model beside the attendance rule, with an interval."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import metrics
from training.metrics.calibration_error import reliability
from training.metrics.ranked import Ranked
from training.predictions import Predictions

Array = NDArray[np.float64]
Report = dict[str, Any]


def difference(
    model: Predictions, rule: Predictions, *, replicates: int, seed: int
) -> dict[str, float]:
    """Average precision of the model less the rule's on the same rows, with a 95 % interval.

    Paired bootstrap over schools (over pupils where there is one school): whole clusters are
    drawn again, so that neither a pupil's weeks nor a school's pupils count as independent.
    """
    ours, theirs = Ranked(model.label, model.margin), Ranked(rule.label, rule.margin)
    cluster = model.schools()
    if len(cluster) and cluster.max() == 0:
        cluster = model.rows["student_id"].rank("dense").to_numpy().astype(np.int64) - 1
    point = ours.average_precision(model.weight) - theirs.average_precision(model.weight)
    drawn = np.random.default_rng(seed)
    count = int(cluster.max()) + 1
    found = []
    for _ in range(replicates):
        times = np.bincount(drawn.integers(0, count, count), minlength=count)
        weight = model.weight * times[cluster]
        found.append(ours.average_precision(weight) - theirs.average_precision(weight))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return {"point": point, "low": float(low), "high": float(high), "clusters": float(count)}


def by_fold(model: Predictions) -> list[dict[str, Any]]:
    """Metrics of each walk-forward period."""
    table = []
    for number in np.unique(model.fold):
        part = model.take(model.fold == number)
        days = part.rows["as_of"]
        table.append(
            {
                "first": str(days.min()),
                "last": str(days.max()),
                "rows": len(part),
                "outcomes": int(part.label.sum()),
                **metrics.measure(part),
            }
        )
    return table


def report(
    model: Predictions, rule: Predictions, *, replicates: int = 300, seed: int = 0
) -> Report:
    """All that is said about a model before it may serve.

    ``model`` and ``rule`` are out-of-fold predictions on the same rows. The first gate is passed
    where the model's average precision lies above the rule's; the interval is reported with it.
    """
    compared = difference(model, rule, replicates=replicates, seed=seed)
    return {
        "rows": len(model),
        "pupils": int(model.rows["student_id"].n_unique()),
        "outcomes": int(model.rows.filter(model.label > 0)["student_id"].n_unique()),
        "model": metrics.measure(model),
        "rule": metrics.measure(rule),
        "reliability": reliability(model),
        "by_fold": by_fold(model),
        "gate": {
            "name": "average_precision_above_attendance_rule",
            "passed": bool(compared["point"] > 0),
            "sure": bool(compared["low"] > 0),
            **compared,
        },
    }
