"""From margin to probability and its interval, by the recorded numbers and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.bundle.manifest import Calibration

Array = NDArray[np.float64]
#: Two-sided 90 % of the normal distribution.
_Z90 = 1.6448536269514722
#: Levels on either side that lend a level their pupils: the map between them is smooth.
_NEAR = 1


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
    """The 90 % interval of each probability; it contains its point.

    It is meant to hold the rate among pupils with similar margins, in a later period. Its half-width
    in log-odds is that of a rate counted among the pupils of the level and its neighbours (half a
    pupil added on either side; distinct pupils, not rows: a pupil seen in eight weeks is one), its
    variance taken ``learned`` times, beside the ``spread`` with which stated and observed rates have
    differed from period to period beyond that. Few pupils, wide interval. Coverage is measured by
    ``benchmarks.coverage``.
    """
    middle = log_odds(margin, calibration)
    if not calibration.levels:
        nothing = np.full(middle.shape, np.nan)
        return nothing, nothing.copy()
    ends = np.array([level.until for level in calibration.levels[:-1]], np.float64)
    of = np.searchsorted(ends, np.asarray(margin, np.float64), side="left")
    events = _near([level.events for level in calibration.levels])
    others = _near([level.pupils - level.events for level in calibration.levels])
    chance = 1.0 / (events + 0.5) + 1.0 / (others + 0.5)
    width = _Z90 * np.sqrt(calibration.learned * chance + calibration.spread**2)[of]
    return sigmoid(middle - width), sigmoid(middle + width)


def _near(counts: Sequence[int]) -> Array:
    """Each count with those of its neighbours."""
    padded = np.pad(np.array(counts, np.float64), _NEAR)
    return np.convolve(padded, np.ones(2 * _NEAR + 1), mode="valid")
