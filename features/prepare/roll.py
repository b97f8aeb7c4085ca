"""Who is where: enrolments as stays, and one row a pupil."""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

#: How long after leaving a pupil is still looked at (duty alerts).
GONE_DAYS = 60
_ORDER = ["start_on_no", "known_on", "school_id"]


def stays(day: Day) -> Frame:
    """Enrolments begun by the day: class membership on a day is by the one in force that day.

    ``stay_end_no`` is the last day in force (the day itself where still open), ``latest`` marks the
    enrolment that counts: latest start, then latest known, then school.
    """
    rows = (
        day.cut("enrolments")
        .filter(nw.col("start_on_no") <= day.number)
        .with_columns(one=nw.lit(1))
        .with_columns(
            nth=nw.col("one").cum_sum().over("student_id", order_by=_ORDER),
            of=nw.col("one").sum().over("student_id"),
            next_start=nw.col("start_on_no").shift(-1).over("student_id", order_by=_ORDER),
        )
    )
    today = nw.lit(day.number)
    last = nw.min_horizontal(
        nw.coalesce(nw.col("end_on_no"), today), nw.coalesce(nw.col("next_start") - 1, today), today
    )
    return rows.with_columns(
        stay_end_no=last, latest=nw.when(nw.col("nth") == nw.col("of")).then(1).otherwise(0)
    )


def _term_starts(day: Day) -> Frame:
    return day.school_days.group_by("calendar_id").agg(term_start_no=nw.col("term_start_no").max())


def roll(day: Day) -> Frame:
    """One row a pupil enrolled on the day or until at most 60 days before.

    student_id, school_id, class_id, class_ref, class_key, calendar_id, grade, grade_no, boarding,
    enrolled_on_no, end_on_no, in_force (0/1), term_start_no (null before any school day), birth_date_no.
    """
    today = nw.lit(day.number)
    end = nw.col("end_on_no")
    # one row a pupil: a temporary number and the lasting one may both have a row, and both are renamed
    known = ("birth_date_no", "migrant_child", "distance_km")
    births = day.cut("students").group_by("student_id").agg(*[nw.col(c).max() for c in known])
    latest = day.stays.filter(nw.col("latest") == 1)
    if not day.whole:
        latest = latest.filter(end.is_null() | (end >= today - GONE_DAYS))
    return (
        latest.with_columns(
            in_force=nw.when(end.is_null() | (end >= today)).then(1).otherwise(0),
            enrolled_on_no=nw.col("start_on_no"),
        )
        .select(
            "student_id", "school_id", "class_id", "class_ref", "class_key", "calendar_id", "grade",
            "grade_no", "boarding", "enrolled_on_no", "end_on_no", "in_force",
        )
        .join(_term_starts(day), on="calendar_id", how="left")
        .join(births, on="student_id", how="left")
    )  # fmt: skip
