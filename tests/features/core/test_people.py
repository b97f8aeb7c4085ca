"""A share of a city finds its rows in the store by pupil numbers, and reads few others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engines import open_session
from features.facts import NUMBER, Facts, open_facts
from features.facts.numbers import Numbers
from features.prepare import Day, in_shares, several
from features.prepare.day import WANTED
from features.prepare.people import Share, lies_in, spans, stretches
from features.prepare.share import _evenly
from features.situation import as_texts
from features.synthetic.county import County, write_county
from features.tables import TABLES

NUMBERS = st.lists(st.integers(0, 400), unique=True).map(sorted)


@given(NUMBERS, st.integers(1, 6))
def test_stretches_hold_every_number_and_are_few(numbers: list[int], most: int) -> None:
    """At most so many stretches, in order and apart, begin and end with a number and leave none out."""
    found = stretches(pl.Series(numbers, dtype=pl.UInt32), most)
    assert len(found) <= most
    ends = [end for pair in found for end in pair]
    assert ends == sorted(ends)
    assert set(ends) <= set(numbers)
    assert all(any(a <= n <= z for a, z in found) for n in numbers)


def test_stretches_part_at_the_widest_gaps() -> None:
    """What lies far apart is not read together."""
    numbers = pl.Series([1, 2, 4, 50, 52, 90], dtype=pl.UInt32)
    assert stretches(numbers, 3) == [(1, 4), (50, 52), (90, 90)]
    assert stretches(numbers, 2) == [(1, 4), (50, 90)]


TEXTS = st.lists(st.text("abc", min_size=1, max_size=3), unique=True)


@given(TEXTS, TEXTS, st.integers(1, 6))
def test_spans_hold_every_school_and_are_few(few: list[str], every: list[str], most: int) -> None:
    """Rows of the schools are never left out, also of one that the table of schools does not know; what is
    read besides lies between two of them."""
    found = spans(pl.Series(few, dtype=pl.String), pl.Series(every, dtype=pl.String), most)
    assert len(found) <= most
    assert {end for pair in found for end in pair} <= set(few)
    rows = nw.from_native(pl.DataFrame({"at": [*few, *every]}, schema={"at": pl.String}))
    kept = set(rows.filter(lies_in("at", found))["at"].to_list())
    assert set(few) <= kept
    if len(few) <= most:
        assert kept == set(few)


def share(people: list[tuple[str, int, bool]]) -> Share:
    """A share of these pupils (id, number, own)."""
    kinds = {"student_id": pl.String(), NUMBER: pl.UInt32(), "own": pl.Boolean()}
    return Share(pl.Series(["A"]), pl.DataFrame(people, schema=kinds, orient="row"))


@given(
    NUMBERS, st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 400), max_size=30), st.booleans()
)
def test_a_strangers_row_is_nobodys(own: list[int], stored: list[int], wide: bool) -> None:
    """Numbers below, between and above those of the share belong to nobody of it, however wide they are held."""
    kind = pl.Int64 if wide else pl.UInt32
    rows = pl.DataFrame({NUMBER: stored}, schema={NUMBER: kind}).with_row_index("at")
    people = share([(f"p{n}", n, True) for n in own])
    got = people.of(beside=False).rows(rows)
    wanted = [(at, f"p{n}") for at, n in enumerate(stored) if n in own]
    assert got.select("at", pl.col("student_id").cast(pl.String)).rows() == wanted


@given(NUMBERS, st.lists(st.integers(0, 400), max_size=30))
def test_rows_are_found_by_number_as_a_join_would(own: list[int], stored: list[int]) -> None:
    """Rows of the pupils in their order, each under its pupil's id; nobody else's."""
    people = share([(f"p{n % 7}", n, True) for n in own])
    rows = pl.DataFrame(
        {NUMBER: stored, "at": range(len(stored))}, schema_overrides={NUMBER: pl.UInt32}
    )
    coded = people.of(beside=False)
    got = coded.rows(nw.from_native(rows.lazy()).filter(coded.within).to_native().collect())
    names = people.people.select(NUMBER, "student_id")
    wanted = rows.join(names, on=NUMBER, maintain_order="left").select("at", "student_id")
    assert got.with_columns(pl.col("student_id").cast(pl.String)).equals(wanted)


def test_who_stands_beside_is_asked_for_apart() -> None:
    """Those beside are nobody's own, and are told apart in the same list as those whose own they are."""
    mixed = share([("b", 3, True), ("a", 1, False), ("b", 9, True)])
    own, every = mixed.of(beside=False), mixed.of(beside=True)
    assert own.numbers.to_list() == [3, 9]
    assert every.numbers.to_list() == [1, 3, 9]
    assert own.ids.dtype == every.ids.dtype
    assert mixed.students.to_list() == ["b"]
    assert mixed.coded(pl.Series(["b", "x"])).to_list() == ["b", None]


