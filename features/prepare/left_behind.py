"""``left_behind``: one row a pupil, what the two care registers say on the day, and whether a
notice is there.

0/1: ``listed`` (either standard), ``register`` (学籍), ``civil`` (民政; null where that
register holds nobody of the school), ``both_away``, ``no_carer``, ``grandparents`` (null where
listed and no carer is named), ``new``, ``stale``; ``days`` since the first entry in force. From
the table of entrusted care: ``no_notice`` (both away, no written notice), ``contact_no`` (the
last contact of the parents, of who is listed; null without one).
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.registers import common, entries, live, on_pupils, with_school, with_stale
from features.prepare.standing import flag

NEW_DAYS = 90
STANDARDS = ("register", "civil")
col, when = nw.col, nw.when

ONE_ROW = True


def _registered(day: Day) -> Frame:
    """The columns that the registers give, one row a pupil of the cohort."""
    rows = entries(day, "left_behind")
    carer = col("carer")
    mine = rows.group_by("student_id").agg(
        **common(day, new_days=NEW_DAYS),
        both_away=live(col("kind") == "2"),
        named=live(~carer.is_null()),
        no_carer=live(carer == "none"),
        grandparents=live(carer == "grandparents"),
        **{f"in_{s}": live(col("standard") == s) for s in STANDARDS},
    )
    frame = on_pupils(day, rows, with_stale(day, mine), blank=("new_no", "seen_no"))
    held = rows.group_by("school_id").agg(
        **{f"has_{s}": flag(col("standard") == s).max() for s in STANDARDS}
    )
    schools = day.pupils.select("student_id", "school_id").join(held, on="school_id", how="left")
    return frame.join(schools.drop("school_id"), on="student_id", how="left")


def _entrusted(day: Day) -> Frame:
    """The columns that the table of entrusted care gives, one row a pupil of the cohort."""
    rows = with_school(day, day.cut("care").filter(col("start_on_no") <= day.number))
    mine = rows.group_by("student_id").agg(
        notice=flag(~col("written_notice_on_no").is_null()).max(),
        contact_no=col("last_parent_contact_on_no").max(),
    )
    return on_pupils(day, rows, mine, blank=("contact_no",))


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    frame = _registered(day).join(_entrusted(day), on="student_id", how="left")
    named = (col("listed") == 0) | (col("named") == 1)
    whole = nw.Int64
    return frame.with_columns(
        register=when(col("has_register") == 1).then(col("in_register")),
        civil=when(col("has_civil") == 1).then(col("in_civil")),
        no_carer=when(named).then(col("no_carer")),
        grandparents=when(named).then(col("grandparents")),
        no_notice=(col("both_away") * (1 - col("notice"))).cast(whole),
        contact_no=when(col("listed") == 1).then(col("contact_no")),
    ).drop("in_register", "in_civil", "has_register", "has_civil", "named", "notice")
