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


def fit_cuts(value: Array, *, on: str, priority: float, watch: float) -> Cuts:
    """Cuts on ``value`` such that at most the shares ``priority`` and ``watch`` reach them.

    Ties count against the list: a value shared by more than there is room for stays below the cut.
    """
    return Cuts(
        on="margin" if on == "margin" else "probability",
        priority=_cut(value, priority),
        watch=_cut(value, watch),
    )


def _cut(value: Array, share: float) -> float:
    ordered = np.sort(np.asarray(value, np.float64))[::-1]
    room = int(np.floor(share * len(ordered)))
    if room == 0 or len(ordered) == 0:
        return float(np.nextafter(ordered[0], np.inf)) if len(ordered) else 1.0
    at = ordered[min(room, len(ordered)) - 1]
    if room < len(ordered) and ordered[room] == at:  # the tie does not fit: begin above it
        above = ordered[ordered > at]
        return float(above[-1]) if len(above) else float(np.nextafter(at, np.inf))
    return float(at)
