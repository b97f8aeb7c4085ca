"""Tables that should say something and hold no row: silence there would be read as attendance."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl

from features.batch import Batch
from features.check.intake import Finding
from features.check.sheet import Sheet

#: Where there are pupils a full extract has rows of these.
TOGETHER = ("schools", "classes", "enrolments", "attendance", "calendar")


def blank(sheets: Mapping[str, Sheet], ragged: Mapping[str, int]) -> list[str]:
    """The tables that have a header and no row, not even a damaged one."""
    return [name for name, s in sheets.items() if not s.frame.height and not ragged.get(name)]


def findings(
    batch: Batch, sheets: Mapping[str, Sheet], empty: Collection[str], others: Collection[str]
) -> Iterator[Finding]:
    """What is lacking in the ``empty`` tables; ``others``: tables too large to hold, or refused."""
    lacking = "attendance" not in others and ("attendance" in empty or "attendance" not in sheets)
    # a delta may bring its roll calls in one sending and its absences in another
    full = batch.mode == "full"
    short = _short(sheets) if full and lacking and batch.attendance_mode == "exceptions" else 0
    if short:
        yield Finding("absences_missing", "attendance", words={"short": short}, refuses=True)
    about = "students" in sheets and "students" not in empty
    for name in TOGETHER if full and about else ("attendance",):
        if name in empty and (about or not full) and not (short and name == "attendance"):
            yield Finding("blank_table", name)


def _short(sheets: Mapping[str, Sheet]) -> int:
    """Roll calls at which fewer were present than expected: somebody's absence must have been recorded."""
    calls = sheets.get("roll_calls")
    if calls is None:
        return 0
    rows = calls.frame.filter(pl.col("void") == 0)
    return rows.filter(pl.col("present") < pl.col("expected")).height
