"""An order computed once and asked many times: for the search over rounds and the bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Ranked:
    """Rows sorted by falling score; equal scores are one step: no order among them helps."""

    def __init__(self, label: Array, score: Array) -> None:
        """``label`` 0 or 1; ``score`` any finite numbers."""
        self.order = np.argsort(-score, kind="stable")
        self.label = np.asarray(label, np.float64)[self.order]
        falling = score[self.order]
        steps = np.flatnonzero(np.diff(falling))
        self.last = np.append(steps, len(falling) - 1) if len(falling) else steps

    def _steps(self, weight: Array) -> tuple[Array, Array]:
        w = np.asarray(weight, np.float64)[self.order]
        return np.cumsum(w * self.label)[self.last], np.cumsum(w)[self.last]

    def both(self, weight: Array) -> tuple[float, float]:
        """Average precision and AUC, from one pass."""
        steps = self._steps(weight)
        return self._precision(*steps), self._auc(*steps)

    def average_precision(self, weight: Array) -> float:
        """Sum over the steps of precision times the recall gained; NaN without positives."""
        return self._precision(*self._steps(weight))

    def auc(self, weight: Array) -> float:
        """Probability that a positive stands above a negative, ties half; NaN without both."""
        return self._auc(*self._steps(weight))

    @staticmethod
    def _precision(hits: Array, taken: Array) -> float:
        if len(hits) == 0 or hits[-1] <= 0:
            return float("nan")
        gained = np.diff(hits, prepend=0.0)
        precision = np.divide(hits, taken, out=np.zeros_like(hits), where=taken > 0)
        return float((gained * precision).sum() / hits[-1])

    @staticmethod
    def _auc(hits: Array, taken: Array) -> float:
        if len(hits) == 0:
            return float("nan")
        misses = taken - hits
        if hits[-1] <= 0 or misses[-1] <= 0:
            return float("nan")
        up, along = np.diff(hits, prepend=0.0), np.diff(misses, prepend=0.0)
        below = misses[-1] - misses + 0.5 * along
        return float((up * below).sum() / (hits[-1] * misses[-1]))
