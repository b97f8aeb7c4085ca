"""Every indicator's share as a straight line, written as trees of steps: what a regression sees and trees miss.

Trees cut; where the log-odds rise evenly over many indicators at once they need far more pupils than there
are to follow. A regression sees that at once and nothing else. Both are margins, so their mean is one, and
steps are trees, so a bundle stays one booster and its contributions stay exact.

The lines stand on the level of the class (``training.level``), which is left as it is. They are shrunk
(ridge), held to the indicators' directions, and blind to what is the same for a whole class on a day: a few
classes do not show how a line over classes would run, and outside what it saw it would run on.
"""

from __future__ import annotations

from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.sums import one_thread

Array = NDArray[np.float64]
#: Values beyond these quantiles count as those: a line must not run on to a lone outlier.
ENDS = (0.005, 0.995)
#: Rows of a column on which its steps are laid; evenly drawn.
LAID_ON = 4_000
#: Rows that say what an empty value counts for.
EMPTY = 100
_TURNS = 25
#: LightGBM repeating given numbers step by step: nothing smoothed, nothing left out.
EXACT = {
    "objective": "regression",
    "learning_rate": 1.0,
    "min_data_in_leaf": 1,
    "min_data_in_bin": 1,
    "min_sum_hessian_in_leaf": 0.0,
    "max_bin": 255,
    "feature_pre_filter": False,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Slopes:
    """Log-odds beside the level: ``intercept`` + a line in each of the columns ``at``.

    ``low``, ``high``: where values are cut off; ``slope`` is per unit from ``mean``; ``empty`` is what a
    missing value adds.
    """

    at: NDArray[np.intp]
    low: Array
    high: Array
    mean: Array
    slope: Array
    empty: Array
    intercept: float

    def of(self, n: int, value: Array) -> Array:
        """What the ``n``-th of the columns adds at each value (NaN where it is empty)."""
        risen = self.slope[n] * (np.clip(value, self.low[n], self.high[n]) - self.mean[n])
        told: Array = np.where(np.isnan(value), self.empty[n], risen)
        return told + (self.intercept if n == self.used[0] else 0.0)

    @property
    def used(self) -> tuple[int, ...]:
        """The columns that add anything; the first of them carries the intercept."""
        return tuple(int(n) for n in np.flatnonzero((self.slope != 0) | (self.empty != 0)))


def differing(x: Array, group: NDArray[np.int64] | None) -> NDArray[np.intp]:
    """Columns that differ between the pupils of some group (a class on a day); without groups, at all."""
    group = np.zeros(len(x), np.int64) if group is None else group
    size = int(group.max()) + 1
    return np.array([n for n in range(x.shape[1]) if _differs(x[:, n], group, size)], np.intp)


def _differs(value: Array, group: NDArray[np.int64], size: int) -> bool:
    known = ~np.isnan(value)
    of, v = group[known], value[known]
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, of, v)
    np.maximum.at(high, of, v)
    return bool((high > low).any())


@dataclass(frozen=True)
class Held:
    """Rows to learn from: values (n x k, NaN where empty), labels, weights, log-odds said before."""

    x: Array
    label: Array
    weight: Array
    offset: Array


def fitted(
    held: Held, at: NDArray[np.intp], *, direction: NDArray[np.int64], penalty: float
) -> Slopes | None:
    """Ridge regression on what stands in the columns ``at`` beside the offset, signs held to ``direction``.

    ``direction`` is of the columns ``at``. None where there is nothing to draw a line in.
    """
    if len(at) == 0:
        return None
    z, (low, high, mean, scale) = _standard(held.x[:, at], held.weight)
    flags = np.isnan(held.x[:, at])
    seen = flags.any(axis=0) & ~flags.all(axis=0)
    both = np.hstack([z, flags[:, seen], np.ones((len(z), 1))])
    signs = np.r_[direction, np.zeros(int(seen.sum()) + 1)]
    shrunk = np.r_[np.full(both.shape[1] - 1, penalty), 1e-6]
    found = _ridge(both, held, signs=signs, shrunk=shrunk)
    empty = np.zeros(len(at))
    empty[seen] = found[len(at) : -1]
    told = Slopes(at, low, high, mean, found[: len(at)] / scale, empty, float(found[-1]))
    return told if told.used else None


def _standard(x: Array, weight: Array) -> tuple[Array, tuple[Array, Array, Array, Array]]:
    """Values cut off, centred and scaled (0 where empty), and the numbers used."""
    known = ~np.isnan(x)
    blank = ~known.any(axis=0)
    low, high = np.nanquantile(np.where(blank, 0.0, x), ENDS, axis=0)
    cut = np.clip(x, low, high)
    total = np.maximum((known * weight[:, None]).sum(axis=0), 1e-12)
    mean = (np.where(known, cut, 0.0) * weight[:, None]).sum(axis=0) / total
    centred = np.where(known, cut - mean, 0.0)
    scale = np.sqrt((centred**2 * weight[:, None]).sum(axis=0) / total)
    scale = np.where(scale > 1e-9, scale, 1.0)
    return centred / scale, (low, high, mean, scale)


@one_thread()
def _ridge(z: Array, held: Held, *, signs: Array, shrunk: Array) -> Array:
    """Newton's method; every step is the best one that keeps the signs, halved until the loss falls."""
    from scipy.optimize import lsq_linear

    label, weight, offset = held.label, held.weight, held.offset
    low, high = np.where(signs > 0, 0.0, -np.inf), np.where(signs < 0, 0.0, np.inf)
    at = np.zeros(z.shape[1])

    def loss(b: Array) -> float:
        margin = offset + z @ b
        lost = weight @ (np.logaddexp(0.0, margin) - label * margin)
        return float(lost + 0.5 * shrunk @ b**2)

    now = loss(at)
    for _ in range(_TURNS):
        p = 1.0 / (1.0 + np.exp(-(offset + z @ at)))
        up = z.T @ (weight * (label - p)) - shrunk * at
        root = np.linalg.cholesky((z * (weight * p * (1 - p))[:, None]).T @ z + np.diag(shrunk)).T
        goal = root @ at + np.linalg.solve(root.T, up)
        step = lsq_linear(root, goal, (low, high), method="bvls", tol=1e-10).x - at
        share, then = 1.0, loss(at + step)
        while then > now and share > 1e-6:
            share /= 2
            then = loss(at + share * step)
        if now - then < 1e-7 * now:
            break
        at, now = at + share * step, then
    return at


def trees(slopes: Slopes, x: Array, names: list[str], *, steps: int) -> list[lightgbm.Booster]:
    """One tree a column that adds anything, of at most ``steps`` leaves; ``x`` says how often values come."""
    drawn = x[np.unique(np.linspace(0, len(x) - 1, LAID_ON).astype(np.intp))]
    return [
        _steps(slopes, n, drawn[:, slopes.at[n]], names=names, steps=steps) for n in slopes.used
    ]


def _steps(
    slopes: Slopes, n: int, value: Array, *, names: list[str], steps: int
) -> lightgbm.Booster:
    # Without an empty value the tree would take one for a zero. Many rows and not one of weight: LightGBM
    # counts a leaf's rows by their weights, and stops where rounding tells it of a leaf that has none.
    value = np.r_[value, np.full(EMPTY, np.nan)]
    alone = np.full((len(value), len(names)), np.nan)
    alone[:, slopes.at[n]] = value
    params = EXACT | {"num_leaves": steps}
    held = lightgbm.Dataset(alone, slopes.of(n, value), feature_name=names, params=dict(params))
    return lightgbm.train(params, held, num_boost_round=1)
