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
from features.prepare.standing import added_up, distance, flag, laid_out, whole

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


def _papers(rows: Frame) -> Frame:
    """One row a paper: its number, what its results add up to, and the day its examination began.

    Results are levels where any of the class has one, else marks.
    """
    papers = rows.group_by(*PAPER).agg(
        **added_up("level_no"), **added_up("score"), on_no=col("on_no").min(), takers=nw.len()
    )
    by_level = col("level_no_n") > 0
    sums = {
        part: when(by_level).then(col(f"level_no_{part}")).otherwise(col(f"score_{part}"))
        for part in ("n", "sx", "sxx")
    }
    exams = papers.group_by(*EXAM).agg(exam_no=col("on_no").min())
    papers = papers.with_columns(by_level=flag(by_level), **sums).join(exams, on=EXAM, how="left")
    kept = ("by_level", "n", "sx", "sxx", "exam_no", "on_no", "takers")
    return papers.with_row_index("paper", order_by=PAPER).select(*PAPER, "paper", *kept)


def _placed(rows: Frame, papers: Frame) -> Frame:
    """Add ``paper``, ``z``, and the day on which the class began the examination (``exam_no``)."""
    rows = rows.join(papers.drop("on_no", "takers"), on=PAPER, how="left")
    result = when(col("by_level") == 1).then(col("level_no")).otherwise(col("score"))
    rows = rows.with_columns(z=distance(result, n=col("n"), sx=col("sx"), sxx=col("sxx")))
    return rows.select("student_id", "paper", "on_no", "failing", "exam_no", "z")


def _with_latest(rows: Frame) -> Frame:
    """Add ``latest_no`` and ``previous_no``: days of the pupil's two latest examinations."""
    last = rows.group_by("student_id").agg(latest_no=col("exam_no").max())
    rows = rows.join(last, on="student_id", how="left")
    before = rows.filter(col("exam_no") < col("latest_no"))
    before = before.group_by("student_id").agg(previous_no=col("exam_no").max())
    return rows.join(before, on="student_id", how="left")


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


def _held(rows: Frame, papers: Frame, pupils: Frame) -> Frame:
    """The rows about papers of the class's latest examination, sat by the pupil or not."""
    size = pupils.group_by("class_key").agg(size=nw.len())
    papers = papers.join(size, on="class_key").filter(2 * col("takers") >= col("size"))
    last = papers.group_by("class_key").agg(last_no=col("exam_no").max())
    papers = papers.join(last, on="class_key").filter(col("exam_no") == col("last_no"))
    papers = papers.select("class_key", "paper", "exam_no", "on_no")
    taken = rows.select("student_id", "paper", taken=lit(1))
    due = pupils.join(papers, on="class_key").filter(col("exam_no") > col("enrolled_on_no"))
    due = due.join(taken, on=["student_id", "paper"], how="left")
    return laid_out(due, COLUMNS, held=lit(1), unsat=flag(col("taken").is_null()))


def prepare(day: Day) -> Frame:
    """One row a pupil and paper sat, and one a pupil and paper of the class's latest examination."""
    results = day.persist(_results(day))
    papers = day.persist(_papers(results))
    rows = day.persist(_with_latest(day.persist(_placed(results, papers))))
    pupils = day.pupils.select("student_id", "class_key", "enrolled_on_no")
    return nw.concat([_sat(rows, day.number), _held(rows, papers, pupils)], how="vertical")
