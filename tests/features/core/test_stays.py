"""Which enrolment counts: on the day asked about, and on every day before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.engines import open_session
from features.facts import Facts
from features.prepare import Day
from features.prepare.grades import prepare as prepare_grades
from features.prepare.roll import taken_back
from tests.features.core.oracle import in_force, standing
from tests.features.indicators.world import facts_of, new_folder
from tests.spark import session as spark_session

FIRST = date(2026, 9, 1)
SCHOOL_DAYS = [d for n in range(60) if (d := FIRST + timedelta(days=n)).weekday() < 5]
TODAY = SCHOOL_DAYS[-1]
SCHOOLS = ("A", "B", "C")
ENGINES = ("polars", "duckdb")
OTHERS = ("duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow]))
Row = dict[str, Any]


def stay(school: str, start: int, end: int | None = None, **more: Any) -> Row:
    """An enrolment of pupil a from the day so far from 1 September, to the last day of it."""
    begun = FIRST + timedelta(days=start)
    last = None if end is None else FIRST + timedelta(days=end)
    return {
        "student_id": "a", "school_id": school, "class_id": "1", "grade": "7", "start_on": begun,
        "end_on": last, "known_on": begun,
    } | more  # fmt: skip


def facts(rows: list[Row], **tables: list[Row]) -> Facts:
    """A county of three schools with these enrolments."""
    classes = [
        {"school_id": s, "class_id": "1", "school_year": "2026", "grade": "7"} for s in SCHOOLS
    ]
    given_rows = {
        "schools": [{"school_id": s} for s in SCHOOLS],
        "classes": classes,
        "students": [{"student_id": s} for s in sorted({r["student_id"] for r in rows})],
        "enrolments": rows,
        "calendar": [{"date": d, "term": "2026-2027-1", "is_school_day": 1} for d in SCHOOL_DAYS],
    }
    return facts_of({**given_rows, **tables}, mode="full", folder=new_folder())


def seen(known: Facts, engine: str = "polars", today: date = TODAY) -> tuple[Any, dict[date, str]]:
    """The pupil's roll (school, in force), and of every school day the school."""
    session = open_session(engine)
    day = Day(known, today, session)
    roll = session.collect(day.roll).select("school_id", "in_force").rows()
    days = session.collect(day.days).select(
        pl.col("on_no").cast(pl.Int32).cast(pl.Date), pl.col("class_key").str.head(1)
    )
    session.close()
    assert len(roll) <= 1
    assert days["on_no"].is_unique().all()
    return roll[0] if roll else None, dict(days.rows())


@pytest.fixture(scope="module")
def spark() -> Iterator[None]:
    """A small local Spark session, where there is a Java virtual machine."""
    yield from spark_session("local[1]")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_short_enrolment_that_has_ended_hides_no_open_one(engine: str) -> None:
    """Open in A, ten days in B: of B while it lasts, of A again from the day after."""
    roll, days = seen(facts([stay("A", 0), stay("B", 30, 39)]), engine)
    assert roll == ("A", 1)
    schools = {d: s for n, d in enumerate(SCHOOL_DAYS) if (s := days[d])}
    there = {d for d in SCHOOL_DAYS if 30 <= (d - FIRST).days <= 39}
    assert {d for d, s in schools.items() if s == "B"} == there
    assert Counter(schools.values())["A"] == len(SCHOOL_DAYS) - len(there)


