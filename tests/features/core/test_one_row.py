"""Prepared tables that hold at most one row a pupil are read off, not added up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from narwhals import col

from features.build import _parts, _pass, reduced
from features.catalogue import load
from features.engines import open_session
from features.facts import open_facts
from features.indicator import Part
from features.prepare import Day, one_row, prepared_tables
from features.synthetic.county import County, write_county

TABLES = sorted(name for name in prepared_tables() if one_row(name))
#: What indicators ask of every county; other tables speak of what one has declared.
ASKED = _parts(load())
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A county with registers, moves and transfers."""
    where = tmp_path_factory.mktemp("one_row")
    write_county(where / "county", County(students=400, seed=7, weeks=10))
    session = open_session("polars")
    yield Day(open_facts([where / "county"], where), TODAY, session)
    session.close()


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_one_row_has_no_pupil_twice(day: Day, table: str) -> None:
    """Whoever says so keeps it, and has no clock by which a window could be cut."""
    rows = day.session.collect(prepared_tables()[table](day))
    assert rows["student_id"].is_unique().all()
    assert not {"on", "on_no"} & set(rows.columns)
    assert rows.height > 100 or table not in ASKED


@pytest.mark.parametrize("table", [t for t in TABLES if t in ASKED])
def test_what_is_read_off_is_what_would_be_added_up(day: Day, table: str) -> None:
    """For every part that an indicator asks of the table, and every pupil of the cohort."""
    parts = sorted(ASKED[table])
    assert {part.window for part in parts} == {"all"}
    terms = day.pupils.select("student_id", "term_start_no")
    pupils = day.pupils.select("student_id")
    rows = prepared_tables()[table](day).select("student_id", *{part.what for part in parts})
    added = reduced(rows.join(terms, on="student_id"), parts, day, "on")
    read = _pass(day, table, parts).join(pupils, on="student_id")
    one, other = (
        day.session.collect(frame).sort("student_id").select("student_id", *(p.name for p in parts))
        for frame in (added, read)
    )
    assert one.height > 100
    assert read.collect_schema() == added.collect_schema()
    assert one.equals(other)


def test_a_sum_of_one_row_is_still_a_sum(day: Day) -> None:
    """Nothing recorded adds up to 0, which a number read off would not."""
    part = Part("moves", "back_no", "all", "sum")
    told = day.session.collect(_pass(day, "moves", [part]).filter(col(part.name) == 0))
    assert told.height > 0
