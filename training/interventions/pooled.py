"""Risks in two arms, pooled over strata: Mantel-Haenszel's ratio and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import norm, t

Array = NDArray[np.float64]
CELLS = ("visited_events", "visited", "other_events", "other")


@dataclass(frozen=True)
class Effect:
    """The ratio of two risks (visited over not visited) with its interval; NaN where nobody can say.

    ``spread`` is the standard deviation of the ratio's logarithm. Counts are those of strata that
    hold both arms; ``visited`` and ``other`` are pupil-weeks.
    """

    method: str
    ratio: float
    low: float
    high: float
    spread: float
    visited: float
    visited_events: float
    other: float
    other_events: float
    strata: int
    schools: int

    @property
    def enough(self) -> bool:
        """Whether both arms had outcomes to compare."""
        return self.ratio == self.ratio

    def contains(self, truth: float) -> bool:
        """Whether the interval holds ``truth``."""
        return self.low <= truth <= self.high


def pooled(cells: pl.DataFrame, method: str, *, level: float = 0.95) -> Effect:
    """Mantel-Haenszel's risk ratio over ``stratum``.

    ``cells``: stratum, school_id and the four counts of ``CELLS``, one row a stratum and school. The
    interval takes the larger of two variances of the logarithm: Greenland and Robins' (1985,
    Biometrics 41:55-68, sparse strata), and that of leaving out one school at a time (pupils of a
    school are alike), the latter with Student's t.
    """
    both = (pl.col("visited").sum().over("stratum") > 0) & (
        pl.col("other").sum().over("stratum") > 0
    )
    cells = cells.filter(both)
    totals = [float(cells[name].sum()) for name in CELLS]
    schools = cells["school_id"].n_unique()
    strata = cells["stratum"].n_unique()
    summed = _by_stratum(cells)
    ratio = _ratio(summed)
    if not 0 < ratio < inf:
        return _effect(method, (nan, 0.0, inf, nan), totals, strata, schools)
    spread, quantile = sqrt(_greenland_robins(summed)), float(norm.ppf(0.5 + level / 2))
    left_out = _jackknife(cells)
    if left_out > spread:
        spread, quantile = left_out, float(t.ppf(0.5 + level / 2, schools - 1))
    wide = quantile * spread
    low, high = exp(log(ratio) - wide), exp(log(ratio) + wide)
    return _effect(method, (ratio, low, high, spread), totals, strata, schools)


def _effect(
    method: str,
    found: tuple[float, float, float, float],
    totals: list[float],
    strata: int,
    schools: int,
) -> Effect:
    hits, visited, other_hits, other = totals
    return Effect(method, *found, visited, hits, other, other_hits, strata, schools)


def _by_stratum(cells: pl.DataFrame) -> Array:
    """4 x strata: the counts of ``CELLS``."""
    summed = cells.group_by("stratum").agg(pl.col(name).sum() for name in CELLS).sort("stratum")
    counts: Array = summed.select(CELLS).to_numpy().T.astype(np.float64)
    return counts


def _halves(counts: Array) -> tuple[Array, Array]:
    a, n1, b, n0 = counts
    total = np.maximum(n1 + n0, 1e-300)
    return a * n0 / total, b * n1 / total


def _ratio(counts: Array) -> float:
    above, below = _halves(counts)
    return float(above.sum() / below.sum()) if below.sum() > 0 else nan


def _greenland_robins(counts: Array) -> float:
    """Variance of the logarithm of Mantel-Haenszel's risk ratio."""
    a, n1, b, n0 = counts
    total = np.maximum(n1 + n0, 1e-300)
    above, below = _halves(counts)
    part = ((a + b) * n1 * n0 - a * b * total) / total**2
    return float(part.sum() / (above.sum() * below.sum()))


def _jackknife(cells: pl.DataFrame) -> float:
    """Standard deviation of the log ratio by leaving out one school at a time; 0 for one school."""
    keys = cells["stratum"].rank("dense").to_numpy().astype(np.int64) - 1
    school = cells["school_id"].rank("dense").to_numpy().astype(np.int64) - 1
    values = cells.select(CELLS).to_numpy().astype(np.float64)
    strata, schools = int(keys.max()) + 1, int(school.max()) + 1
    whole = np.stack([np.bincount(keys, values[:, k], strata) for k in range(4)])
    logs = []
    for one in range(schools):
        here = school == one
        less = [np.bincount(keys[here], values[here, k], strata) for k in range(4)]
        ratio = _ratio(np.subtract(whole, np.stack(less), dtype=np.float64))
        if 0 < ratio < inf:
            logs.append(log(ratio))
    if len(logs) < 2:
        return 0.0
    return float(sqrt((len(logs) - 1) * np.var(logs)))
