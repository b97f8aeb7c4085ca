"""Marks of attendance and roll calls, summed to half-days by pupil and day.

A mark is one small number (``facts.marks_code``): its status and its session.
"""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw
import polars as pl

from features.facts.marks_code import STATUSES, marks_of
from features.prepare.day import Day, Frame

Expr = nw.Expr

ABSENT = ("sick", "personal", "unexcused", "unexplained", "absent")
UNEXPLAINED = ("unexcused", "unexplained")
CLOSED = ("excluded", "closed")
PRESENT = ("present", "late", "early_leave", "official")
#: What shows that a pupil who had gone is back: an explicit 出勤 in any form.
BACK = ("present", "late", "early_leave")
#: Every status of the contract: of two half-days the one that says more comes first.
SAYS_MORE = (
    "unexcused", "unexplained", "absent", "sick", "personal", "excluded", "closed", "late",
    "early_leave", "official", "present",
)  # fmt: skip
#: Halves of a day in a session.
HALVES = {"am": 1, "pm": 1, "day": 2}


def _is(statuses: Iterable[str | None], sessions: Iterable[str] = HALVES) -> Expr:
    return nw.col("mark").is_in(marks_of(statuses, sessions))


def _sum(kinds: tuple[str, ...]) -> Expr:
    return nw.when(_is(kinds)).then(nw.col("halves")).otherwise(0).sum()


def said(day: Day, students: pl.DataFrame) -> Frame:
    """One row a day with a mark of some pupils (``student_id``): student_id, on_no, ``said``, the place in
    ``SAYS_MORE`` of the status that says more."""
    place: Expr = nw.when(nw.lit(0) == 1).then(nw.lit(0))
    for n, status in enumerate(SAYS_MORE):
        place = nw.when(_is([status])).then(nw.lit(n)).otherwise(place)
    own = day.session.frame(students.select("student_id"))
    rows = day.cut("attendance").join(own, on="student_id")
    rows = rows.select("student_id", on_no="date_no", said=place)
    return rows.group_by("student_id", "on_no").agg(said=nw.col("said").min())


def by_day(day: Day) -> Frame:
    """One row a pupil and day with any mark: halves by kind."""
    return (
        day.cut("attendance")
        .with_columns(halves=nw.when(_is(STATUSES, ["day"])).then(2).otherwise(1))
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


def halves() -> Expr:
    """Of a roll call two for a whole day, one for a morning or an afternoon: sums of whole numbers."""
    return nw.when(nw.col("session") == "day").then(HALVES["day"]).otherwise(1)


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