@pytest.mark.parametrize("engine", OTHERS)
def test_engines_agree_on_who_was_where(engine: str, request: pytest.FixtureRequest) -> None:
    """Overlaps, ties, gaps and returns give the same stretches and the same roll on every engine."""
    if engine == "spark":
        request.getfixturevalue("spark")
    lives = [
        [stay("A", 0), stay("B", 30, 39)],
        [stay("A", 0, 50), stay("B", 5, 30), stay("C", 10, 20)],
        [stay("A", 0, 10), stay("B", 0), stay("C", 0, 4)],
        [stay("A", 0, 10), stay("B", 20, 30)],
        [stay("A", 0, 10), stay("A", 5, 30), stay("B", 5, 10)],
    ]
    known = facts([e | {"student_id": f"p{n}"} for n, life in enumerate(lives) for e in life])
    here, there = (who_was_where(known, e) for e in ("polars", engine))
    assert len(here[0]) == 3 + 5 + 2 + 2 + 3
    assert here == there


def who_was_where(known: Facts, engine: str) -> tuple[list[Any], list[Any]]:
    """All stretches that are not empty, and the roll."""
    session = open_session(engine)
    day = Day(known, TODAY, session)
    stretches = session.collect(day.memberships).filter(pl.col("from_no") <= pl.col("to_no"))
    roll = session.collect(day.roll).select("student_id", "school_id", "in_force")
    session.close()
    stretches = stretches.select("student_id", "class_key", "from_no", "to_no", "next_no")
    return sorted(stretches.rows(), key=str), sorted(roll.rows())


@pytest.mark.parametrize(("end", "counts"), [(58, "B"), (57, "A")])
def test_an_enrolment_is_in_force_on_its_last_day(end: int, counts: str) -> None:
    """The later-started one counts to the last of its days, and no day longer."""
    today = FIRST + timedelta(days=58)
    known = facts([stay("A", 0), stay("B", 30, end)])
    assert seen(known, today=today)[0] == (counts, 1)


def test_an_enrolment_comes_back_for_its_last_day_alone() -> None:
    """Where the later one ends the day before the earlier does, that last day is the earlier one's."""
    _, days = seen(facts([stay("A", 0, 29), stay("B", 20, 28)]))
    assert [days.get(FIRST + timedelta(days=n)) for n in (28, 29, 30)] == ["B", "A", None]


def test_of_ended_ones_the_newest_counts() -> None:
    """Where nothing is in force the latest-started ended enrolment is the pupil's last."""
    assert seen(facts([stay("A", 0, 40), stay("B", 20, 30)]))[0] == ("B", 0)


def test_of_two_begun_on_a_day_the_later_known_counts_then_the_school() -> None:
    """Latest start, then latest known, then school: in force today and on every day before."""
    later = stay("B", 0, known_on=FIRST + timedelta(days=3))
    roll, days = seen(facts([later, stay("C", 0)]))
    assert roll == ("B", 1)
    assert set(days.values()) == {"B"}
    roll, days = seen(facts([stay("B", 0), stay("C", 0)]))
    assert roll == ("C", 1)
    assert set(days.values()) == {"C"}


def test_a_paper_sat_after_the_return_is_of_the_old_class() -> None:
    """Peers are those of the class of the day: after ten days elsewhere the old class again."""
    names = [f"p{n:02d}" for n in range(11)]
    rows = [stay("A", 0, student_id=n) for n in names] + [stay("A", 0), stay("B", 30, 39)]
    paper = {
        "term": "2026-2027-1", "exam": "midterm", "subject": "math", "happened_on": TODAY, "full_score": 100.0,
    }  # fmt: skip
    sat = [
        {**paper, "student_id": s, "score": 50.0 + n, "known_on": TODAY}
        for n, s in enumerate(["a", *names])
    ]
    session = open_session("polars")
    papers = session.collect(prepare_grades(Day(facts(rows, grades=sat), TODAY, session)))
    mine = papers.filter((pl.col("student_id") == "a") & (pl.col("sat") == 1))
    assert mine.height == 1
    assert mine["z"].item() is not None


