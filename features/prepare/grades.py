"""Examination results, prepared: standings in the class of that day, levels first, and papers not sat.

Peers are those of the same class on the day of the paper, whichever class they are in now. Where any of them
has a level, levels are compared and not marks; marks of two papers are never subtracted, only standings.
Two sorts of rows, of whole numbers:

- a pupil's result of one paper: ``sat``, ``failing`` (1 below 60 % or at the lowest level), ``z``
  (thousandths of a standard deviation from the class's mean; null below ten), ``known`` (1 where there
  is a ``z``), ``t`` (months before the as-of day, negative), ``tt``, ``tz``; of the pupil's latest and
  previous examination ``z_latest``, ``known_latest``, ``sat_latest``, ``failing_latest``,
  ``z_previous``, ``known_previous``; ``latest_no``, its day;
- a paper of the latest examination of the pupil's class, sat by at least half of it: ``held``, ``unsat``.

Examinations older than two years are left aside.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.standing import flag, laid_out, standard, whole

EXAM = ["class_key", "term", "exam"]
PAPER = [*EXAM, "subject"]
BACK_DAYS = 730
#: Order of the levels of either scale; only pupils of one class are compared, which uses one scale.
LEVELS = {"A": 5, "B": 4, "C": 3, "D": 2, "E": 1, "优": 5, "良": 4, "合格": 3, "待合格": 1}
LOWEST = ["E", "待合格"]
PASS = 0.6
#: Column -> whether nothing is null (else 0).
COLUMNS = {
    "sat": False, "failing": False, "known": False, "z": True, "t": True, "tt": True, "tz": True,
    "latest_no": True, "z_latest": True, "known_latest": False, "sat_latest": False,
    "failing_latest": False, "z_previous": True, "known_previous": False, "held": False, "unsat": False,
}  # fmt: skip
col, lit, when = nw.col, nw.lit, nw.when


def _membership(day: Day) -> Frame:
    """From which day until before which a pupil was in which class (days since 1970).

    Between two enrolments, and after the last, the one before still counts: papers are marked late.
    """
    first = col("from_no").min().over("student_id")
    rows = day.memberships.with_columns(first=first)
    # results older than the first enrolment we know of belong to that first class
    return rows.select(
        "student_id",
        "class_key",
        begin=when(col("from_no") == col("first")).then(lit(0)).otherwise(col("from_no")),
        end=nw.coalesce(col("next_no"), lit(1_000_000)),
    )


def _level() -> nw.Expr:
    """The level as a number, null where there is none."""
    order: nw.Expr = when(lit(0) == 1).then(lit(0))
    for name, number in LEVELS.items():
        order = when(col("level") == name).then(lit(number)).otherwise(order)
    return order.cast(nw.Int64)


def _results(day: Day) -> Frame:
    """One row a result: where it was sat, what it was, whether it is failing."""
    rows = day.cut("grades").filter(
        ~col("exam").is_in(["assignment", "banked"]),
        col("happened_on_no") > day.number - BACK_DAYS,
    )
    share = when(col("full_score") > 0).then(col("score") / col("full_score"))
    rows = rows.with_columns(level_no=_level(), share=share)
    rows = rows.filter(~(col("level_no").is_null() & col("score").is_null()))
    by_level = flag(col("level").is_in(LOWEST))
    failing = when(~col("level_no").is_null()).then(by_level).otherwise(flag(col("share") < PASS))
    rows = rows.select(
        "student_id", "term", "exam", "subject", "level_no",
        failing=failing, score=whole(col("score"), 100), on_no=col("happened_on_no"),
    ).join(_membership(day), on="student_id")  # fmt: skip
    return rows.filter(col("begin") <= col("on_no"), col("on_no") < col("end"))


def _placed(rows: Frame) -> Frame:
    """Add ``z``, and the day on which the class began the examination (``exam_no``)."""
    papers = rows.group_by(*PAPER).agg(levels=col("level_no").count())
    rows = rows.join(papers, on=PAPER, how="left")
    result = when(col("levels") > 0).then(col("level_no")).otherwise(col("score"))
    exams = rows.group_by(*EXAM).agg(exam_no=col("on_no").min())
    rows = standard(rows.with_columns(result=result), result="result", paper=PAPER)
    return rows.join(exams, on=EXAM, how="left")


def _with_latest(rows: Frame) -> Frame:
    """Add ``latest_no`` and ``previous_no``: days of the pupil's two latest examinations."""
    mine = rows.select("student_id", "exam_no").unique()
    last = mine.group_by("student_id").agg(latest_no=col("exam_no").max())
    before = mine.join(last, on="student_id").filter(col("exam_no") < col("latest_no"))
    before = before.group_by("student_id").agg(previous_no=col("exam_no").max())
    return rows.join(last, on="student_id", how="left").join(before, on="student_id", how="left")


def _sat(rows: Frame, today: int) -> Frame:
    """The rows about papers that were sat."""
    z, known = col("z"), ~col("z").is_null()
    latest = col("exam_no") == col("latest_no")
    previous = (col("exam_no") == col("previous_no")).fill_null(False)
    t = when(known).then((col("exam_no") - today) // 30).cast(nw.Int64)
    return laid_out(
        rows,
        COLUMNS,
        sat=lit(1),
        failing=col("failing"),
        known=flag(known),
        z=z,
        t=t,
        tt=t * t,
        tz=t * z,
        latest_no=col("latest_no"),
        z_latest=when(latest).then(z),
        known_latest=flag(latest & known),
        sat_latest=flag(latest),
        failing_latest=when(latest).then(col("failing")).otherwise(lit(0)),
        z_previous=when(previous).then(z),
        known_previous=flag(previous & known),
    )


def _held(rows: Frame, pupils: Frame) -> Frame:
    """The rows about papers of the class's latest examination, sat by the pupil or not."""
    size = pupils.group_by("class_key").agg(size=nw.len())
    papers = rows.group_by(*PAPER, "exam_no").agg(takers=nw.len(), on_no=col("on_no").min())
    papers = papers.join(size, on="class_key").filter(2 * col("takers") >= col("size"))
    last = papers.group_by("class_key").agg(last_no=col("exam_no").max())
    papers = papers.join(last, on="class_key").filter(col("exam_no") == col("last_no"))
    mine = ["student_id", "term", "exam", "subject"]
    taken = rows.select(*mine, taken=lit(1))
    due = pupils.join(papers, on="class_key").filter(col("exam_no") > col("enrolled_on_no"))
    due = due.join(taken, on=mine, how="left")
    return laid_out(due, COLUMNS, held=lit(1), unsat=flag(col("taken").is_null()))


def prepare(day: Day) -> Frame:
    """One row a pupil and paper sat, and one a pupil and paper of the class's latest examination."""
    rows = day.persist(_with_latest(_placed(_results(day))))
    pupils = day.pupils.select("student_id", "class_key", "enrolled_on_no")
    return nw.concat([_sat(rows, day.number), _held(rows, pupils)], how="vertical")
