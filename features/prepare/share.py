"""A city in shares: whole schools at a time, so that memory follows the share and not the city.

A pupil belongs to the school of the enrolment that counts, and to one share with it. Peers are of one school,
so a share's numbers are those of the whole; only results are compared in the class of their day, whose other
pupils may since belong to another share: they stand beside.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from features.engines import open_session
from features.facts import Facts
from features.prepare import roll
from features.prepare.asked import Day
from features.prepare.day import Share


def in_shares(facts: Facts, as_of: date, most: int) -> list[Share | None]:
    """``shares``; None for everybody at once, where that is one share."""
    rows = (
        facts.scan(name).select(pl.len()).collect().item() for name in ("enrolments", "students")
    )
    # no more pupils than rows: a small county is not shared out to learn that it is one
    found = [] if sum(rows) <= most else shares(facts, as_of, most)
    return [*found] if len(found) > 1 else [None]


def shares(facts: Facts, as_of: date, most: int) -> list[Share]:
    """Schools in order of their ids, shared out so that a share has at most ``most`` pupils ever enrolled
    (or one school). One share where everybody fits."""
    session = open_session("polars")
    try:
        day = Day(facts, as_of, session)
        # not the day's own rooms: here a few columns do, and they are let go again
        stays = session.collect(
            roll.stays(day).select("student_id", "school_id", "class_key", "latest")
        )
        owners = _owners(stays, day)
    finally:
        session.close()
    schools = _schools(facts, owners, most)
    owners = owners.join(schools, on="school_id").select("student_id", "share")
    classes = stays.select("student_id", "class_key").unique()
    beside = (
        classes.join(owners, on="student_id")
        .select("class_key", "share")
        .unique()
        .join(classes, on="class_key")
        .select("student_id", "share")
    )
    count = schools["share"].max()
    last = count if isinstance(count, int) else 0
    return [
        Share(
            schools.filter(pl.col("share") == n)["school_id"],
            _sorted(owners.filter(pl.col("share") == n)),
            _sorted(pl.concat([owners, beside]).filter(pl.col("share") == n)),
        )
        for n in range(last + 1)
    ]


def _sorted(rows: pl.DataFrame) -> pl.Series:
    return rows["student_id"].unique().sort()


def _owners(stays: pl.DataFrame, day: Day) -> pl.DataFrame:
    """student_id, school_id of everybody: by enrolment, else by one taken back, else no school (empty)."""
    own = ["student_id", "school_id"]
    gone = day.session.collect(roll.taken_back(day).select(own))
    people = day.session.collect(day.cut("students").select("student_id"))
    people = people.with_columns(pl.lit("").alias("school_id"))
    rows = pl.concat([stays.filter(pl.col("latest") == 1).select(own), gone.sort(own), people])
    return rows.unique("student_id", keep="first", maintain_order=True)


def _schools(facts: Facts, owners: pl.DataFrame, most: int) -> pl.DataFrame:
    """school_id, share: schools in order, as many to a share as fit."""
    counts = owners.group_by("school_id").agg(pl.len().alias("pupils"))
    known_schools = facts.scan("schools").select("school_id").collect()
    rows = pl.concat([known_schools, counts.select("school_id")]).unique().sort("school_id")
    rows = rows.join(counts, on="school_id", how="left", maintain_order="left")
    number, room, share = 0, 0, []
    for pupils in rows["pupils"].fill_null(0).to_list():
        if room and room + pupils > most:
            number, room = number + 1, 0
        room += pupils
        share.append(number)
    return rows.select("school_id").with_columns(pl.Series("share", share, pl.Int64))
