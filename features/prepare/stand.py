"""What else is asked of ``days``, by rows: weekdays attended, and how each pupil's days stand."""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

#: Unexplained days are counted among so many of the last school days.
LAST_DAYS = 20
#: Coverage is told of so many calendar days.
RECENT = 28
col, when = nw.col, nw.when


def attended(day: Day) -> Frame:
    """student_id, weekday (day number modulo 7), days: the cohort's days attended this term."""
    terms = day.pupils.select("student_id", "term_start_no")
    rows = day.days.filter(col("present") > 0).join(terms, on="student_id")
    rows = rows.filter(col("on_no") >= col("term_start_no"))
    rows = rows.with_columns(weekday=col("on_no") % 7)
    return rows.group_by("student_id", "weekday").agg(days=col("one").sum())


def seen(day: Day) -> Frame:
    """One row a pupil with any day: ``on_no`` its last, ``attended_no`` the last attended, ``known_no`` the
    last known (else null); ``unexplained_20``, whole unexplained days among the last twenty; ``known_4w``
    and ``expected_4w``, halves of the last four weeks."""
    recent = col("on_no") > day.number - RECENT
    back = col("one").cum_sum().over("student_id", order_by="on_no")
    rows = day.days.with_columns(nth=back, of=col("one").sum().over("student_id"))
    late = col("of") - col("nth") < LAST_DAYS
    return rows.group_by("student_id").agg(
        on_no=col("on_no").max(),
        attended_no=col("attended_no").max(),
        known_no=when(col("known") > 0).then(col("on_no")).max(),
        unexplained_20=when(late).then(col("unexplained_day")).otherwise(0).sum(),
        known_4w=when(recent).then(col("known")).otherwise(0).sum(),
        expected_4w=when(recent).then(col("expected")).otherwise(0).sum(),
    )
