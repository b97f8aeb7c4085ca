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
        risen = one.weight * (x[:, i] - one.mean) / one.scale
        parts[:, i] = np.where(np.isnan(x[:, i]), one.missing, risen)
    return parts
