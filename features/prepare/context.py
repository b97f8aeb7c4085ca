"""``context``: one row a pupil, the class, the school and the time of year rather than the pupil.

``grade``, ``boards`` (0/1, null where the way of attending is not on record), ``boards_early``
(boards in grades 1-6), ``distance`` (hundredths of a kilometre); ``class_size``,
``school_classes`` (of pupils in force). By the pupil's calendar: ``week`` of the term (1, 2,
...; null in the holidays), ``passed`` and ``total`` school days of the term, ``back_no`` (first
day after the last break of more than a week), ``after_festival`` (0/1: the first four weeks
after the Spring Festival break), ``exam_no`` (grade 9: last school day of the spring term,
where the calendar tells it; that is when 中考 comes).
"""

from __future__ import annotations

import narwhals as nw

from features.calendar import BREAK_DAYS, spring_festival
from features.prepare import terms
from features.prepare.day import EPOCH, Day, Frame
from features.prepare.standing import flag, whole

LAST_PRIMARY, LAST_GRADE = 6, 9
FESTIVAL_DAYS = 28
#: So many days after the last school day of a term it is no longer a week of the term.
ENDED_DAYS = 7
col, lit, when = nw.col, nw.lit, nw.when

ONE_ROW = True


def _sizes(day: Day) -> tuple[Frame, Frame]:
    """Pupils by class, classes by school, of enrolments in force."""
    rows = day.roll.filter(col("in_force") == 1).select("school_id", "class_key")
    rows = rows.with_columns(one=lit(1))
    classes = rows.group_by("school_id", "class_key").agg(class_size=col("one").sum())
    schools = classes.with_columns(one=lit(1)).group_by("school_id")
    return classes.drop("school_id"), schools.agg(school_classes=col("one").sum())


def _breaks(day: Day) -> Frame:
    """By calendar, the first day after the last break, and after the one that holds Spring Festival."""
    before = col("date_no").shift(1).over("calendar_id", order_by="date_no")
    rows = day.school_days.select("calendar_id", "date_no").with_columns(before_no=before)
    festival = (spring_festival(day.as_of.year) - EPOCH).days
    back = col("date_no") - col("before_no") > BREAK_DAYS
    feast = back & (col("before_no") < festival) & (col("date_no") > festival)
    return rows.group_by("calendar_id").agg(
        back_no=when(back).then(col("date_no")).max(),
        festival_no=when(feast).then(col("date_no")).max(),
    )


def _examination(day: Day) -> Frame:
    """By calendar, the last school day still to come of this school year's spring term."""
    year = day.as_of.year if day.as_of.month > 8 else day.as_of.year - 1
    spring = day.coming_days.filter(col("term") == f"{year}-{year + 1}-2")
    return spring.group_by("calendar_id").agg(spring_no=col("date_no").max())


def _by_calendar(day: Day) -> Frame:
    """One row a calendar: term, breaks, the end of spring."""
    frame = terms.current(day).drop("term")
    for part in (_breaks(day), _examination(day)):
        frame = frame.join(part, on="calendar_id", how="left")
    return frame


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    today = day.number
    classes, schools = _sizes(day)
    frame = day.pupils.join(classes, on="class_key", how="left")
    frame = frame.join(schools, on="school_id", how="left")
    frame = frame.join(_by_calendar(day), on="calendar_id", how="left")
    grade, boards = col("grade_no"), flag(col("boarding") == "2")
    told = ~col("boarding").is_null()
    running = (col("coming") > 0) | (col("last_no") > today - ENDED_DAYS)
    feast = flag(col("festival_no") > today - FESTIVAL_DAYS)
    values = {
        "grade": grade,
        "boards": when(told).then(boards),
        "boards_early": when(told & ~grade.is_null()).then(boards * flag(grade <= LAST_PRIMARY)),
        "distance": whole(col("distance_km"), 100),
        "class_size": col("class_size"),
        "school_classes": col("school_classes"),
        "week": when(running).then((today - col("first_no")) // 7 + 1),
        "passed": col("passed"),
        "total": col("passed") + col("coming"),
        "term_no": col("first_no"),
        "back_no": col("back_no"),
        "after_festival": when(~col("first_no").is_null()).then(feast),
        "exam_no": when(grade == LAST_GRADE).then(col("spring_no")),
    }
    return frame.select("student_id", **{n: e.cast(nw.Int64) for n, e in values.items()})
