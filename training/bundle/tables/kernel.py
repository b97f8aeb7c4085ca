"""Many rows: the same sums compiled, block by block. numba is imported on first use.

Nothing here knows fast-math: it would delete the test for empty cells and the order of sums.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from training.bundle.tables.leaves import LARGEST
from training.bundle.tables.table import Tables

#: Rows a block: large enough that reading the tables once a block hardly counts.
BLOCK = 4096
#: Rows whose values are held while their codes are found.
SLICE = 256

Array = np.ndarray[Any, Any]
_log = logging.getLogger(__name__)


def block(  # noqa: PLR0913 - a compiled function takes arrays, not objects
    x: Array,
    begin: int,
    bias: float,
    used: Array,
    empty: Array,
    edges: Array,
    edge_at: Array,
    step_line: Array,
    step_code: Array,
    step_more: Array,
    step_at: Array,
    sum_into: Array,
    sum_from: Array,
    sum_at: Array,
    table: Array,
    codes: Array,
    sums: Array,
    margin: Array,
    parts: Array,
) -> None:
    """Fill ``margin``, and ``parts`` of as many rows of ``x`` from ``begin`` on, both column after column;
    ``codes`` and ``sums`` are room to work in."""
    n, lines = margin.size, used.size
    y, place = np.empty(SLICE, np.float64), np.empty(SLICE, np.int32)
    number = np.empty(n, np.uint16)
    none = np.uint16(0)
    for at in range(0, n, SLICE):
        rows = min(SLICE, n - at)
        for i in range(lines):
            for r in range(rows):
                v = x[begin + at + r, used[i]]
                y[r] = min(max(v, -LARGEST), LARGEST) if v == v else empty[i]
                place[r] = edge_at[i]
            # the same halving for every row: no branch to guess wrong
            left = edge_at[i + 1] - edge_at[i]
            while left > 0:
                half = (left + 1) >> 1
                for r in range(rows):
                    place[r] += half if edges[place[r] + half - 1] < y[r] else 0
                left -= half
            for r in range(rows):
                codes[i, at + r] = place[r] - edge_at[i]
    sums[:, :n] = 0.0
    for g in range(step_at.size - 1):
        for r in range(n):
            number[r] = none
        for j in range(step_at[g], step_at[g + 1]):
            code, begins, more = codes[step_line[j]], step_code[j], step_more[j]
            for r in range(n):
                number[r] += more if code[r] >= begins else none
        for k in range(sum_at[g], sum_at[g + 1]):
            into, column = sums[sum_into[k]], table[sum_from[k] : sum_from[k + 1]]
            for r in range(n):
                into[r] += column[number[r]]
    margin[:] = bias
    for i in range(lines):
        for r in range(n):
            margin[r] += sums[i, r]
            parts[begin + r, used[i]] = sums[i, r]


@cache
def compiled() -> Callable[..., None] | None:
    """The block compiled, or kept from an earlier start; None where numba cannot be had.

    The compiled code is kept beside this file, else in the user's cache folder (or ``NUMBA_CACHE_DIR``). On
    an installation where nothing may be written it is compiled anew in every process: a second or two.
    """
    try:
        import numba
    except ImportError:
        _log.warning("numba is not to be had: contributions are looked up without it, slower")
        return None
    try:
        kept: Callable[..., None] = numba.njit(nogil=True, cache=True)(block)
    except RuntimeError:  # no folder that may be written
        kept = numba.njit(nogil=True)(block)
    return kept


def explain(
    told: Tables, x: Array, into: tuple[Array, Array], rows: range, *, run: Callable[..., None]
) -> None:
    """Fill ``rows`` of margin (n) and of the used columns of the parts (n x width) by those of ``x`` (n x
    width), both column after column."""
    margin, parts = into
    size = min(BLOCK, len(rows))
    codes = np.empty((len(told.used), size), told.step_code.dtype)
    sums = np.empty((len(told.used), size))
    for at in range(rows.start, rows.stop, BLOCK):
        run(
            x, at, told.bias, told.used, told.empty, told.edges, told.edge_at, told.step_line,
            told.step_code, told.step_more, told.step_at, told.sum_into, told.sum_from, told.sum_at,
            told.table, codes, sums, margin[at : min(at + BLOCK, rows.stop)], parts,
        )  # fmt: skip
