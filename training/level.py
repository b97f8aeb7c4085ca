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
#: The steps are laid on so many rates at most; where pupils of a class differ in it there are far more.
LAID_ON = 1024
LAID_ROWS = 8192
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
    seen, rows = _laid_on(x[:, at])
    often = np.maximum(np.rint(rows * (LAID_ROWS / max(rows.sum(), 1))), 1).astype(np.intp)
    more = np.concatenate([_beyond(seen), [np.nan]])
    usual = int(often.mean()) if len(often) else 1
    # rows and not weights, by which LightGBM would miscount a leaf's rows (as in `slopes`)
    rate = np.concatenate([np.repeat(seen, often), np.repeat(more, usual)])
    alone = np.full((len(rate), x.shape[1]), np.nan)
    alone[:, at] = rate
    held = lightgbm.Dataset(alone, told.at(rate), feature_name=names, params=dict(_EXACT))
    return lightgbm.train(dict(_EXACT), held, num_boost_round=1)


def _laid_on(values: Array) -> tuple[Array, Array]:
    """Different values and how many rows have each; of more than ``LAID_ON``, means of neighbours."""
    seen, rows = np.unique(values[~np.isnan(values)], return_counts=True)
    if len(seen) <= LAID_ON:
        return seen, rows.astype(np.float64)
    middle = np.cumsum(rows) - rows / 2
    group = np.unique((middle * (LAID_ON / rows.sum())).astype(np.intp), return_inverse=True)[1]
    many = np.bincount(group, rows).astype(np.float64)
    return np.bincount(group, rows * seen) / many, many


def _beyond(seen: Array) -> Array:
    """Rates on either side of those seen."""
    known = seen[seen > 0]
    if not len(known):
        return known
    further = REACH ** (np.arange(1, BEYOND + 1) / BEYOND)
    return np.concatenate([known.min() / further, known.max() * further])
