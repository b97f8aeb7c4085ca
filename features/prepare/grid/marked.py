"""Marks as a matrix: one code a date and pupil, and what each code adds up to.

A pupil has one mark on most days, so nearly every cell is written straight away; only where several rows
speak of one day (morning and afternoon, two numbers of one child) are they added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.prepare import marks
from features.tables.codes import ATTENDANCE

#: What is summed of a day's marks, each in its own bits of one number, and of which statuses.
SUMS: dict[str, tuple[str, ...]] = {
    "marked": tuple(ATTENDANCE),
    "m_absent": marks.ABSENT,
    "m_unexplained": marks.UNEXPLAINED,
    "m_sick": ("sick",),
    "m_personal": ("personal",),
    "m_late": ("late",),
    "m_early": ("early_leave",),
    "m_closed": marks.CLOSED,
    "m_present": marks.PRESENT,
    "m_back": marks.BACK,
}
#: Halves of a day that a sum can hold: sixteen whole-day rows of one child.
BITS = 6
HALVES = (1, 2)


def _packed(status: str) -> int:
    return sum(1 << (BITS * n) for n, kinds in enumerate(SUMS.values()) if status in kinds)


#: What one mark adds, by its code: a status, then for half a day or a whole one.
_ADDS = np.array([0, *(_packed(s) * h for s in ATTENDANCE for h in HALVES)], np.int64)
_CODE = {s: 1 + n * len(HALVES) for n, s in enumerate(ATTENDANCE)}


def coded(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add ``code`` to rows with ``status`` and ``session``: the number of the mark, from 1."""
    code = pl.col("status").replace_strict(_CODE, return_dtype=pl.UInt16)
    return rows.with_columns(code=code + (pl.col("session") == "day").cast(pl.UInt16))


@dataclass(frozen=True)
class Marked:
    """``codes``: dates x pupils, 0 without a mark; ``sums``: by code, halves of a day of each of SUMS;
    ``unexplained``: marks of such a status by pupil."""

    codes: NDArray[np.uint16]
    sums: dict[str, NDArray[np.int64]]
    unexplained: NDArray[np.int64]


def marked(cells: pl.DataFrame, dates: int, pupils: int) -> Marked:
    """From rows ``cell`` (date number x pupils + pupil number) and ``code``, any number a cell."""
    codes = np.zeros(dates * pupils, np.uint16)
    adds = _ADDS
    at = cells["cell"].to_numpy()
    codes[at] = cells["code"].to_numpy()
    if np.count_nonzero(codes) < len(at):
        several = cells.filter(pl.col("cell").is_duplicated())
        several = several.with_columns(add=_taken(several["code"]))
        summed = several.group_by("cell").agg(pl.col("add").sum())
        fresh = summed["add"].unique().sort().to_numpy()
        codes[summed["cell"].to_numpy()] = len(adds) + np.searchsorted(fresh, summed["add"])
        adds = np.concatenate([adds, fresh])
    sums = _unpacked(adds)
    whose = at[sums["m_unexplained"].take(cells["code"].to_numpy()) > 0] % max(pupils, 1)
    unexplained = np.bincount(whose, minlength=pupils)
    return Marked(codes.reshape(dates, pupils), sums, unexplained)


def _unpacked(adds: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    mask = (1 << BITS) - 1
    return {name: (adds >> (BITS * n)) & mask for n, name in enumerate(SUMS)}


def _taken(codes: pl.Series) -> pl.Series:
    return pl.Series(_ADDS[codes.to_numpy()])