starts = st.integers(0, 14)
drawn = st.lists(
    st.tuples(
        st.sampled_from(SCHOOLS), starts, st.none() | st.integers(0, 12), st.integers(0, 2)
    ).map(
        lambda t: stay(
            t[0],
            t[1],
            None if t[2] is None else t[1] + t[2],
            known_on=FIRST + timedelta(days=t[1] + t[3]),
        )
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda r: (r["school_id"], r["start_on"]),
)


@settings(max_examples=60, deadline=None)
@given(rows=drawn, asked=st.integers(4, 16))
def test_on_every_day_the_enrolment_in_force_is_the_oracles(rows: list[Row], asked: int) -> None:
    """The roll and the class of each day are what the contract's sentence gives, row by row."""
    today = FIRST + timedelta(days=asked)
    told = [
        {**r, "end_on": r["end_on"] if r["end_on"] is None or r["end_on"] <= today else None}
        for r in rows
        if r["known_on"] <= today
    ]
    roll, days = seen(facts(rows), today=today)
    last = standing(told, today)
    assert roll == (last and (last["school_id"], int(in_force(told, today) is not None)))
    want = {d: e["school_id"] for d in SCHOOL_DAYS if d <= today and (e := in_force(told, d))}
    assert days == want


@pytest.mark.parametrize(("ago", "on_roll"), [(60, True), (61, False)])
def test_who_left_is_looked_at_for_sixty_days(ago: int, on_roll: bool) -> None:
    """Gone for at most sixty days is on the roll, as not in force; for outcomes everybody ever was."""
    today = FIRST + timedelta(days=80)
    known = facts([stay("A", 0, 80 - ago), stay("B", 0, student_id="b")])
    session = open_session("polars")
    now, whole = (
        set(session.collect(Day(known, today, session, whole=w).roll)["student_id"])
        for w in (False, True)
    )
    assert now == ({"a", "b"} if on_roll else {"b"})
    assert whole == {"a", "b"}


def test_an_enrolment_begins_on_its_first_day() -> None:
    """Not on the roll the day before, in force on the day itself."""
    known = facts([stay("A", 30, known_on=FIRST)])
    assert seen(known, today=FIRST + timedelta(days=29))[0] is None
    assert seen(known, today=FIRST + timedelta(days=30))[0] == ("A", 1)


def test_enrolments_are_counted_in_the_order_of_their_beginning() -> None:
    """The first is the first of as many as there are; only one of them counts today."""
    known = facts([stay("B", 30, 39), stay("A", 0), stay("C", 0, student_id="b")])
    session = open_session("polars")
    rows = session.collect(Day(known, TODAY, session).stays)
    told = rows.select("school_id", "nth", "of", "live", "latest").sort("school_id").rows()
    assert told == [("A", 1, 2, 1, 1), ("B", 2, 2, 0, 0), ("C", 1, 1, 1, 1)]


@pytest.mark.parametrize("engine", ENGINES)
def test_only_rows_taken_back_by_the_day_are_told_as_such(engine: str) -> None:
    """An enrolment no longer held is told from the day that became known until something supersedes it."""
    cases = {
        "told": (TODAY, date(9999, 12, 31), 1),
        "held": (TODAY, date(9999, 12, 31), 0),
        "later": (TODAY + timedelta(days=1), date(9999, 12, 31), 1),
        "superseded": (FIRST, TODAY, 1),
        "not_yet": (FIRST, TODAY + timedelta(days=1), 1),
    }
    known = facts([stay("A", 0, student_id=name) for name in cases])
    path = known.path("enrolments")
    rows = pl.read_parquet(path)
    said = pl.DataFrame(
        [(name, *case) for name, case in cases.items()],
        schema=["student_id", "known_on", "until", "vanished"],
        orient="row",
    )
    said = said.with_columns(pl.col("vanished").cast(pl.Int8))
    rows.drop("known_on", "until", "vanished").join(said, on="student_id").select(
        rows.columns
    ).write_parquet(path)
    session = open_session(engine)
    found = session.collect(taken_back(Day(known, TODAY, session)))
    assert set(found["student_id"]) == {"told", "not_yet"}
