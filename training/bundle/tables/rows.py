"""A few rows: the same sums in the same order with NumPy alone, before anything need be compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.bundle.tables.leaves import LARGEST
from training.bundle.tables.table import Tables

Array = NDArray[np.float64]
#: Rows at once: a few megabytes of intermediate arrays.
_AT_ONCE = 64


def explain(told: Tables, x: Array, into: tuple[Array, Array], rows: range) -> None:
    """Fill ``rows`` of margin (n) and of the used columns of the parts (n x width) by those of ``x`` (n x
    width)."""
    margin, parts = into
    for at in range(rows.start, rows.stop, _AT_ONCE):
        some = slice(at, min(at + _AT_ONCE, rows.stop))
        found = _sums(told, _numbers(told, _placed(told, x[some])))
        parts[some, told.used] = found
        first = np.full((len(found), 1), told.bias)
        margin[some] = np.add.accumulate(np.hstack([first, found]), axis=1)[:, -1]


def _placed(told: Tables, x: Array) -> Array:
    """The used columns as places on their lines: what is empty where the trees put it, nothing infinite."""
    y = np.clip(x[:, told.used], -LARGEST, LARGEST)
    return np.where(np.isnan(y), told.empty, y)


def _numbers(told: Tables, y: Array) -> NDArray[np.uint16]:
    """n x groups: the line of each group's table."""
    passed = y[:, told.step_line] > told.step_edge
    more = np.where(passed, told.step_more, np.uint16(0))
    sums = np.zeros((len(y), more.shape[1] + 1), np.uint16)
    np.cumsum(more, axis=1, dtype=np.uint16, out=sums[:, 1:])
    found: NDArray[np.uint16] = sums[:, told.step_at[1:]] - sums[:, told.step_at[:-1]]
    return found


def _sums(told: Tables, numbers: NDArray[np.uint16]) -> Array:
    """n x used: by indicator the sum over groups, first to last."""
    values = told.table[told.sum_from[:-1] + numbers[:, told.sum_group]]
    lines = len(told.used)
    into = told.sum_into + lines * np.arange(len(numbers))[:, None]
    found: Array = np.bincount(into.ravel(), values.ravel(), minlength=lines * len(numbers)).astype(
        np.float64, copy=False
    )
    return found.reshape(len(numbers), lines)
