"""Engagement log, prepared: days with activity, kinds last seen, and whether the class keeps a log at all.

Rows are of four sorts, told apart by which columns are not 0, so that one group_by serves them all:

- a pupil's day: ``count``, ``active_day`` 1, ``last_no`` (day number since 1970), ``fresh`` (thousandths of
  log(1 + count), halved every five days since), ``before`` (count in the eight weeks before the term);
- a pupil's week counted back from the as-of day, on its last active day: ``active_week`` 1;
- a pupil's kind, on the last day it was seen: ``kind`` 1 (so a sum over a window ending on the as-of day
  is the number of different kinds in it);
- a pupil of a class whose log holds anything of the last eight weeks, on the as-of day: ``logged`` 1, and
  ``since_no`` = first day in the class. Without it a class that keeps no log would read as idle pupils.
"""

from __future__ import annotations

import math

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.standing import laid_out, whole

#: Column -> whether nothing is null (else 0).
COLUMNS = {
    "count": False, "active_day": False, "active_week": False, "kind": False, "logged": False,
    "last_no": True, "since_no": True, "fresh": False, "before": False,
}  # fmt: skip
#: A class that logged nothing for so many days keeps no log (holidays are shorter or the log is over).
LOG_DAYS = 56
FRESH_HALF_LIFE_DAYS = 5
BEFORE_TERM_DAYS = 56
col, lit, when = nw.col, nw.lit, nw.when


def _classes_with_log(day: Day, daily: Frame) -> Frame:
    recent = daily.filter(col("on_no") > day.number - LOG_DAYS).select("student_id").unique()
    return recent.join(day.pupils, on="student_id").select("class_key").unique()


def _fresh(today: int) -> nw.Expr:
    """log(1 + count), of which after five days one half is left, after ten one quarter."""
    age = (today - col("on_no")).cast(nw.Float64)
    left = (age * (-math.log(2) / FRESH_HALF_LIFE_DAYS)).exp()
    return whole((col("count").cast(nw.Float64) + 1).log() * left, 1000)


def _before_term(day: Day, daily: Frame) -> Frame:
    """The days of the eight weeks before the pupil's term began."""
    terms = day.pupils.select("student_id", "term_start_no")
    ahead = col("term_start_no") - col("on_no")
    return daily.join(terms, on="student_id").filter(ahead > 0, ahead <= BEFORE_TERM_DAYS)


def prepare(day: Day) -> Frame:
    """One row a pupil and day, week or kind with activity, and one a pupil of a logging class."""
    log = day.cut("activity").filter(col("count") > 0)
    log = log.select("student_id", "kind", "count", on_no=col("date_no"))
    daily = log.group_by("student_id", "on_no").agg(count=col("count").sum().cast(nw.Int64))
    daily = day.persist(daily)
    weeks = daily.with_columns(week=(day.number - col("on_no")) // 7)
    weeks = weeks.group_by("student_id", "week").agg(on_no=col("on_no").max())
    kinds = log.group_by("student_id", "kind").agg(on_no=col("on_no").max())
    pupils = day.pupils.join(_classes_with_log(day, daily), on="class_key").select(
        "student_id", "enrolled_on_no", on_no=lit(day.number)
    )
    one = lit(1)
    return nw.concat(
        [
            laid_out(
                daily,
                COLUMNS,
                count=col("count"),
                active_day=one,
                last_no=col("on_no"),
                fresh=_fresh(day.number),
            ),
            laid_out(_before_term(day, daily), COLUMNS, before=col("count")),
            laid_out(weeks, COLUMNS, active_week=one),
            laid_out(kinds, COLUMNS, kind=one),
            laid_out(pupils, COLUMNS, logged=one, since_no=col("enrolled_on_no")),
        ],
        how="vertical",
    )
