"""``disability``: one row a pupil, what the register says on the day. It routes support.

0/1: ``listed``, ``mind`` (智力, 精神), ``inclusive`` (随班就读), ``waiting`` (待安置), ``new``
(last 180 days), ``stale``; ``severity`` 1-4 (4 most severe; null where registered and not
graded); ``days`` since the first entry in force.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.registers import common, entries, live, on_pupils, with_stale

NEW_DAYS = 180
MIND = ["5", "6"]
col, when = nw.col, nw.when

ONE_ROW = True


def _severity() -> nw.Expr:
    """Level 1 is the most severe; 0 is 未定级."""
    severity: nw.Expr = when(nw.lit(0) == 1).then(nw.lit(0))
    for level in range(1, 5):
        severity = when(col("level") == str(level)).then(nw.lit(5 - level)).otherwise(severity)
    return severity


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    rows = entries(day, "disability")
    mine = rows.group_by("student_id").agg(
        **common(day, new_days=NEW_DAYS),
        mind=live(col("category").is_in(MIND)),
        inclusive=live(col("placement") == "inclusive"),
        waiting=live(col("placement") == "waiting"),
        grade_of=when(col("live") == 1).then(_severity()).max(),
    )
    mine = with_stale(day, mine)
    frame = on_pupils(day, rows, mine, blank=("new_no", "seen_no", "grade_of"))
    none = when(col("listed") == 0).then(nw.lit(0, nw.Int64))
    return frame.with_columns(severity=nw.coalesce(col("grade_of"), none)).drop("grade_of")
