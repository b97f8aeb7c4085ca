"""The grid against the rows: two ways to the same days, one in memory and one by joins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import narwhals as nw
import polars as pl
import pytest

from features.build import reduced
from features.engines import open_session
from features.facts import Facts
from features.indicator import WINDOWS, How, Part
from features.prepare import Day
from features.prepare.day import EPOCH
from features.prepare.days import COLUMNS
from features.prepare.marks import SAYS_MORE
from features.situation import unexplained_tenth_days
from tests.features.core.test_day_columns import LIVES, TODAY, facts
from tests.features.indicators.world import facts_of, new_folder

MODES = pytest.mark.parametrize("mode", ["full", "exceptions"])
HOW: tuple[How, ...] = ("sum", "max", "min")
PARTS = tuple(
    Part("days", what, window, how)
    for what in COLUMNS
    for window in (*WINDOWS, "term", "all")
    for how in HOW
)


@contextmanager
def opened(told: Facts, engine: str) -> Iterator[Day]:
    """The day on an engine."""
    session = open_session(engine)
    try:
        yield Day(told, TODAY, session)
    finally:
        session.close()


def by_grid_and_rows(told: Facts, room: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One room of the day, by the grid and by joins, in one order."""
    found = []
    for engine in ("polars", "duckdb"):
        with opened(told, engine) as day:
            frame = day.session.collect(getattr(day, room))
        frame = frame.with_columns(pl.selectors.integer().cast(pl.Int64))
        found.append(frame.select(sorted(frame.columns)).sort(sorted(frame.columns)))
    return found[0], found[1]


@MODES
@pytest.mark.parametrize("room", ["days", "spells", "attended", "seen"])
def test_the_grid_answers_as_the_rows_do(mode: str, room: str) -> None:
    """Rows, runs, weekdays and standings are the same numbers by the grid and by joins."""
    grid, rows = by_grid_and_rows(facts(mode), room)
    assert len(grid)
    assert grid.equals(rows)


@MODES
def test_every_part_over_every_window_is_what_the_rows_add_up_to(mode: str) -> None:
    """Sums, largest and smallest of every column in every window equal a group_by over the rows."""
    with opened(facts(mode), "polars") as day:
        ready = day.reduced("days", PARTS)
        assert ready is not None
        grid = day.session.collect(ready)
        terms = day.pupils.select("student_id", "term_start_no")
        rows = day.days.join(terms, on="student_id")
        added = reduced(rows, PARTS, day, "on_no")
        want = day.session.collect(added).cast(dict.fromkeys((p.name for p in PARTS), pl.Int64))
        cohort = day.session.collect(terms)
    mine = grid.join(cohort, on="student_id", how="semi")
    assert set(mine["student_id"]) == set(want["student_id"])
    got = mine.select(want.columns)
    assert len(want) > len(LIVES) // 2
    for name in want.columns:
        assert got.sort("student_id")[name].equals(want.sort("student_id")[name]), name


@MODES
def test_days_of_some_are_the_days_of_all_cut_down(mode: str) -> None:
    """Asking for a few pupils' late days gives what all days hold of them, on either engine."""
    few = pl.DataFrame({"student_id": sorted(LIVES)[:5]})
    since = (TODAY.toordinal() - 719163) - 10
    for engine in ("polars", "duckdb"):
        with opened(facts(mode), engine) as day:
            some = day.session.collect(day.days_of(few, since))
            every = day.session.collect(day.days.filter(nw.col("on_no") >= since))
        every = every.join(few, on="student_id", how="semi")
        key = ["student_id", "on_no"]
        assert len(some)
        assert some.select(every.columns).sort(key).equals(every.sort(key))


@MODES
def test_what_is_shown_of_a_day_is_the_same_by_either_way(mode: str) -> None:
    """Of some pupils each day expected or marked, what its marks say most and whether it is known: by the grid
    and by joins."""
    few = pl.DataFrame({"student_id": sorted(LIVES)[::2]})
    found = []
    for engine in ("polars", "duckdb"):
        with opened(facts(mode), engine) as day:
            found.append(day.shown(few))
    grid, rows = found
    assert grid["said"].n_unique() > len(SAYS_MORE) // 2
    assert grid["known"].null_count()  # marked where nobody was expected
    assert grid.equals(rows)


