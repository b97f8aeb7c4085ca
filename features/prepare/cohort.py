"""Whom the estimate is about: the cohort on a day, and why somebody on the roll is not in it."""

from __future__ import annotations

from datetime import date

import narwhals as nw

from features.batch import TENTH_DAY
from features.prepare.day import EPOCH, Day, Frame

col, when = nw.col, nw.when

OUT = ("suspected_dropout", "dropped_out")
BACK = ("suspicion_cleared", "returned", "resumed", "reinstated")
GONE = (
    "transfer_out", "abroad", "deceased", "missing", "other_leave", "graduated", "primary_completed",
    "deferred",
)  # fmt: skip
HERE = ("transfer_in", "back_from_abroad", "returned", "resumed", "reinstated")
ADULT_AGE = 18
LAST_GRADE = 9
#: So many consecutive unexplained school days are the outcome itself.
OUTCOME_RUN = 10


def _latest(kinds: tuple[str, ...]) -> nw.Expr:
    return when(col("kind").is_in(list(kinds))).then(col("happened_on_no")).otherwise(-1).max()


def standing(day: Day) -> Frame:
    """One row a pupil with any status change by the day: latest day of each group of kinds."""
    approved = (col("kind") == "suspended") & ~col("approved_by").is_null()
    return (
        day.cut("status_changes")
        .filter(col("happened_on_no") <= day.number)
        .group_by("student_id")
        .agg(
            out_no=_latest(OUT),
            back_no=_latest(BACK),
            gone_no=_latest(GONE),
            here_no=_latest(HERE),
            suspended_no=when(approved).then(col("happened_on_no")).otherwise(-1).max(),
            until_no=when(approved)
            .then(nw.coalesce(col("until_on_no"), nw.lit(99999)))
            .otherwise(-1)
            .max(),
            resumed_no=_latest(("resumed", "returned", "reinstated")),
        )
    )


def _home_taught(day: Day) -> Frame:
    today = nw.lit(day.number)
    return (
        day.cut("disability")
        .filter(col("placement") == "home_teaching", col("start_on_no") <= today)
        .filter(col("end_on_no").is_null() | (col("end_on_no") >= today))
        .with_columns(one=nw.lit(1))
        .group_by("student_id")
        .agg(home_taught=col("one").max())
    )


def _adult_birth_no(day: Day) -> int:
    """Born on or before this day is eighteen or older."""
    d = day.as_of
    born = date(d.year - ADULT_AGE, d.month, min(d.day, 28) if d.month == 2 else d.day)
    return (born - EPOCH).days


def _reasons(day: Day) -> list[tuple[str, nw.Expr]]:
    """Why a pupil on the roll is not in the cohort, the first that holds first."""
    compulsory = day.batch.population == "compulsory"
    graded = (col("grade_no") >= 1) & (col("grade_no") <= LAST_GRADE)
    reasons = [
        ("left", col("in_force") == 0),
        ("gone", (col("gone_no") >= col("enrolled_on_no")) & (col("here_no") < col("gone_no"))),
        ("out", (col("out_no") >= 0) & (col("back_no") < col("out_no"))),
        (
            "suspended",
            (col("suspended_no") > col("resumed_no")) & (col("until_no") >= day.number),
        ),
        ("home_taught", col("home_taught") == 1),
        ("adult", col("birth_date_no") <= _adult_birth_no(day)),
    ]
    if compulsory:
        reasons.append(("grade", ~graded | col("grade_no").is_null()))
    if TENTH_DAY in day.batch.outcome:
        reasons.append(("run", col("run_now") >= OUTCOME_RUN))
    return reasons


def cohort(day: Day) -> Frame:
    """The roll with ``in_cohort`` (0/1) and ``out_reason`` (empty text in the cohort).

    out_reason: left (enrolment ended), gone (transfer, abroad, death, completion, other leave), out
    (suspected or dropped out and not back), suspended (approved and not over), home_taught, adult,
    grade (outside 1-9), run (already ten unexplained days: the outcome itself).
    """
    frame = day.roll.join(standing(day), on="student_id", how="left").join(
        _home_taught(day), on="student_id", how="left"
    )
    marks = ("out_no", "back_no", "gone_no", "here_no", "suspended_no", "until_no", "resumed_no")
    frame = frame.with_columns(*[col(c).fill_null(-1) for c in marks])
    if TENTH_DAY in day.batch.outcome:
        runs = day.spells.group_by("student_id").agg(run_now=col("unexplained_current").max())
        frame = frame.join(runs, on="student_id", how="left")
    reason = nw.lit("")
    for name, holds in reversed(_reasons(day)):
        reason = when(holds).then(nw.lit(name)).otherwise(reason)
    frame = frame.with_columns(out_reason=reason)
    return frame.with_columns(in_cohort=when(col("out_reason") == "").then(1).otherwise(0)).drop(
        *marks
    )
