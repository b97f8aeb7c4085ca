"""Who belonged to which group on a day: as registers were known then, empty where nothing is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.facts import Facts, open_areas
from features.tables import polars_schema
from tests.training import world
from training.groups import ALL, NAMES, PAIRS, SINGLE, groups_of, member

DAYS = (date(2025, 10, 6), date(2026, 2, 2))
LATE = date(2025, 12, 1)


def _rows() -> dict[str, list[dict[str, Any]]]:
    """Pupils 0 to 5 of an extract of twelve; 0 is registered as poor, learned only in December."""
    p = world.pupil
    start = world.FIRST
    return {
        "poverty": [
            {"student_id": p(0), "category": "低保", "start_on": start, "known_on": LATE},
            {"student_id": p(1), "category": "低保", "start_on": start, "end_on": date(2025, 11, 3), "known_on": start},
        ],
        "left_behind": [
            {"student_id": p(2), "standard": "civil", "kind": "2", "start_on": start, "known_on": start}
        ],
        "students_restricted": [
            {"student_id": p(0), "sex": "2", "ethnicity": "01"},
            {"student_id": p(1), "sex": "1", "ethnicity": "苗族"},
            {"student_id": p(2), "sex": None, "ethnicity": "汉族"},
        ],
        "student_aliases": [
            {"old_student_id": p(6), "student_id": world.pupil(11), "known_on": LATE}
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Facts]:
    home = tmp_path_factory.mktemp("groups")
    folder = world.write(home / "extract", pupils=12, leavers=0, area="twelve")
    for name, rows in _rows().items():
        _write(folder, name, rows)
    enrolments = pl.read_parquet(folder / "enrolments.parquet")
    boards = (
        pl.when(pl.col("student_id") == world.pupil(4)).then(pl.lit("2")).otherwise(pl.lit("1"))
    )
    enrolments.with_columns(boarding=boards).write_parquet(folder / "enrolments.parquet")
    students = pl.read_parquet(folder / "students.parquet")
    moved = pl.when(pl.col("student_id") == world.pupil(5)).then(1).cast(pl.Int8)
    students.with_columns(migrant_child=moved).write_parquet(folder / "students.parquet")
    return open_areas([folder], home / "home")


def _write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    keys = {key for row in rows for key in row}
    schema = {k: v for k, v in polars_schema(name).items() if k in keys}
    pl.DataFrame(rows, schema=schema).write_parquet(folder / f"{name}.parquet")


def said(facts: Sequence[Facts], pupil: int | str, day: date) -> dict[str, Any]:
    frame = groups_of(facts, DAYS)
    name = pupil if isinstance(pupil, str) else world.pupil(pupil)
    return frame.filter(pl.col("student_id") == name, pl.col("as_of") == day).row(0, named=True)


def test_registers_are_read_as_known_on_the_day(facts: Sequence[Facts]) -> None:
    """An entry learned in December is none in October, and one that ended is none any more."""
    assert [said(facts, 0, day)["poverty"] for day in DAYS] == [False, True]
    assert [said(facts, 1, day)["poverty"] for day in DAYS] == [True, False]
    assert said(facts, 2, DAYS[0])["left_behind"] is True
    assert said(facts, 0, DAYS[0])["left_behind"] is False


def test_a_register_that_holds_nobody_says_nothing(facts: Sequence[Facts]) -> None:
    """Without a register of disability nobody is in the group and nobody in the rest."""
    assert groups_of(facts, DAYS)["disability"].null_count() == 22


def test_what_is_not_recorded_of_a_pupil_is_empty(facts: Sequence[Facts]) -> None:
    """Sex, ethnicity and migration are empty where nothing was handed over; Han is written in two ways."""
    first = [said(facts, n, DAYS[0]) for n in range(6)]
    assert [one["sex"] for one in first[:4]] == [True, False, None, None]
    assert [one["ethnicity"] for one in first[:4]] == [False, True, False, None]
    assert [one["boarding"] for one in (first[0], first[4])] == [False, True]
    assert first[5]["migrant"] is True
    assert first[0]["migrant"] is None


def test_numbers_are_the_lasting_ones(facts: Sequence[Facts]) -> None:
    """A temporary number replaced later is the same pupil on every day, as in the rows learned from."""
    frame = groups_of(facts, DAYS)
    assert frame.filter(pl.col("student_id") == world.pupil(11)).height == 2
    assert frame.filter(pl.col("student_id") == world.pupil(6)).is_empty()
    assert frame.columns == ["area", "student_id", "as_of", *NAMES]
    assert frame.select("student_id", "as_of").is_duplicated().sum() == 0
    assert groups_of(facts, ()).is_empty()


def test_of_a_pair_both_must_be_recorded() -> None:
    """In both is in the pair, in one only is the rest, and what is not recorded is neither."""
    rows = pl.DataFrame({"poverty": [True, True, False, None], "sex": [True, False, True, True]})
    told = member(rows, "poverty+sex")
    assert told is not None
    assert told.to_list() == [True, False, False, None]
    assert member(rows, "sex+boarding") is None


def test_there_are_seven_groups_and_all_their_pairs() -> None:
    """Seven groups of the charter and their twenty-one pairs."""
    assert (len(SINGLE), len(PAIRS), len(ALL)) == (7, 21, 28)
