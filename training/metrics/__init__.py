"""One file per metric, found by folder: each holds ``METRIC``."""

from __future__ import annotations

import importlib
import pkgutil

from training.metrics.metric import Metric
from training.predictions import Predictions

__all__ = ["Metric", "load", "measure"]
_NOT_METRICS = frozenset({"listed", "metric", "ranked"})


def load() -> dict[str, Metric]:
    """All metrics by name, in order of their names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_METRICS)
    found = [importlib.import_module(f"{__name__}.{name}").METRIC for name in names]
    return {metric.name: metric for metric in found}


def measure(predictions: Predictions) -> dict[str, float]:
    """Every metric of one set of predictions; those that cannot be had are left out."""
    values = {name: metric.measure(predictions) for name, metric in load().items()}
    return {name: value for name, value in values.items() if value == value}
