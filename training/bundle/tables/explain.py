"""Which of the two ways walks the rows: alike to the last bit, so only time decides."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.bundle.tables import kernel, rows
from training.bundle.tables.table import Tables

Array = NDArray[np.float64]
Walk = Callable[[Tables, Array, tuple[Array, Array], range], None]
#: Fewer rows than this are not worth importing and compiling for, which takes a second or two.
WORTH_COMPILING = 8192
#: Once compiled, fewer rows than this are still looked up faster without.
HANDFUL = 4


def contributions(told: Tables, x: Array, *, threads: int = 1) -> tuple[Array, Array]:
    """Margin (n) and path-dependent Shapley values (n x width) of the rows ``x``, NaN for empty cells.

    ``margin`` is ``bias`` and the contributions added in the order of the indicators. Both ``x`` and what is
    given back lie column after column, as frames do.
    """
    x = np.asfortranarray(x, np.float64)
    if x.ndim != 2 or x.shape[1] != told.width:
        raise ValueError(f"expected n x {told.width} values, not {x.shape}")
    margin, parts = np.empty(len(x)), np.zeros(x.shape, order="F")
    walk = _way(len(x))
    count = max(1, min(threads, len(x) // kernel.BLOCK))
    pieces = list(pairwise(len(x) * i // count for i in range(count + 1)))
    if len(pieces) == 1:
        walk(told, x, (margin, parts), range(len(x)))
        return margin, parts
    with ThreadPoolExecutor(count) as pool:
        jobs = [pool.submit(walk, told, x, (margin, parts), range(a, z)) for a, z in pieces]
        for job in jobs:
            job.result()
    return margin, parts


def _way(count: int) -> Walk:
    compiled_already = kernel.compiled.cache_info().currsize > 0
    if count < (HANDFUL if compiled_already else WORTH_COMPILING):
        return rows.explain
    ready = kernel.compiled()
    if ready is None:
        return rows.explain
    return partial(kernel.explain, run=ready)
