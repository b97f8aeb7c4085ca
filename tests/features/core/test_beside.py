"""What is said of a pupil once is laid beside the pupil as a join would lay it, on every engine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engines import PolarsSession, open_session
from features.facts import open_facts
from features.prepare import Day
from features.synthetic.county import County, write_county

IDS = [f"p{n:02}" for n in range(12)]
SOME = st.lists(st.sampled_from(IDS), unique=True)


def frame(ids: list[str], name: str, kind: pl.DataType) -> pl.DataFrame:
    """student_id and one number of each."""
    numbers = [100 * len(name) + IDS.index(one) for one in ids]
    return pl.DataFrame({"student_id": pl.Series(ids, dtype=kind), name: pl.Series(numbers, dtype=pl.Int64)})  # fmt: skip


@given(SOME, st.lists(SOME, max_size=3), st.booleans())
def test_beside_is_what_joins_say(own: list[str], others: list[list[str]], coded: bool) -> None:
    """By pupil: each row once, what the others say of it, empty where they say nothing; ids coded or not."""
    kind = pl.Enum(IDS) if coded else pl.String()
    session = PolarsSession()
    base = frame(own, "own", kind)
    told = [frame(one, f"other{n}", kind) for n, one in enumerate(others)]
    got = session.collect(session.beside(session.frame(base), [session.frame(one) for one in told]))
    wanted = base
    for one in told:
        wanted = wanted.join(one, on="student_id", how="left")
    assert got.equals(wanted.sort("student_id"))


@pytest.mark.parametrize("engine", ["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def test_other_engines_say_the_same(engine: str) -> None:
    """Row for row, whatever order an engine keeps."""
    session = open_session(engine)
    try:
        base = frame(["p03", "p01", "p07"], "own", pl.String())
        told = [frame(["p07", "p03"], "one", pl.String()), frame(["p05"], "two", pl.String())]
        found = session.beside(session.frame(base), [session.frame(one) for one in told])
        got = session.collect(found).sort("student_id")
    finally:
        session.close()
    assert got.to_dicts() == [
        {"student_id": "p01", "own": 301, "one": None, "two": None},
        {"student_id": "p03", "own": 303, "one": 303, "two": None},
        {"student_id": "p07", "own": 307, "one": 307, "two": None},
    ]


def test_where_a_family_lives_is_not_read(tmp_path: Path) -> None:
    """Of the table of pupils a day holds what indicators and lists look at, no address, telephone or number."""
    write_county(tmp_path / "county", County(students=40, seed=3, weeks=4))
    facts = open_facts([tmp_path / "county"], tmp_path)
    session = open_session("polars")
    held = set(Day(facts, date(2026, 11, 20), session).cut("students").columns)
    assert {"name", "birth_date_no"} < held
    assert not held & {"address", "guardian_phone", "guardian_name", "id_number", "residence_code"}
