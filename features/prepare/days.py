"""``days``: one row a pupil and expected school day, from the roll, the calendar and the marks.

"Not taken" is not "present". With complete marks a missing row is unknown. With exceptions only, a pupil
without a row is present if the class was taken, until three consecutive unexplained days: from then on a
missing row is unknown until an explicit 出勤, since teachers stop marking a child who has gone.
All weights are halves of a day, so every sum is of whole numbers.
"""

from __future__ import annotations

from functools import reduce

import narwhals as nw

from features.prepare import marks
from features.prepare.day import Day, Frame

#: Days looked at: the pupil's current (or just ended) term, and at least this many days back.
BACK_DAYS = 60
#: No term is longer: stays that ended before need not be looked at.
BACK_STAYS = 400
#: After so many consecutive unexplained days a missing row says nothing any more.
GONE_AFTER = 3
#: Halves of a day.
WHOLE = 2

col, when = nw.col, nw.when


def expected(day: Day) -> Frame:
    """One row a pupil on the roll and school day on which an enrolment of the pupil was in force: the
    latest-started of those in force that day.

    ``near`` marks the days looked at. With exceptions only, earlier days are kept beside them: a child who
    had gone before is still gone until an explicit 出勤.
    """
    pupils = day.roll.select("student_id", "term_start_no")
    stays = day.memberships.drop("next_no").join(pupils, on="student_id", how="inner")
    days = day.school_days.select("calendar_id", "date_no", "weekday", "back")
    date_no = col("date_no")
    if not day.whole:
        stays = stays.filter(col("to_no") > day.number - BACK_STAYS)
        days = days.filter(date_no > day.number - BACK_STAYS)
    frame = stays.join(days, on="calendar_id", how="inner").filter(
        (date_no >= col("from_no")) & (date_no <= col("to_no"))
    )
    near = (date_no >= col("term_start_no")) | (date_no > day.number - BACK_DAYS)
    frame = frame.with_columns(near=nw.lit(1) if day.whole else _flag(near))
    if day.batch.attendance_mode == "full":
        frame = frame.filter(col("near") == 1)
    return frame.select(
        "student_id", "class_ref", "class_key", "date_no", "weekday", "back", "near"
    )


def _flag(condition: nw.Expr) -> nw.Expr:
    return when(condition).then(1).otherwise(0)


def _with_missing(day: Day, frame: Frame) -> Frame:
    """Add ``taken`` halves of the class and ``missing``: taken, but without a mark of the pupil."""
    if day.batch.attendance_mode == "full":
        return frame.with_columns(missing=nw.lit(0))
    frame = frame.join(marks.taken(day), on=["class_ref", "date_no"], how="left").with_columns(
        col("taken").fill_null(0)
    )
    left = col("taken") - col("marked")
    return frame.with_columns(missing=when(left > 0).then(left).otherwise(0))


def _with_gone(frame: Frame) -> Frame:
    """Add ``gone``: three consecutive unexplained days lie behind, and no explicit 出勤 since."""
    seen = frame.filter((col("marked") > col("m_closed")) | (col("missing") > 0))
    alone = (
        (col("m_unexplained") > 0)
        & (col("m_unexplained") == col("marked") - col("m_closed"))
        & (col("missing") == 0)
    )
    seen = seen.with_columns(lone=_flag(alone))
    before = [
        col("lone").shift(n).over("student_id", order_by="date_no").fill_null(0)
        for n in range(1, GONE_AFTER)
    ]
    run = reduce(lambda a, b: a * b, before, col("lone"))
    seen = seen.with_columns(run=run).with_columns(
        gone_no=when(col("run") == 1).then(col("date_no")).otherwise(-1),
        back_no=when(col("m_back") > 0).then(col("date_no")).otherwise(-1),
    )
    return seen.with_columns(
        last_gone=col("gone_no").cum_max().over("student_id", order_by="date_no"),
        last_back=col("back_no").cum_max().over("student_id", order_by="date_no"),
    ).with_columns(gone=_flag(col("last_gone") > col("last_back")))


def weighed(frame: Frame, today: int) -> Frame:
    """From marks, what was taken and who had gone to what is known of the day.

    ``frame`` has ``date_no``, ``weekday`` (1 Monday .. 7), ``back``, ``missing``, ``gone`` and the sums of
    ``marks.by_day``; days on which nobody was expected fall away.
    """
    presumed = when(col("gone") == 0).then(col("missing")).otherwise(0)
    frame = frame.with_columns(
        presumed=presumed,
        expected=WHOLE - col("m_closed"),
    ).with_columns(known=col("marked") - col("m_closed") + col("presumed"))
    frame = frame.filter(col("expected") > 0)
    whole = (col("known") > 0) & (col("m_unexplained") == col("known"))
    away = (col("known") > 0) & (col("m_absent") == col("known"))
    edge = (col("weekday") == 1) | (col("weekday") == 5)
    back = col("back") == 1
    t = col("date_no") - today
    return frame.with_columns(
        absent=col("m_absent"),
        unexplained=col("m_unexplained"),
        sick=col("m_sick"),
        personal=col("m_personal"),
        excused=col("m_sick") + col("m_personal"),
        late=col("m_late"),
        early=col("m_early"),
        present=col("m_present") + col("presumed"),
        one=nw.lit(1),
        known_day=_flag(col("known") > 0),
        absent_day=_flag(away),
        unexplained_day=_flag(whole),
        x=col("date_no"),
        attended_no=when(col("m_present") + col("presumed") > 0).then(col("date_no")),
        absent_no=when(col("m_absent") > 0).then(col("date_no")),
        known_t=col("known") * t,
        known_tt=col("known") * t * t,
        absent_t=col("m_absent") * t,
        edge_known=when(edge).then(col("known")).otherwise(0),
        edge_absent=when(edge).then(col("m_absent")).otherwise(0),
        return_known=when(back).then(col("known")).otherwise(0),
        return_absent=when(back).then(col("m_absent")).otherwise(0),
    )


COLUMNS = (
    "expected", "known", "present", "absent", "unexplained", "excused", "sick", "personal", "late",
    "early", "one", "known_day", "absent_day", "unexplained_day", "x", "edge_known", "edge_absent",
    "return_known", "return_absent", "attended_no", "absent_no", "known_t", "known_tt", "absent_t",
)  # fmt: skip
_MARKS = (
    "marked", "m_absent", "m_unexplained", "m_sick", "m_personal", "m_late", "m_early", "m_closed",
    "m_present", "m_back",
)  # fmt: skip


def prepare(day: Day) -> Frame:
    """student_id, class_key, on_no, and the columns of ``COLUMNS``, for everyone on the roll."""
    frame = expected(day).join(marks.by_day(day), on=["student_id", "date_no"], how="left")
    frame = frame.with_columns(*[col(c).fill_null(0) for c in _MARKS])
    frame = day.persist(_with_missing(day, frame))
    if day.batch.attendance_mode == "full":
        frame = frame.with_columns(gone=nw.lit(0))
    else:
        gone = _with_gone(frame).select("student_id", "date_no", "gone")
        frame = (
            frame.filter(col("near") == 1)
            .join(gone, on=["student_id", "date_no"], how="left")
            .with_columns(col("gone").fill_null(0))
        )
    numbers = [col(c).cast(nw.Int64) for c in COLUMNS]
    return weighed(frame, day.number).select(
        "student_id", "class_key", *numbers, on_no=col("date_no").cast(nw.Int64)
    )
