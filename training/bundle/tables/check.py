"""Are the tables the booster's? Asked on rows drawn from its own thresholds, where errors would show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.bundle.tables.explain import contributions
from training.bundle.tables.leaves import LARGEST, Outside
from training.bundle.tables.table import Tables

if TYPE_CHECKING:  # a second of imports that whoever loads no trees can do without
    import lightgbm

Array = NDArray[np.float64]
#: Rows looked at when tables are made, and when they are read.
MADE, READ = 256, 16
#: Largest difference from ``pred_contrib``: both are sums of some hundred float64 terms.
SAME = 1e-6
#: Largest difference of the sum from the booster's own raw score, by its size.
ADDITIVE = 1e-9


def trying_rows(told: Tables, count: int, *, seed: int = 0) -> Array:
    """Rows at thresholds, just below and just above them, at zero and near it, beyond all, and empty."""
    lot = np.random.default_rng(seed)
    x = np.full((count, told.width), np.nan)
    for line, column in enumerate(told.used):
        edges = told.edges[told.edge_at[line] : told.edge_at[line + 1]]
        finite = edges[np.isfinite(edges)]
        finite = finite[np.abs(finite) < LARGEST]
        beside = [np.nextafter(finite, side) for side in (-math.inf, math.inf)]
        known = np.concatenate([finite, *beside, finite + 0.5])
        odd = [0.0, 1e-36, -1e-36, -1.0, 0.5, 1e9, -1e9, math.nan]
        drawn = lot.choice(known if len(known) else [0.0], count)
        strange = lot.random(count)
        x[:, column] = np.where(strange < 0.15, math.nan, drawn)
        x[:, column] = np.where(strange > 0.85, lot.choice(odd, count), x[:, column])
    return x


def check(told: Tables, booster: lightgbm.Booster, *, count: int = MADE) -> None:
    """Raises ``Outside`` unless contributions, bias and sums are the booster's on ``count`` trying rows."""
    x = trying_rows(told, count)
    margin, parts = contributions(told, x)
    theirs = np.asarray(booster.predict(x, pred_contrib=True, num_threads=1))
    raw = np.asarray(booster.predict(x, raw_score=True, num_threads=1))
    off = float(np.abs(theirs - np.column_stack([parts, np.full(count, told.bias)])).max())
    lost = float((np.abs(margin - raw) / np.maximum(1.0, np.abs(raw))).max())
    if not (off <= SAME and lost <= ADDITIVE):
        raise Outside(f"not the booster's: contributions off by {off:.2g}, sums by {lost:.2g}")
