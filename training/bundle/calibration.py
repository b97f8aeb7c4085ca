"""From margin to probability and its interval, by the recorded numbers and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.bundle.manifest import Calibration

Array = NDArray[np.float64]
#: Two-sided 95 % of the normal distribution.
_Z95 = 1.959963984540054


def sigmoid(x: Array) -> Array:
    """Log-odds to probability, without overflow."""
    half: Array = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x, np.float64)))
    return half


def log_odds(margin: Array, calibration: Calibration) -> Array:
    """The calibrated log-odds of each margin; NaN where the bundle has no probabilities."""
    margin = np.asarray(margin, np.float64)
    if calibration.method == "none":
        return np.full(margin.shape, np.nan)
    if calibration.method == "identity":
        return margin
    if calibration.method == "platt":
        return calibration.slope * margin + calibration.intercept
    x, y = (np.array(side, np.float64) for side in zip(*calibration.knots, strict=True))
    inside = np.interp(margin, x, y)
    beyond = np.minimum(margin - x[0], 0.0) + np.maximum(margin - x[-1], 0.0)
    lines: Array = inside + calibration.slope * beyond
    return lines


def probability(margin: Array, calibration: Calibration) -> Array:
    """The probability of the outcome within one horizon, in [0, 1]."""
    return sigmoid(log_odds(margin, calibration))


def interval(margin: Array, calibration: Calibration) -> tuple[Array, Array]:
    """The 95 % interval of each probability; it contains its point.

    The width is that of the rate observed out of fold among pupils with similar margins (normal
    interval of a log-odds with half a pupil added on either side; distinct pupils, not rows, are
    counted: a pupil seen in eight weeks is one). Few pupils, wide interval.
    """
    middle = log_odds(margin, calibration)
    if not calibration.levels:
        nothing = np.full(middle.shape, np.nan)
        return nothing, nothing.copy()
    ends = np.array([level.until for level in calibration.levels[:-1]], np.float64)
    of = np.searchsorted(ends, np.asarray(margin, np.float64), side="left")
    events = np.array([level.events for level in calibration.levels], np.float64)
    others = np.array([level.pupils - level.events for level in calibration.levels], np.float64)
    width = _Z95 * np.sqrt(1.0 / (events + 0.5) + 1.0 / (others + 0.5))[of]
    return sigmoid(middle - width), sigmoid(middle + width)
