"""Terms as the calendars tell them: when each began, which is the current one, how much of it has
passed.
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame

col = nw.col


def begun(day: Day) -> Frame:
    """One row a calendar and term begun by the day: ``first_no``, ``last_no`` (so far), ``passed``."""
    rows = day.school_days.with_columns(one=nw.lit(1))
    return rows.group_by("calendar_id", "term").agg(
        first_no=col("date_no").min(), last_no=col("date_no").max(), passed=col("one").sum()
    )


def current(day: Day) -> Frame:
    """One row a calendar: the term that began last (in the holidays the one just ended).

    calendar_id, term, first_no, last_no, passed and ``coming``, its school days still to come.
    """
    terms = begun(day)
    latest = terms.group_by("calendar_id").agg(latest_no=col("first_no").max())
    terms = terms.join(latest, on="calendar_id").filter(col("first_no") == col("latest_no"))
    coming = day.coming_days.with_columns(one=nw.lit(1))
    coming = coming.group_by("calendar_id", "term").agg(coming=col("one").sum())
    terms = terms.join(coming, on=["calendar_id", "term"], how="left")
    return terms.with_columns(coming=col("coming").fill_null(0)).drop("latest_no")


def known(day: Day) -> Frame:
    """One row a calendar and term, begun or published: ``first_no`` and ``last_no`` of its school days."""
    parts = [
        days.group_by("calendar_id", "term").agg(a=col("date_no").min(), b=col("date_no").max())
        for days in (day.school_days, day.coming_days)
    ]
    rows = nw.concat(parts, how="vertical")
    return rows.group_by("calendar_id", "term").agg(first_no=col("a").min(), last_no=col("b").max())