def test_ids_of_a_share_sort_as_texts_do() -> None:
    """The order of places in the list is that of the ids."""
    ids = share([("b", 0, True), ("a10", 1, True), ("a9", 2, True)]).of(beside=False).ids
    assert ids.sort().to_list() == ["a10", "a9", "b"]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A county of several schools."""
    where = tmp_path_factory.mktemp("people")
    write_county(where / "county", County(students=180, seed=5, weeks=8))
    return open_facts([where / "county"], where)


def _about_pupils(facts: Facts) -> list[Path]:
    """Every file of the store whose rows are about pupils."""
    names = [n for n in TABLES if "student_id" in TABLES[n].names and n != "student_aliases"]
    return [part for name in names for part in facts.parts(name)]


def test_the_store_lies_school_after_school(facts: Facts) -> None:
    """Numbers follow the school in which a pupil began last, then the id."""
    last = (
        facts.scan("enrolments").sort("start_on", "school_id")
        .group_by("student_id", maintain_order=True).agg(pl.col("school_id").last())
    )  # fmt: skip
    rows = facts.numbers().lazy().join(last, on="student_id").sort(NUMBER).collect()
    pairs = rows.select("school_id", "student_id").rows()
    assert len(pairs) > 150
    assert pairs == sorted(pairs)


def test_every_row_about_a_pupil_has_the_number_of_its_id(facts: Facts) -> None:
    """In every table; and rows lie by it, but for marks, whose plain presences lie behind the others."""
    known = facts.numbers()
    for path in _about_pupils(facts):
        rows = pl.read_parquet(path)
        named = rows.select("student_id").join(known, on="student_id", maintain_order="left")
        assert named[NUMBER].equals(rows[NUMBER]), path
        if path.parent.name != "attendance":
            assert rows[NUMBER].is_sorted(), path


def _ways(pupils: list[int], most: int) -> Iterator[list[int]]:
    """How many pupils the shares hold, for every way to part schools in their order into shares that may be."""
    for cuts in product((False, True), repeat=len(pupils) - 1):
        shares = [[pupils[0]]]
        for own, cut in zip(pupils[1:], cuts, strict=True):
            shares.append([own]) if cut else shares[-1].append(own)
        if all(len(one) == 1 or sum(one) <= most for one in shares):
            yield [sum(one) for one in shares]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 60))
def test_schools_are_shared_out_evenly(pupils: list[int], most: int) -> None:
    """In the order of schools, into as few shares as can be or one more where that is odd; the largest is as
    small as it can be then."""
    share = _evenly(pupils, most)
    assert share == sorted(share)
    held = [sum(n for n, at in zip(pupils, share, strict=True) if at == one) for one in set(share)]
    ways = list(_ways(pupils, most))
    assert held in ways
    least = min(map(len, ways))
    count = least + least % 2 if several(sum(pupils), most) else 1
    assert least <= len(held) <= count
    assert max(held) == min(max(way) for way in ways if len(way) <= count)


def test_where_many_are_marked_fewer_make_a_portion(
    facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pupils with twice the marks that a portion may have are parted, however few they are; whoever is more than
    two thirds of a portion is two."""
    today = date(2026, 11, 20)
    pupils = facts.scan("students").select(pl.len()).collect().item()
    marks = facts.scan("attendance").select(pl.len()).collect().item()
    assert in_shares(facts, today, 10 * pupils) == [None]
    assert len(in_shares(facts, today, pupils)) == 2
    monkeypatch.setattr("features.prepare.share.MARKS", marks // 2)
    found = in_shares(facts, today, 10 * pupils)
    assert len(found) >= 2
    assert None not in found


def test_where_a_family_lives_is_not_read(facts: Facts) -> None:
    """Of pupils and marks a day holds what is looked at and nothing else, of a share and of the whole: no address,
    telephone or number of anybody."""
    today, session = date(2026, 11, 20), open_session("polars")
    for share in (None, *in_shares(facts, today, 60)):
        day = Day(facts, today, session, share=share)
        for table, wanted in WANTED.items():
            told = set(session.collect(day.cut(table)).columns) - {"class_ref"}
            assert told == set(wanted)
    private = {"address", "guardian_phone", "guardian_name", "id_number", "residence_code"}
    assert private < set(TABLES["students"].names)
    assert not private & set(WANTED["students"])


def test_few_are_found_as_many_are(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a few ids are looked for among all or all are remembered: the same numbers, none for strangers."""
    numbers = Numbers(facts.numbers())
    asked = pl.Series(["nobody", *facts.numbers()["student_id"].to_list()[5:9], "nobody", None])
    found = []
    for few in (0, 10**6):
        monkeypatch.setattr("features.facts.numbers.FEW", few)
        found.append(numbers.of(asked).to_list())
    assert found[0] == found[1] == [None, 5, 6, 7, 8, None, None]


def test_every_table_comes_in_shares(facts: Facts) -> None:
    """The rows of all shares, put together, are those of the whole, under the same ids: in every table that
    names pupils."""
    today, parts = date(2026, 11, 20), []
    session = open_session("polars")
    for share in in_shares(facts, today, 60):
        day = Day(facts, today, session, share=share)
        parts.append({n: session.collect(day.mine(n)) for n in TABLES if _names(n)})
    assert len(parts) > 2
    whole = Day(facts, today, session)
    seen = 0
    for name in parts[0]:
        wanted = session.collect(whole.cut(name)).drop(NUMBER, strict=False)
        told = pl.concat(as_texts(part[name]) for part in parts).select(wanted.columns)
        seen += wanted.height > 0
        assert told.sort(wanted.columns).equals(wanted.sort(wanted.columns)), name
    assert seen > 10


def _names(table: str) -> bool:
    return "student_id" in TABLES[table].names
