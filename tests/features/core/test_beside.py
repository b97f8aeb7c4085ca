"""What is said of a pupil once is laid beside the pupil as a join would lay it, on every engine."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engines import PolarsSession, open_session, places_in

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


@pytest.mark.parametrize("kind", [pl.String(), pl.Enum(IDS)])
def test_several_rows_of_a_pupil_are_no_answer(kind: pl.DataType) -> None:
    """Which of them counts nobody said: it is an error in whoever prepared them, never a row too many."""
    session = PolarsSession()
    twice = pl.concat([frame(["p01", "p02"], "one", kind)] * 2)
    with pytest.raises((ValueError, pl.exceptions.ComputeError)):
        session.beside(session.frame(frame(["p01", "p03"], "own", kind)), [session.frame(twice)])


@pytest.mark.parametrize("kind", [pl.String(), pl.Enum(IDS[1:]), pl.Enum(IDS[::-1])])
def test_ids_told_apart_in_another_way_are_no_answer(kind: pl.DataType) -> None:
    """Rows of another share, whose numbers stand for other pupils, are an error and never somebody's."""
    session = PolarsSession()
    base, other = frame(["p01", "p03"], "own", pl.Enum(IDS)), frame(["p01", "p03"], "one", kind)
    with pytest.raises(ValueError, match="share"):
        session.beside(session.frame(base), [session.frame(other)])
    with pytest.raises(ValueError, match="share"):
        places_in(base["student_id"], other["student_id"])


@given(SOME, SOME, st.booleans())
def test_places_are_those_of_the_list(of: list[str], ids: list[str], coded: bool) -> None:
    """Each id's place in the list, and of strangers none; ids coded or not."""
    kind = pl.Enum(IDS) if coded else pl.String()
    found = places_in(pl.Series(of, dtype=kind), pl.Series(ids, dtype=kind))
    assert found.tolist() == [of.index(one) if one in of else -1 for one in ids]


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
