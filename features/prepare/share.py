"""A city in shares: whole schools at a time, so that memory follows the share and not the city.

A pupil belongs to the school of the enrolment that counts, and to one share with it. Peers are of one school,
so a share's numbers are those of the whole; only results are compared in the class of their day, whose other
pupils may since belong to another share: they stand beside.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

import polars as pl

from features.engines import open_session
from features.facts import NUMBER, Facts
from features.prepare import roll
from features.prepare.asked import Day
from features.prepare.people import Share

#: Pupils ever enrolled that a day is asked about at a time, and marks of theirs (a term's daily ones of
#: 60,000): memory follows these numbers, and a third of a second is paid for each portion whatever it holds.
PORTION, MARKS = 110_000, 6_000_000


def several(pupils: int, most: int) -> bool:
    """Whether so many are more than one portion: two halves, on two processes, are done sooner than one that
    is all but full."""
    return 3 * pupils > 2 * most


def in_shares(facts: Facts, as_of: date, most: int) -> list[Share | None]:
    """``shares``; None for everybody at once, where that is one share.

    Fewer than ``most`` to each where so many have more than ``MARKS``.
    """
    stays, pupils, marks = (
        facts.scan(name).select(pl.len()).collect().item()
        for name in ("enrolments", "students", "attendance")
    )
    if marks:
        most = max(1, min(most, MARKS * pupils // marks))
    # no more pupils than rows: a small county is not shared out to learn that it is one
    found = shares(facts, as_of, most) if several(stays + pupils, most) else []
    return [*found] if len(found) > 1 else [None]


def shares(facts: Facts, as_of: date, most: int) -> list[Share]:
    """Schools in order of their ids, shared out so that a share has at most ``most`` pupils ever enrolled
    (or one school). One share unless they are ``several``."""
    session = open_session("polars")
    try:
        day = Day(facts, as_of, session)
        # not the day's own rooms: here a few columns do, and they are let go again
        stays = session.collect(
            roll.stays(day).select("student_id", "school_id", "class_key", "latest")
        )
        owners = _owners(stays, day)
        numbers = session.collect(day.numbers)
    finally:
        session.close()
    schools = _schools(facts, owners, most)
    owners = owners.join(schools, on="school_id").select("student_id", "share")
    people = _people(owners, _beside(owners, stays), numbers)
    told = people.partition_by("share", as_dict=True, include_key=False)
    return [
        Share(names["school_id"], told.get(share, people.clear().drop("share")))
        for share, names in schools.partition_by("share", as_dict=True).items()
    ]


def _beside(owners: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """student_id, share: who was ever in a class with a pupil of another share."""
    # few classes have pupils of several shares, and only those are looked at pupil by pupil
    classes = stays.select("student_id", "class_key").join(owners, on="student_id")
    mixed = classes.group_by("class_key").agg(
        pl.col("share").min().alias("low"), pl.col("share").max().alias("high")
    )
    mixed = mixed.filter(pl.col("low") < pl.col("high")).select("class_key")
    among = classes.join(mixed, on="class_key", how="semi")
    told = among.select("class_key", other="share").unique()
    return (
        among.join(told, on="class_key")
        .filter(pl.col("share") != pl.col("other"))
        .select("student_id", share="other")
        .unique()
    )


def _people(owners: pl.DataFrame, beside: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """student_id, pupil_no, own, share, each in the order of its numbers."""
    rows = pl.concat([
        owners.with_columns(own=pl.lit(value=True)), beside.with_columns(own=pl.lit(value=False))
    ])  # fmt: skip
    told = rows.join(numbers, on="student_id").sort(NUMBER)
    return told.select("student_id", NUMBER, "own", "share")


def _owners(stays: pl.DataFrame, day: Day) -> pl.DataFrame:
    """student_id, school_id of everybody: by enrolment, else by one taken back, else no school (empty)."""
    own = ["student_id", "school_id"]
    gone = day.session.collect(roll.taken_back(day).select(own))
    people = day.session.collect(day.cut("students").select("student_id"))
    people = people.with_columns(pl.lit("").alias("school_id"))
    rows = pl.concat([stays.filter(pl.col("latest") == 1).select(own), gone.sort(own), people])
    return rows.unique("student_id", keep="first", maintain_order=True)


def _schools(facts: Facts, owners: pl.DataFrame, most: int) -> pl.DataFrame:
    """school_id, share: schools in order, shared out evenly."""
    counts = owners.group_by("school_id").agg(pl.len().alias("pupils"))
    known_schools = facts.scan("schools").select("school_id").collect()
    rows = pl.concat([known_schools, counts.select("school_id")]).unique().sort("school_id")
    rows = rows.join(counts, on="school_id", how="left", maintain_order="left")
    share = _evenly(rows["pupils"].fill_null(0).to_list(), most)
    return rows.select("school_id").with_columns(pl.Series("share", share, pl.Int64))


def _evenly(pupils: Sequence[int], most: int) -> list[int]:
    """By school the number of its share: as few shares as hold at most ``most`` pupils (or one school).

    Where they are ``several``, an even number of them, and none larger than need be: two workers, as most
    machines have cores for, are then done at the same time.
    """
    count = len(set(_filled(pupils, most)))
    count += count % 2 if several(sum(pupils), most) else 0
    limits = range(1, most + 1)
    least = bisect_left(limits, True, key=lambda most: len(set(_filled(pupils, most))) <= count)
    return _filled(pupils, limits[least])


def _filled(pupils: Sequence[int], most: int) -> list[int]:
    """Schools in order, as many to a share as fit."""
    number, room, share = 0, 0, []
    for own in pupils:
        if room and room + own > most:
            number, room = number + 1, 0
        room += own
        share.append(number)
    return share
