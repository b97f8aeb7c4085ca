"""The one place where rows not yet known are cut away.

A question asked as of day D sees a stored row if it was known by D and nothing known by D supersedes it.
``facts`` folded the second clock into ``until`` when the extract was stored, so the cut is two comparisons.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

#: Days on which something was looked at or done: one that lies after D has not happened yet as of D.
#: Planned days (`end_on`, `until_on`, `due_on`) are not among them: a plan may be known beforehand.
FACT_DAYS = (
    "checked_on",
    "receiver_confirmed_on",
    "decided_on",
    "paid_on",
    "last_parent_contact_on",
    "written_notice_on",
)


def _mask(frame: nw.LazyFrame[Any], names: list[str], column: str, keep: nw.Expr) -> list[nw.Expr]:
    """Empty ``column`` and its day number where ``keep`` does not hold."""
    twins = [c for c in (column, f"{column}_no") if c in names]
    return [nw.when(keep).then(nw.col(c)).alias(c) for c in twins]


def cut(frame: nw.LazyFrame[Any], day: date) -> nw.LazyFrame[Any]:
    """The rows of a stored table as they were known on ``day``.

    ``frame`` is a table of ``Facts`` (with ``known_on`` and ``until`` where it is dated; a table that is
    not dated passes as it is). Ends learned later, and checks and decisions dated later, read as empty.
    """
    names = frame.columns
    if "known_on" not in names:
        return frame
    d = nw.lit(day)
    frame = frame.filter((nw.col("known_on") <= d) & (nw.col("until") > d) & (nw.col("void") == 0))
    masked: list[nw.Expr] = []
    if "end_known_on" in names:
        masked += _mask(frame, names, "end_on", nw.col("end_known_on") <= d)
    for column in FACT_DAYS:
        if column in names:
            masked += _mask(frame, names, column, nw.col(column) <= d)
    return frame.with_columns(*masked) if masked else frame


def follow(frame: nw.LazyFrame[Any], aliases: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Put the lasting number in place of a temporary one, by the ``aliases`` known on the day."""
    names = frame.columns
    if "student_id" not in names:
        return frame
    renamed = aliases.select(
        nw.col("old_student_id").alias("student_id"), nw.col("student_id").alias("lasting_id")
    )
    joined = frame.join(renamed, on="student_id", how="left")
    return joined.with_columns(
        student_id=nw.coalesce(nw.col("lasting_id"), nw.col("student_id"))
    ).select(*names)


def known(frame: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """``cut`` for a polars frame: the same rows, for code that is not an indicator."""
    result: pl.LazyFrame = cut(nw.from_native(frame), day).to_native()
    return result
