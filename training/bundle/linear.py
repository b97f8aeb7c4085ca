"""A linear score as a bundle keeps it: standardised values, a share of its own where one is empty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.bundle.manifest import Weight

Array = NDArray[np.float64]


def linear_contributions(weights: tuple[Weight, ...], x: Array) -> Array:
    """Each input's own share of the margin, n x k: nothing at its mean, ``missing`` where empty."""
    parts = np.empty((len(x), len(weights)), np.float64)
    for i, one in enumerate(weights):
        seen = x[:, i]
        if one.low is not None or one.high is not None:
            seen = np.clip(seen, one.low, one.high)
        risen = one.weight * (seen - one.mean) / one.scale
        parts[:, i] = np.where(np.isnan(x[:, i]), one.missing, risen)
    return parts
