"""Marks of attendance and roll calls, summed to half-days by pupil and day."""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

Expr = nw.Expr

ABSENT = ("sick", "personal", "unexcused", "unexplained", "absent")
UNEXPLAINED = ("unexcused", "unexplained")
CLOSED = ("excluded", "closed")
PRESENT = ("present", "late", "early_leave", "official")
#: What shows that a pupil who had gone is back: an explicit 出勤 in any form.
BACK = ("present", "late", "early_leave")


def halves() -> Expr:
    """Two for a whole day, one for a morning or an afternoon: sums of whole numbers."""
    return nw.when(nw.col("session") == "day").then(2).otherwise(1)


def _sum(kinds: tuple[str, ...]) -> Expr:
    return nw.when(nw.col("status").is_in(list(kinds))).then(nw.col("halves")).otherwise(0).sum()


def by_day(day: Day) -> Frame:
    """One row a pupil and day with any mark: halves by kind."""
    return (
        day.cut("attendance")
        .with_columns(halves=halves())
        .group_by("student_id", "date_no")
        .agg(
            marked=nw.col("halves").sum(),
            m_absent=_sum(ABSENT),
            m_unexplained=_sum(UNEXPLAINED),
            m_sick=_sum(("sick",)),
            m_personal=_sum(("personal",)),
            m_late=_sum(("late",)),
            m_early=_sum(("early_leave",)),
            m_closed=_sum(CLOSED),
            m_present=_sum(PRESENT),
            m_back=_sum(BACK),
        )
    )


def taken(day: Day) -> Frame:
    """One row a class and day on which attendance was taken: ``taken`` halves, two at most."""
    total = nw.col("halves").sum()
    return (
        day.cut("roll_calls")
        .with_columns(halves=halves())
        .group_by("class_ref", "date_no")
        .agg(taken=total)
        .with_columns(taken=nw.when(nw.col("taken") > 2).then(2).otherwise(nw.col("taken")))
    )
