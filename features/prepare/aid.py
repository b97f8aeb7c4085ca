"""``aid``: one row a pupil, how far the aid of the current term has come.

0/1, null where no aid of the term is on record for anybody of the school: ``unpaid`` (due or
granted, and none paid), ``due`` (any row but a refused one), ``given`` (granted or paid; null too
until somebody of the school has been granted any: before the first grants none is late).
"""

from __future__ import annotations

import narwhals as nw

from features.prepare import terms
from features.prepare.day import Day, Frame
from features.prepare.registers import on_pupils
from features.prepare.standing import flag

col = nw.col

ONE_ROW = True


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    now = terms.current(day).select("calendar_id", now="term")
    own = day.roll.select("student_id", "school_id", "calendar_id")
    # few rows, and of those on the roll fewer: terms are compared after the join and not by it
    rows = day.cut("aid").join(own, on="student_id").join(now, on="calendar_id")
    rows = day.persist(rows.filter(col("term") == col("now")))
    status = col("status")
    mine = rows.group_by("student_id").agg(
        given=flag(status.is_in(["granted", "paid"])).max(),
        due=flag(status.is_in(["due", "granted", "paid"])).max(),
        paid=flag(status == "paid").max(),
    )
    mine = day.persist(mine).with_columns(unpaid=flag((col("due") == 1) & (col("paid") == 0)))
    frame = on_pupils(day, rows, mine.drop("given", "paid"))
    granted = rows.filter(status.is_in(["granted", "paid"]))
    given = on_pupils(day, granted, mine.select("student_id", "given"))
    return frame.join(given, on="student_id", how="left")
