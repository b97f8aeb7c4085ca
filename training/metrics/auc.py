"""Area under the ROC curve: how often one who left stands above one who stayed."""

from __future__ import annotations

from training.metrics.metric import Metric
from training.metrics.ranked import Ranked
from training.predictions import Predictions


def _measure(p: Predictions) -> float:
    return Ranked(p.label, p.margin).auc(p.weight)


METRIC = Metric("auc", "曲线下面积", "AUC", _measure)
