"""``departures``: one row a pupil, how many of the class are there and how many have left it of late.

Of those whose last class this is: ``there`` (in the cohort), ``left`` within four weeks and ``left_term``
since the term began: gone, out, or enrolment ended, whatever became of them. ``pupil_days``: days of
the term times those who were there in it, and 28 days times those who were there in four weeks.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.cohort import GONE, OUT
from features.prepare.day import Day, Frame
from features.prepare.standing import flag

BACK_DAYS = 28
col, lit, when = nw.col, nw.lit, nw.when

ONE_ROW = True


def _last_change(day: Day) -> Frame:
    """student_id, change_no: the latest day of going or of being noted as out."""
    rows = day.cut("status_changes").filter(
        col("kind").is_in([*OUT, *GONE]), col("happened_on_no") <= day.number
    )
    return rows.group_by("student_id").agg(change_no=col("happened_on_no").max())


def last_classes(day: Day) -> Frame:
    """Everybody whose last class it is: student_id, class_key, ``there``, ``left``, ``left_term``, term_no."""
    here = day.pupils.select("student_id", here=lit(1))
    terms = day.school_days.group_by("calendar_id").agg(term_no=col("term_start_no").max())
    rows = day.stays.filter(col("latest") == 1)
    rows = rows.select("student_id", "class_key", "calendar_id", "end_on_no")
    rows = rows.join(_last_change(day), on="student_id", how="left")
    rows = rows.join(here, on="student_id", how="left").join(terms, on="calendar_id", how="left")
    since = nw.min_horizontal(
        nw.coalesce(col("end_on_no"), col("change_no")),
        nw.coalesce(col("change_no"), col("end_on_no")),
    )
    gone = col("here").is_null()
    return rows.select(
        "student_id",
        "class_key",
        "term_no",
        there=flag(~gone),
        left=flag(gone & (since > day.number - BACK_DAYS)),
        left_term=flag(gone & (since >= col("term_no"))),
    )


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort with its class's numbers."""
    counts = ("there", "left", "left_term")
    classes = (
        last_classes(day)
        .group_by("class_key")
        .agg(**{name: col(name).sum() for name in counts}, term_no=col("term_no").max())
    )
    term = (col("there") + col("left_term")) * (day.number + 1 - col("term_no"))
    weeks = (col("there") + col("left")) * BACK_DAYS
    classes = classes.with_columns(pupil_days=(term + weeks).fill_null(0))
    own = day.pupils.select("student_id", "class_key").join(classes, on="class_key")
    return own.select("student_id", *counts, "pupil_days")
