"""Bands: from cuts fitted to what can be visited. ``act_now`` is left to duty alerts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.bundle.manifest import Band, Cuts
from training.bundle.score import Scored

Array = NDArray[np.float64]


def bands(cuts: Cuts, scored: Scored, coverage: Array | None = None) -> list[Band]:
    """One band a row; ``no_data`` where ``coverage`` is 0 or empty: unknown is not safe."""
    value = scored.probability if cuts.on == "probability" else scored.margin
    out = np.full(len(scored), "none", dtype=object)
    out[value >= cuts.watch] = "watch"
    out[value >= cuts.priority] = "priority"
    if coverage is not None:
        known = np.asarray(coverage, np.float64)
        out[~(known > 0)] = "no_data"
    return list(out)


def cut(value: Array, weight: Array, share: float) -> float:
    """The lowest value such that no more than ``share`` of the weight reaches it.

    Ties count against the list: a value shared by more than there is room for stays below.
    """
    if len(value) == 0:
        raise ValueError("no values to fit a cut to")
    order = np.argsort(-value, kind="stable")
    falling, taken = value[order], np.cumsum(weight[order])
    last = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    fits = last[taken[last] <= share * taken[-1] + 1e-9]
    return float(falling[fits[-1]]) if len(fits) else float(np.nextafter(falling[0], np.inf))
