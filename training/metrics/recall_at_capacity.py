"""Of those who left, how many stood on a list of what each school could visit."""

from __future__ import annotations

from training.metrics.metric import Metric
from training.metrics.precision_at_capacity import caught

METRIC = Metric(
    "recall_at_capacity", "名单查全率", "recall at capacity", lambda p: caught(p).recall
)
