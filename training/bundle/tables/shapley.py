"""The path-dependent game of one leaf, tabulated: what each condition adds, for every answer to them all.

A leaf of value 1 whose path puts ``k`` conditions, with ``r`` the share of rows that pass each, is the game
``v(S) = product over S of (passed or not) * product over the others of r``. Its Shapley values depend on the
row only through which conditions it passes, so there are 2**k of them.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Numbers held at once while leaves are tabulated together.
_AT_ONCE = 1 << 20


def unit(ratios: Array) -> Array:
    """Shapley values of leaves of value 1: ratios n x k gives n x 2**k x k.

    Bit ``b`` of the second index says whether condition ``b`` is passed. Only products and sums element by
    element, in a fixed order: the same bits on every machine.
    """
    leaves, k = ratios.shape
    out = np.empty((leaves, 1 << k, k))
    block = max(1, _AT_ONCE >> k)
    for at in range(0, leaves, block):
        out[at : at + block] = _block(ratios[at : at + block])
    return out


def _block(ratios: Array) -> Array:
    k = ratios.shape[1]
    answers = np.arange(1 << k)
    passed = [((answers >> b) & 1).astype(np.float64) for b in range(k)]
    columns = []
    for own in range(k):
        others = [b for b in range(k) if b != own]
        ways = _ways(ratios, passed, others)
        mean = np.zeros((len(ratios), 1 << k))
        for size, way in enumerate(ways):
            mean = mean + way * (factorial(size) * factorial(k - size - 1) / factorial(k))
        columns.append(mean * (passed[own] - ratios[:, own, None]))
    return np.stack(columns, axis=-1)


def _ways(ratios: Array, passed: list[Array], others: list[int]) -> list[Array]:
    """By size, the sum of ``v`` over the sets of ``others`` of that size."""
    ways: list[Array] = [np.ones((len(ratios), len(passed[0])))]
    for other in others:
        share, here = ratios[:, other, None], passed[other]
        grown = [way * share for way in ways] + [np.zeros_like(ways[0])]
        for size, way in enumerate(ways):
            grown[size + 1] = grown[size + 1] + way * here
        ways = grown
    return ways
