"""``absence_own``: what is usual for the pupil: earlier runs of absence this term, weekdays attended.

One row a pupil with attendance this term. Whole numbers, in school days: ``longest`` run of absence
before the one going on, ``usual`` (nine of ten returns to school came after an absence no longer than
this; 0 where the pupil hardly ever missed a day), ``attended`` days and ``on_two`` (of them on the pupil's
two most attended weekdays).
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.standing import flag

#: One return in so many may come after a longer absence than the usual.
ONE_IN = 10
WEEKDAYS_KEPT = 2
col, lit, when = nw.col, nw.lit, nw.when

ONE_ROW = True


def _runs(day: Day) -> Frame:
    """student_id, length: runs of absence of this term that are over."""
    terms = day.pupils.select("student_id", "term_start_no")
    over = (col("absent_spell") == 1) & (col("absent_current") == 0)
    rows = day.spells.filter(over).join(terms, on="student_id")
    return rows.filter(col("on_no") >= col("term_start_no")).select(
        "student_id", "on_no", length=col("absent_length")
    )


def _numbered(rows: Frame, by: str, then: str) -> Frame:
    """Add ``nth``: 1 for the pupil's largest ``by``."""
    down = rows.with_columns(down=-col(by), one=lit(1))
    return down.with_columns(nth=col("one").cum_sum().over("student_id", order_by=["down", then]))


def prepare(day: Day) -> Frame:
    """One row a pupil who attended at least once this term."""
    weekdays = day.persist(_numbered(day.attended, "days", "weekday"))
    frame = weekdays.group_by("student_id").agg(
        attended=col("days").sum(),
        on_two=when(col("nth") <= WEEKDAYS_KEPT).then(col("days")).otherwise(0).sum(),
    )
    runs = _numbered(_runs(day), "length", "on_no").join(
        frame.select("student_id", "attended"), on="student_id"
    )
    usual = flag(col("nth") == col("attended") // ONE_IN + 1) * col("length")
    runs = runs.group_by("student_id").agg(longest=col("length").max(), usual=usual.max())
    frame = frame.join(runs, on="student_id", how="left")
    numbers = ("attended", "on_two", "longest", "usual")
    return frame.select("student_id", *[col(c).fill_null(0).cast(nw.Int64) for c in numbers])
