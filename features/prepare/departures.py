"""``departures``: one row a pupil, who of the class left in the last four weeks.

``left`` (pupils of the class that were in it four weeks ago or came since, and are no longer there: gone, out,
or enrolment ended within 28 days), ``there`` (those still in the class).
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.cohort import GONE, OUT
from features.prepare.day import Day, Frame
from features.prepare.standing import flag

BACK_DAYS = 28
col, when = nw.col, nw.when


def _last_change(day: Day) -> Frame:
    """student_id, change_no: the latest day of going or of being noted as out."""
    rows = day.cut("status_changes").filter(
        col("kind").is_in([*OUT, *GONE]), col("happened_on_no") <= day.number
    )
    return rows.group_by("student_id").agg(change_no=col("happened_on_no").max())


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort with its class's numbers."""
    rows = day.members.join(_last_change(day), on="student_id", how="left")
    since = nw.coalesce(col("end_on_no"), col("change_no"))
    gone = (col("in_cohort") == 0) & (since > day.number - BACK_DAYS)
    rows = rows.with_columns(gone=flag(gone), here=flag(col("in_cohort") == 1))
    classes = rows.group_by("class_key").agg(left=col("gone").sum(), there=col("here").sum())
    return (
        day.pupils.select("student_id", "class_key").join(classes, on="class_key").drop("class_key")
    )
