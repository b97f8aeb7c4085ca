"""``moves``: one row a pupil, from status changes, enrolments and term registrations.

Of two years: ``transfers`` (in, out, or a change of school seen in the enrolments, whichever is
most; going up to junior school is none), ``suspended`` (0/1). Ever: ``out`` (how often
suspected or dropped out), ``back_no`` (day of the last return, null without one). Null where no
status of anybody of the school is on record. Of the current term: ``late_days`` from its first
day to arrival (to today for who has not arrived), ``not_arrived`` (0/1), both null without a
registration; ``unregistered`` (0/1, null where the term's registration holds nobody of the
school). Of earlier terms within two years: ``past_late``, how often not arrived within three
days (null without any on record). ``enrolled_no``, ``before_days`` (first day in the class less
the first day of the term), ``joined`` (0/1: in the last eight weeks and more than a week into
the term), ``years_over`` (whole years above the usual age of the grade).
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from features.prepare import terms
from features.prepare.day import EPOCH, Day, Frame
from features.prepare.registers import on_pupils, with_school
from features.prepare.standing import flag

BACK_DAYS = 730
#: Arrived by then is on time: registration takes some days in boarding schools.
ON_TIME_DAYS = 3
JOINED_DAYS, SETTLING_DAYS = 56, 7
OUT = ["suspected_dropout", "dropped_out"]
LAST_PRIMARY = 6
#: A first-grader is six by 31 August.
AGE_BEFORE_GRADE = 5
OLDEST = 20
col, lit, when = nw.col, nw.lit, nw.when

ONE_ROW = True


def _statuses(day: Day) -> Frame:
    """Counts of status changes, 0 where there are none and the school has any on record."""
    rows = with_school(day, day.cut("status_changes").filter(col("happened_on_no") <= day.number))
    recent = col("happened_on_no") > day.number - BACK_DAYS
    kind = col("kind")
    mine = rows.group_by("student_id").agg(
        ins=flag((kind == "transfer_in") & recent).sum(),
        outs=flag((kind == "transfer_out") & recent).sum(),
        suspended=flag((kind == "suspended") & recent).max(),
        out=flag(kind.is_in(OUT)).sum(),
        returned=flag(kind == "returned").sum(),
        back_no=when(kind == "returned").then(col("happened_on_no")).max(),
    )
    return on_pupils(day, rows, mine, blank=("back_no",))


def _changes(day: Day) -> Frame:
    """student_id, ``changes`` of school within two years; null for who has one enrolment only."""
    rows = day.stays.filter(col("of") > 1)
    before = {
        f"last_{c}": col(c).shift(1).over("student_id", order_by="nth")
        for c in ("school_id", "grade_no")
    }
    rows = rows.with_columns(**before)
    up = (col("last_grade_no") <= LAST_PRIMARY) & (col("grade_no") > LAST_PRIMARY)
    moved = (col("school_id") != col("last_school_id")) & ~up.fill_null(False)
    recent = col("start_on_no") > day.number - BACK_DAYS
    return rows.group_by("student_id").agg(changes=flag(moved & recent).sum().cast(nw.Int64))


def _registrations(day: Day) -> Frame:
    """Arrivals of the current term and of earlier ones."""
    rows = day.cut("term_registration").filter(col("happened_on_no") <= day.number)
    own = day.roll.select("student_id", "school_id", "calendar_id", "term_start_no")
    known = terms.begun(day).select("calendar_id", "term", "first_no")
    rows = rows.select("student_id", "term", "status", "happened_on_no")
    # kept between the joins: a planner that turned them round made millions of rows in passing
    rows = day.persist(rows.join(own, on="student_id"))
    rows = day.persist(rows.join(known, on=["calendar_id", "term"]))
    here = col("status") == "arrived"
    late = when(here).then(col("happened_on_no")).otherwise(day.number) - col("first_no")
    late = when(late > 0).then(late).otherwise(0)
    now = col("first_no") == col("term_start_no")
    past = ~now & (col("happened_on_no") > day.number - BACK_DAYS)
    missed = ~here | (late > ON_TIME_DAYS)
    mine = rows.group_by("student_id").agg(
        late_days=when(now).then(late).max(),
        not_arrived=when(now).then(flag(~here)).max(),
        past_late=when(past).then(flag(missed)).sum(),
        past=flag(past).sum(),
        registered=flag(now).max(),
    )
    mine = mine.with_columns(past_late=when(col("past") > 0).then(col("past_late"))).drop("past")
    blank = ("late_days", "not_arrived", "past_late")
    return on_pupils(day, rows.filter(now), mine, blank=blank)


def _age(day: Day) -> nw.Expr:
    """Whole years on 31 August before or on the day, by birthdays and not by lengths of years."""
    year = day.as_of.year if (day.as_of.month, day.as_of.day) > (8, 31) else day.as_of.year - 1
    age = lit(0, nw.Int64)
    for years in range(1, OLDEST + 1):
        born = (date(year - years, 8, 31) - EPOCH).days
        age = age + flag(col("birth_date_no") <= born)
    return age


def _first_days(day: Day) -> Frame:
    """student_id, ``start_no``: first day of the term in which, or before which, the enrolment began."""
    rows = day.pupils.select("student_id", "calendar_id", "enrolled_on_no")
    rows = rows.join(terms.known(day), on="calendar_id")
    rows = rows.filter(col("last_no") >= col("enrolled_on_no"))
    return rows.group_by("student_id").agg(start_no=col("first_no").min())


def _enrolled(day: Day) -> Frame:
    """What the enrolment itself tells."""
    rows = day.pupils.join(_first_days(day), on="student_id", how="left")
    before = col("enrolled_on_no") - col("start_no")
    joined = (before > SETTLING_DAYS) & (col("enrolled_on_no") > day.number - JOINED_DAYS)
    over = _age(day) - (col("grade_no") + AGE_BEFORE_GRADE)
    asked = col("enrolled_on_no") <= col("term_start_no")
    return rows.select(
        "student_id",
        enrolled_no=col("enrolled_on_no").cast(nw.Int64),
        before_days=before.cast(nw.Int64),
        joined=when(~col("start_no").is_null()).then(flag(joined)),
        years_over=when(~col("birth_date_no").is_null()).then(over).cast(nw.Int64),
        asked=flag(asked),
    )


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    frame = _enrolled(day)
    for part in (_statuses(day), _changes(day), _registrations(day)):
        frame = frame.join(part, on="student_id", how="left")
    most = nw.max_horizontal(*[col(c).fill_null(0) for c in ("ins", "outs", "changes")])
    known = ~col("ins").is_null() | ~col("changes").is_null()
    return frame.with_columns(
        transfers=when(known).then(most).cast(nw.Int64),
        unregistered=when(col("asked") == 1).then(1 - col("registered")).cast(nw.Int64),
    ).drop("ins", "outs", "changes", "registered", "asked")
