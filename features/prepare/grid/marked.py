"""Marks as a matrix: one code a date and pupil, and what each code adds up to.

A pupil has one mark on most days, so nearly every cell is written straight away; only where several rows
speak of one day (morning and afternoon, two numbers of one child) are they added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.facts.marks_code import CODES, STATUSES
from features.prepare import marks

#: What is summed of a day's marks, each in its own bits of one number, and of which statuses.
SUMS: dict[str, tuple[str | None, ...]] = {
    "marked": STATUSES,
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


def _packed(status: str | None) -> int:
    return sum(1 << (BITS * n) for n, kinds in enumerate(SUMS.values()) if status in kinds)


_ROWS = list(CODES.iter_rows(named=True))
#: What one mark adds, by its code: its number and one; 0 is no mark.
_ADDS = np.array(
    [0, *(_packed(row["status"]) * marks.HALVES[row["session"]] for row in _ROWS)], np.int64
)
#: A mark without a status; no mark.
UNSAID = len(marks.SAYS_MORE)
SILENT = UNSAID + 1
#: By code, the place of its status in ``SAYS_MORE``.
_SAID = np.array(
    [SILENT, *(UNSAID if row["status"] is None else marks.SAYS_MORE.index(row["status"]) for row in _ROWS)],
    np.uint8,
)  # fmt: skip


Places = NDArray[np.intp]


@dataclass(frozen=True)
class Marked:
    """``codes``: dates x pupils, 0 without a mark; ``sums``: by code, halves of a day of each of SUMS;
    ``said``: dates x pupils, the place in ``SAYS_MORE`` of what says more, or ``UNSAID``, or ``SILENT``;
    ``unexplained``: marks of such a status by pupil."""

    codes: NDArray[np.uint16]
    said: NDArray[np.uint8]
    sums: dict[str, NDArray[np.int64]]
    unexplained: NDArray[np.int64]


def marked(at: Places, code: NDArray[np.uint16], dates: int, pupils: int) -> Marked:
    """From marks ``at`` a cell (date number x pupils + pupil number), any number a cell: ``code`` is the mark's
    number and one."""
    codes, said = np.zeros(dates * pupils, np.uint16), np.full(dates * pupils, SILENT, np.uint8)
    codes[at], said[at], adds = code, said_of(code), _ADDS
    if np.count_nonzero(codes) < len(at):
        cells = pl.DataFrame({"cell": at, "code": code}).filter(pl.col("cell").is_duplicated())
        own = cells["code"].to_numpy()
        cells = cells.with_columns(add=pl.Series(_ADDS.take(own)), said=pl.Series(_SAID.take(own)))
        summed = cells.group_by("cell").agg(pl.col("add").sum(), pl.col("said").min())
        fresh = summed["add"].unique().sort().to_numpy()
        several = summed["cell"].to_numpy()
        codes[several] = len(adds) + np.searchsorted(fresh, summed["add"])
        said[several] = summed["said"].to_numpy()
        adds = np.concatenate([adds, fresh])
    sums = _unpacked(adds)
    away = (sums["m_unexplained"] > 0).take(code)
    unexplained = np.bincount(at[away] % max(pupils, 1), minlength=pupils)
    shape = (dates, pupils)
    return Marked(codes.reshape(shape), said.reshape(shape), sums, unexplained)


def said_of(code: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """By mark, the place of its status in ``SAYS_MORE``, or ``UNSAID``."""
    return _SAID.take(code)


def _unpacked(adds: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    mask = (1 << BITS) - 1
    return {name: (adds >> (BITS * n)) & mask for n, name in enumerate(SUMS)}
