"""Set work, prepared: one row a pupil and piece of work of the class, due or still to come.

A pupil's piece of work is one that falls due after the pupil's first day in the class. It is *missed* where it
is due and nothing is known to have been handed in. ``on_no`` is the day it is due. Columns are whole numbers:

``due``, ``handed`` (due and handed in), ``missed``, ``late``, ``weight_due``, ``weight_missed``
(hundredths); ``due_ord`` (ordinal within the class, of what is due), ``handed_ord``, ``last`` (2 x
ordinal + missed: the largest tells whether the last was missed), ``due_no`` (day it fell due),
``next_no`` (day still to come), ``handed_no`` (day handed in); ``scored``, ``share`` (score over full
score, in ten-thousandths), ``weight_scored``, ``weighted`` (weight x share), ``z`` (thousandths of a
standard deviation from the class's mean of the same paper; null below ten results), ``z_known``, and of
the last scored piece ``last_share``, ``last_z``.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.assignments_beside import beside
from features.prepare.day import Day, Frame
from features.prepare.standing import flag, standard, whole

PAPER = ["class_key", "term", "subject"]
PIECE = ["student_id", "term", "subject"]
col, lit, when = nw.col, nw.lit, nw.when


def _schedule(day: Day) -> Frame:
    """The classes' set work with its ordinal within the class's year."""
    key = nw.concat_str(col("class_ref"), col("school_year"), separator="|")
    rows = day.cut("assignments").with_columns(
        class_key=key, weight=whole(col("weight").fill_null(0), 100), one=lit(1, nw.Int64)
    )
    number = col("one").cum_sum().over("class_key", order_by=["due_on_no", "term", "subject"])
    return rows.with_columns(ord=number.cast(nw.Int64)).select(
        *PAPER, "ord", "weight", on_no=col("due_on_no")
    )


def _handed(day: Day) -> Frame:
    """What pupils handed in, with its result where one is known."""
    rows = day.cut("grades").filter(col("exam") == "assignment")
    return rows.select(
        *PIECE,
        handed_no=col("happened_on_no"),
        score=whole(col("score"), 100),
        share=whole(when(col("full_score") > 0).then(col("score") / col("full_score")), 10_000),
    )


def _carried(day: Day) -> Frame:
    """What was carried over from an earlier attempt: nothing to hand in, nothing missing."""
    rows = day.cut("grades").filter(col("exam") == "banked")
    return rows.select(*PIECE).unique().with_columns(carried=lit(1))


def _columns(today: int) -> dict[str, nw.Expr]:
    """What is asked of a pupil's piece of work as of ``today`` (days since 1970)."""
    due = col("on_no") <= today
    there = ~(col("handed_no").is_null() & col("carried").is_null())
    scored = ~col("share").is_null()
    weight = col("weight")
    return {
        "due": flag(due),
        "handed": flag(due & there),
        "missed": flag(due & ~there),
        "late": flag(due & (col("handed_no") > col("on_no")).fill_null(False)),
        "weight_due": when(due).then(weight).otherwise(0),
        "weight_missed": when(due & ~there).then(weight).otherwise(0),
        "due_ord": when(due).then(col("ord")),
        "handed_ord": when(due & there).then(col("ord")),
        "last": when(due).then(2 * col("ord") + flag(~there)),
        "due_no": when(due).then(col("on_no")),
        "next_no": when(~due).then(col("on_no")),
        "scored": flag(scored),
        "weight_scored": when(scored).then(weight).otherwise(0),
        "weighted": when(scored).then(weight * col("share")).otherwise(0),
        "scored_ord": when(scored).then(col("ord")),
    }


def prepare(day: Day) -> Frame:
    """One row a pupil and piece of work."""
    pupils = day.pupils.select("student_id", "class_key", "enrolled_on_no")
    rows = pupils.join(_schedule(day), on="class_key")
    rows = rows.filter(col("on_no") > col("enrolled_on_no"))
    rows = rows.join(_handed(day), on=PIECE, how="left")
    rows = rows.join(_carried(day), on=PIECE, how="left").with_columns(**_columns(day.number))
    rows = beside(standard(rows, result="score", paper=PAPER), day.number, PAPER)
    rows = day.persist(rows)
    latest = rows.group_by("student_id").agg(last_ord=col("scored_ord").max())
    rows = rows.join(latest, on="student_id", how="left")
    last = col("scored_ord") == col("last_ord")
    return rows.with_columns(
        last_share=when(last).then(col("share")),
        last_z=when(last).then(col("z")),
        z_known=flag(~col("z").is_null()),
    )
