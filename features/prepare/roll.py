"""Who is where: enrolments as stays, and one row a pupil."""

from __future__ import annotations

import narwhals as nw

from features.asof import follow
from features.prepare.day import Day, Frame, beside

#: How long after leaving a pupil is still looked at (duty alerts).
GONE_DAYS = 60
#: The later of these counts; the class last, so that rows of two numbers that became one are in order.
_ORDER = ["start_on_no", "known_on", "school_id", "class_id"]
col, when = nw.col, nw.when


def stays(day: Day) -> Frame:
    """Enrolments begun by the day, one row each.

    ``nth`` of ``of``: latest start last, then latest known, then school. ``live`` is 1 in force on the
    day. ``latest`` marks the one that counts: the last in force, and only where none is the last of all.
    """
    end = col("end_on_no")
    rows = (
        day.cut("enrolments")
        .filter(col("start_on_no") <= day.number)
        .with_columns(live=when(end.is_null() | (end >= day.number)).then(1).otherwise(0))
    )
    rows = day.persist(rows)
    counts = rows.group_by("student_id").agg(of=nw.len().cast(nw.Int64))
    # most pupils have one enrolment, and of one nothing has to be put in order
    lone = rows.join(counts.filter(col("of") == 1), on="student_id")
    lone = lone.with_columns(nth=nw.lit(1, nw.Int64), latest=nw.lit(1))
    several = _in_order(rows.join(counts.filter(col("of") > 1), on="student_id"))
    names = ["student_id", *beside(rows), "nth", "of", "latest"]
    return nw.concat([lone.select(names), several.select(names)], how="vertical")


def _in_order(rows: Frame) -> Frame:
    """Add ``nth`` and ``latest`` to enrolments of pupils who have several."""
    rows = rows.with_columns(one=nw.lit(1)).with_columns(
        nth=col("one").cum_sum().over("student_id", order_by=_ORDER)
    )
    last_live = when(col("live") == 1).then(col("nth")).max().over("student_id")
    counts = col("nth") == nw.coalesce(last_live, col("of"))
    return rows.with_columns(
        nth=col("nth").cast(nw.Int64), latest=when(counts).then(1).otherwise(0)
    )


def memberships(day: Day) -> Frame:
    """Who was in which class from when to when: on every date the latest-started enrolment in force.

    One row a pupil and stretch of days, never two on one date: student_id, class_ref, class_key,
    calendar_id, from_no, to_no (the day itself where still in force), next_no (first day of the next
    stretch, null for the last). An enrolment outlived by an earlier one gives way to it again.
    """
    own = ["student_id", "class_ref", "class_key", "calendar_id"]
    today = nw.lit(day.number)
    end = nw.min_horizontal(nw.coalesce(col("end_on_no"), today), today)
    rows = day.stays.with_columns(end=end).filter(col("end") >= col("start_on_no"))
    lone = rows.filter(col("of") == 1).select(
        *own, from_no=col("start_on_no"), next_no=nw.lit(None, nw.Int32), to_no=col("end")
    )
    return nw.concat([lone, _taken_turns(day, rows.filter(col("of") > 1), own)], how="vertical")


def _taken_turns(day: Day, rows: Frame, own: list[str]) -> Frame:
    """``memberships`` of pupils who have several enrolments."""
    rows = rows.with_columns(
        longest=col("end").cum_max().over("student_id", order_by="nth"),
        next_start=col("start_on_no").shift(-1).over("student_id", order_by="nth"),
    )
    rows = day.persist(rows.select(*own, "start_on_no", "nth", "end", "longest", "next_start"))
    # who begins is the newest; of several begun on one day the last
    begun = rows.filter(col("next_start").is_null() | (col("next_start") > col("start_on_no")))
    begun = begun.select(*own, "end", from_no=col("start_on_no"))
    stretches = nw.concat([begun, _resumed(rows, begun, own)], how="vertical").with_columns(
        next_no=col("from_no").shift(-1).over("student_id", order_by="from_no")
    )
    last = nw.min_horizontal(col("end"), nw.coalesce(col("next_no") - 1, col("end")))
    return stretches.select(*own, "from_no", "next_no", to_no=last)


def _resumed(rows: Frame, begun: Frame, own: list[str]) -> Frame:
    """Stretches that begin because a later enrolment ended: again the newest of those in force."""
    over = rows.filter(col("longest") > col("end"))
    over = over.select("student_id", from_no=col("end") + 1).unique()
    taken = begun.select("student_id", "from_no", taken=nw.lit(1))
    over = over.join(taken, on=["student_id", "from_no"], how="left").filter(col("taken").is_null())
    there = rows.join(over.drop("taken"), on="student_id").filter(
        (col("start_on_no") <= col("from_no")) & (col("end") >= col("from_no"))
    )
    there = there.with_columns(top=col("nth").max().over("student_id", "from_no"))
    return there.filter(col("nth") == col("top")).select(*own, "end", "from_no")


def taken_back(day: Day) -> Frame:
    """student_id, school_id, class_id, known_on, start_on: enrolments that a later full extract no longer
    held, which the cut hides; under lasting numbers, as far as known."""
    today = nw.lit(day.as_of)
    rows = day.session.read(day.facts.path("enrolments")).filter(
        (col("known_on") <= today) & (col("until") > today) & (col("vanished") == 1)
    )
    told = rows if day.aliases is None else follow(rows, day.aliases)
    lost = told.select("student_id", "school_id", "class_id", "known_on", "start_on")
    return day.of_share(lost)


def _term_starts(day: Day) -> Frame:
    return day.school_days.group_by("calendar_id").agg(term_start_no=nw.col("term_start_no").max())


def roll(day: Day) -> Frame:
    """One row a pupil enrolled on the day or until at most 60 days before.

    student_id, school_id, class_id, class_ref, class_key, calendar_id, grade, grade_no, boarding,
    enrolled_on_no, end_on_no, in_force (0/1), term_start_no (null before any school day), birth_date_no.
    """
    today = nw.lit(day.number)
    end = nw.col("end_on_no")
    # one row a pupil: a temporary number and the lasting one may both have a row, and both are renamed
    known = ("birth_date_no", "migrant_child", "distance_km")
    births = day.cut("students").group_by("student_id").agg(*[nw.col(c).max() for c in known])
    latest = day.stays.filter(nw.col("latest") == 1)
    if not day.whole:
        latest = latest.filter(end.is_null() | (end >= today - GONE_DAYS))
    return (
        latest.with_columns(
            in_force=nw.when(end.is_null() | (end >= today)).then(1).otherwise(0),
            enrolled_on_no=nw.col("start_on_no"),
        )
        .select(
            "student_id", "school_id", "class_id", "class_ref", "class_key", "calendar_id", "grade",
            "grade_no", "boarding", "enrolled_on_no", "end_on_no", "in_force",
        )
        .join(_term_starts(day), on="calendar_id", how="left")
        .join(births, on="student_id", how="left")
    )  # fmt: skip
