"""The level of a class before its pupils are told apart: one tree that the others grow on.

What a class has seen so far says much about its pupils and there are few classes to learn it from, so trees
that choose among all indicators learn it badly and say nothing outside what they saw. Here the log-odds are
a line in the logarithm of one rate: two numbers, learned from all rows. The line is written as a tree of
steps, so that a bundle stays one booster and its contributions stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.calibrate import platt
from training.slopes import EXACT

Array = NDArray[np.float64]
#: The name under which a recipe says which indicator is the level; no parameter of LightGBM.
LEVEL = "level"
STEPS = 64
#: The steps go on so many times below the least rate seen and above the greatest: a line knows what to say
#: there, and a class that was left less than any before is no lone case (a sixth of the rows of 2013J).
REACH = 8.0
BEYOND = 12
_EXACT = EXACT | {"num_leaves": STEPS}


@dataclass(frozen=True)
class Line:
    """Log-odds ``intercept + slope * log(rate)``; where no rate is known, that of the usual one."""

    slope: float
    intercept: float
    usual: float

    def at(self, rate: Array) -> Array:
        """The log-odds of each rate (NaN where unknown)."""
        told: Array = self.intercept + self.slope * np.log(np.where(rate > 0, rate, self.usual))
        return told


def line(rate: Array, label: Array, weight: Array) -> Line:
    """Maximum likelihood with the slope held between 0 and 1.

    Never falling: a class that many left is not the safer for it. Never steeper than in proportion.
    """
    known = rate > 0  # false for NaN
    if not known.any():
        return Line(0.0, platt(label, np.zeros(len(rate)), weight, slope=1.0).intercept, 1.0)
    usual = float(np.exp(np.average(np.log(rate[known]), weights=weight[known])))
    x = np.log(np.where(known, rate, usual))
    slope = float(np.clip(platt(label, x, weight).slope, 0.0, 1.0))
    # `platt` falls back on a slope of 1 where more goes with less
    slope = 0.0 if _falls(x, label, weight) else slope
    return Line(slope, platt(label, slope * x, weight, slope=1.0).intercept, usual)


def _falls(x: Array, label: Array, weight: Array) -> bool:
    """True where the outcome comes with less of it, or nothing can be said."""
    events = weight * label
    return float(np.average(x, weights=events)) <= float(np.average(x, weights=weight))


def stump(x: Array, at: int, told: Line, names: list[str]) -> lightgbm.Booster:
    """The line in column ``at`` of ``x`` as one tree of at most ``STEPS`` leaves."""
    seen, rows = np.unique(x[:, at], return_counts=True)
    rate = np.concatenate([seen, _beyond(seen), [np.nan]])
    weight = np.ones(len(rate)) * rows.mean()
    weight[: len(rows)] = rows
    alone = np.full((len(rate), x.shape[1]), np.nan)
    alone[:, at] = rate
    held = lightgbm.Dataset(
        alone, told.at(rate), weight=weight, feature_name=names, params=dict(_EXACT)
    )
    return lightgbm.train(dict(_EXACT), held, num_boost_round=1)


def _beyond(seen: Array) -> Array:
    """Rates on either side of those seen."""
    known = seen[seen > 0]
    if not len(known):
        return known
    further = REACH ** (np.arange(1, BEYOND + 1) / BEYOND)
    return np.concatenate([known.min() / further, known.max() * further])