@pytest.mark.parametrize("begun", [0, 30])
def test_a_mark_on_a_day_without_school_is_shown(begun: int) -> None:
    """A mark on a day that no calendar has, or of who is not expected, is shown as it was sent, from the first
    expected day on; where nobody was expected yet, today's alone; each pupil's own, in order."""
    sunday, later = TODAY - timedelta(days=5), TODAY + timedelta(days=2)
    days = [TODAY - timedelta(days=n) for n in (40, 7, 6, 3, 0)]
    who = ("a", "b", "c", "gone")
    marked = [
        ("c", days[0], "sick", "day"),
        ("c", TODAY, "late", "day"),
        ("c", later, "sick", "day"),
    ]
    marked += [("c", sunday, "late", "am"), ("c", sunday, "unexcused", "pm")]
    marked += [
        ("b", sunday, "sick", "day"),
        ("gone", sunday, "late", "day"),
        ("gone", TODAY, "sick", "day"),
    ]
    marked += [("a", sunday, "personal", "day")]
    starts = {n: TODAY - timedelta(days=30) if begun else later for n in who[:3]}
    told = facts_of(
        {
            "students": [{"student_id": n} for n in who],
            "enrolments": [
                {
                    "student_id": n,
                    "school_id": "A",
                    "class_id": "1",
                    "grade": "7",
                    "start_on": first,
                }
                for n, first in starts.items()
            ],
            "calendar": [{"date": d, "term": "2026-2027-1", "is_school_day": 1} for d in days],
            "attendance": [
                {"student_id": n, "date": d, "status": s, "session": half, "known_on": days[0]}
                for n, d, s, half in marked
            ],
        },
        mode="exceptions",
        folder=new_folder(),
    )
    few = pl.DataFrame({"student_id": ["c", "a", "gone"]})
    for engine in ("polars", "duckdb"):
        with opened(told, engine) as day:
            shown = day.shown(few)
        found = [
            (n, EPOCH + timedelta(days=on), SAYS_MORE[said] if said is not None else None)
            for n, on, said in shown.select("student_id", "on_no", "said").rows()
        ]
        blank = {n: [(n, d, None) for d in (days[1], days[2], days[3], TODAY)] for n in who}
        own = {
            "a": [*blank["a"][:2], ("a", sunday, "personal"), *blank["a"][2:]],
            "c": [*blank["c"][:2], ("c", sunday, "unexcused"), blank["c"][2], ("c", TODAY, "late")],
            "gone": [("gone", sunday, "late"), ("gone", TODAY, "sick")],
        }
        expected = [row for rows in own.values() for row in rows]
        today = [("c", TODAY, "late"), ("gone", TODAY, "sick")]
        assert found == (expected if begun else today), engine


@MODES
def test_runs_that_are_the_outcome_are_the_same_by_either_way(mode: str) -> None:
    """The days on which three unexplained days were complete are the same by the grid and by joins."""
    grid = unexplained_tenth_days(facts(mode), TODAY, run=3)
    rows = unexplained_tenth_days(facts(mode), TODAY, run=3, engine="duckdb")
    assert len(grid)
    assert grid.equals(rows)


@pytest.mark.parametrize("room", ["days", "spells", "attended", "seen"])
def test_a_county_without_a_pupil_has_empty_rooms(room: str) -> None:
    """Nobody on the roll: every room is there and empty, with the columns it always has."""
    told = facts_of({"schools": [{"school_id": "A"}]}, mode="exceptions", folder=new_folder())
    grid, rows = by_grid_and_rows(told, room)
    assert grid.is_empty()
    assert grid.columns == rows.columns


def test_two_numbers_of_one_child_are_added_up() -> None:
    """Marks under a temporary and a lasting number on one day count both, by the grid and by joins."""
    place = {"school_id": "A", "class_id": "1", "grade": "7"}
    told = facts_of(
        {
            "students": [{"student_id": n} for n in ("old", "new")],
            "student_aliases": [{"old_student_id": "old", "student_id": "new"}],
            "enrolments": [{"student_id": "new", "start_on": TODAY.replace(month=9), **place}],
            "calendar": [{"date": TODAY, "term": "2026-2027-1", "is_school_day": 1}],
            "attendance": [
                {"student_id": n, "date": TODAY, "status": "sick", "session": s}
                for n, s in (("old", "am"), ("new", "pm"))
            ],
        },
        mode="full",
        folder=new_folder(),
    )
    grid, rows = by_grid_and_rows(told, "days")
    assert grid["sick"].to_list() == [2]
    assert grid.equals(rows)
