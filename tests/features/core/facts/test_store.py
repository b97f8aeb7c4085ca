"""A store that grows by layers: the same, to the byte, as one made at once; and only what changed is written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from features.engines import open_session
from features.facts import arriving, parts
from features.facts.accept import Extract
from features.facts.fold import FOREVER, Layer, keyed
from features.facts.marks_code import CODES, mark_of, marks_of
from features.facts.store import Facts, open_chain
from features.tables import TABLES, polars_schema
from tests.features.core.facts.chains import (
    CHAINS,
    TABLE_ROWS,
    Said,
    chain,
    content,
    day,
    grown,
    mark,
    rebuilt,
    weeks,
)
from tests.features.core.facts.whole import fold_whole

EPOCH = date(1970, 1, 1)
BIG = ("attendance", "roll_calls", "activity", "grades")
ENGINES = ["polars", "duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])]


def whole(extracts: Sequence[Extract], name: str) -> pl.DataFrame:
    """A table folded by other means: whole, from all extracts at once."""
    layers = [
        Layer(e.scan(), e.batch.received_on or date.min, e.batch.mode == "full") for e in extracts
    ]
    if not any(name in layer.tables for layer in layers):
        return pl.DataFrame(schema=polars_schema(name))
    return fold_whole(layers, name)


@settings(max_examples=15, deadline=None)
@given(CHAINS)
def test_a_store_that_grew_is_the_store_made_at_once(drawn: list[tuple[Said, bool]]) -> None:
    """Week by week or all together: equal bytes, and equal to every table folded whole."""
    with tempfile.TemporaryDirectory() as room:
        home = Path(room)
        extracts = chain(home, drawn)
        facts = grown(extracts, home)[-1]
        before = content(facts)
        assert content(rebuilt(extracts, home)) == before
        for name in TABLE_ROWS:
            expected = whole(extracts, name)
            stored = facts.scan(name).collect()
            first = [*TABLES[name].key, "known_on"]
            same = [c for c in stored.columns if c in expected.columns and c not in first]
            order = [*first, *same]
            assert stored.select(order).sort(order).equals(expected.select(order).sort(order)), name


def test_only_what_an_extract_speaks_of_is_written_anew(tmp_path: Path) -> None:
    """Weeks and tables without news are the very files of the store before, which stays as it was."""
    extracts = weeks(tmp_path)
    first = open_chain(extracts[:1], tmp_path)
    before = content(first)
    second = open_chain(extracts, tmp_path)
    assert content(first) == before

    def same(name: str) -> bool:
        return (first.folder / name).samefile(second.folder / name)

    monday, next_monday = day(0).isoformat(), day(7).isoformat()
    assert same(f"attendance/{monday}.parquet")
    assert not same(f"attendance/{next_monday}.parquet")
    assert same(f"roll_calls/{next_monday}.parquet")
    assert same("students.parquet")
    assert [p.stem for p in second.parts("attendance")] == [monday, next_monday, "2026-09-21"]


def test_a_full_extract_sent_again_changes_no_week(tmp_path: Path) -> None:
    """What says nothing new rewrites nothing, however much of it there is."""
    history = {"attendance": [mark(p, n) for n in (0, 7) for p in "ab"]}
    extracts = chain(tmp_path, [(history, True), (history, True)])
    first, second = grown(extracts, tmp_path)
    for part, again in zip(first.parts("attendance"), second.parts("attendance"), strict=True):
        assert part.samefile(again)


def test_any_store_in_between_may_be_deleted(tmp_path: Path) -> None:
    """Folded upon the first, the second or none of the stores before: the same bytes."""
    extracts = chain(tmp_path, [({"attendance": [mark("a", n)]}, False) for n in range(3)])
    stores = grown(extracts, tmp_path)
    expected = content(stores[-1])
    for lost in ([2], [1, 2], [0, 2], [0, 1, 2]):
        for n in lost:
            shutil.rmtree(stores[n].folder)
        assert content(open_chain(extracts, tmp_path)) == expected
        grown(extracts, tmp_path)


def test_where_files_cannot_be_linked_they_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system without links gives the same store."""
    extracts = weeks(tmp_path)
    expected = content(grown(extracts, tmp_path)[-1])
    shutil.rmtree(tmp_path / "facts")

    def link(*paths: Any) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", link)
    first, second = grown(extracts, tmp_path)
    assert content(second) == expected
    part = f"attendance/{day(0).isoformat()}.parquet"
    assert not (first.folder / part).samefile(second.folder / part)


def test_an_extract_larger_than_memory_is_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows are read at a time, and in whatever order they came: the same store."""
    rows = [mark(p, n) for n in range(15) for p in "abc"]
    extracts = chain(tmp_path, [({"attendance": rows}, True)])
    expected = content(grown(extracts, tmp_path)[-1])
    monkeypatch.setattr(arriving, "CHUNK", 4)
    assert content(rebuilt(extracts, tmp_path)) == expected
    chain(tmp_path, [({"attendance": rows[::-1]}, True)])
    assert content(rebuilt(extracts, tmp_path)) == expected
    assert not list((tmp_path / "facts").glob(".*"))


def test_many_pupils_lie_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week of many pupils is several files, folded one by one; the table is the same."""
    extracts = weeks(tmp_path)
    expected = grown(extracts, tmp_path)[-1].scan("attendance").collect()
    monkeypatch.setattr(parts, "BLOCK", 2)
    shutil.rmtree(tmp_path / "facts")
    facts = grown(extracts, tmp_path)[-1]
    names = [p.stem for p in facts.parts("attendance")]
    assert names == ["2026-09-07", "2026-09-14", "2026-09-14~01", "2026-09-21"]
    key = ["student_id", "date", "known_on"]
    assert facts.scan("attendance").collect().sort(key).equals(expected.sort(key))


def test_pupils_keep_their_numbers(tmp_path: Path) -> None:
    """Numbers follow first appearance, within a layer school by school; later layers only append."""
    tables: list[tuple[Said, bool]] = [
        ({"attendance": [mark("z", 0), mark("y", 0)]}, True),
        ({"students": [{"student_id": s} for s in "dc"], "attendance": [mark("c", 1)]}, False),
    ]
    first, second = grown(chain(tmp_path, tables), tmp_path)

    def numbers(facts: Facts) -> list[tuple[str, int]]:
        return pl.read_parquet(facts.folder / "pupil_numbers.parquet").rows()

    assert numbers(first) == [("a", 0), ("b", 1), ("y", 2), ("z", 3)]
    assert numbers(second) == [*numbers(first), ("c", 4), ("d", 5)]
    rows = second.scan("attendance").select("student_id", "pupil_no").unique().collect().rows()
    assert set(rows) <= set(numbers(second))


def test_small_numbers_say_what_the_words_say(tmp_path: Path) -> None:
    """mark, date_no, known_no and until_no stand beside status, session, date, known_on and until."""
    rows = grown(weeks(tmp_path), tmp_path)[-1].scan("attendance").collect()
    for row in rows.iter_rows(named=True):
        assert row["mark"] == mark_of(row["status"], row["session"])
        for name, twin in (("date", "date_no"), ("known_on", "known_no"), ("until", "until_no")):
            assert row[twin] == (row[name] - EPOCH).days
    assert rows.schema["mark"] == pl.UInt8
    assert rows.schema["pupil_no"] == pl.UInt32


def test_every_mark_has_a_number_of_its_own() -> None:
    """Numbers and pairs of status and session are one to one; asked for statuses, all their sessions."""
    pairs = CODES.select("status", "session").rows()
    assert [mark_of(*pair) for pair in pairs] == CODES["mark"].to_list()
    asked = marks_of(["sick", None])
    assert (
        asked
        == CODES.filter(pl.col("status").is_null() | (pl.col("status") == "sick"))["mark"].to_list()
    )
    assert marks_of(["sick"], ["am"]) == [mark_of("sick", "am")]


def test_plain_presences_lie_behind_everything_else(tmp_path: Path) -> None:
    """Within a week first what is not a plain on-time presence, then those; each by pupil and day."""
    rows = [
        mark("b", 1), mark("a", 2, "sick"), mark("a", 1), mark("b", 0, known_on=day(3)),
        mark("a", 0), mark("a", 0, "late", known_on=day(5)), mark("b", 2, void=1),
    ]  # fmt: skip
    facts = grown(chain(tmp_path, [({"attendance": rows}, True)]), tmp_path)[-1]
    stored = facts.scan("attendance").collect()
    key = list(zip(stored["student_id"], stored["date_no"] - (day(0) - EPOCH).days, strict=True))
    assert key == [("a", 0), ("a", 0), ("a", 2), ("b", 0), ("b", 2), ("a", 1), ("b", 1)]
    assert stored["until"].to_list() == [day(5), *[FOREVER] * 6]


def test_a_reader_takes_only_the_weeks_that_matter(tmp_path: Path) -> None:
    """Parts from a day on are those that hold rows of that day or later; there is always one to read."""
    facts = grown(weeks(tmp_path), tmp_path)[-1]
    number = (day(8) - EPOCH).days
    assert [p.stem for p in facts.parts("attendance", number)] == ["2026-09-14", "2026-09-21"]
    assert [p.stem for p in facts.parts("attendance", number + 2)] == ["2026-09-21"]
    assert [p.stem for p in facts.parts("attendance", number + 99)] == ["2026-09-21"]
    assert facts.parts("students") == [facts.path("students")]
    assert [p.stem for p in facts.parts("grades")] == ["empty"]


def test_results_corrected_into_another_month_stay_one_fact(tmp_path: Path) -> None:
    """A result lies with its term and exam, so that its day may be corrected."""
    result = {"student_id": "a", "term": "2026-2027-1", "exam": "midterm", "subject": "数学"}
    before = result | {"happened_on": day(1), "known_on": day(2), "score": 1.0}
    after = result | {"happened_on": day(40), "known_on": day(41), "score": 1.0}
    said: list[tuple[Said, bool]] = [({"grades": [before]}, True), ({"grades": [after]}, False)]
    facts = grown(chain(tmp_path, said), tmp_path)[-1]
    assert facts.scan("grades").collect()["until"].to_list() == [day(41), FOREVER]
    since = (day(40) - EPOCH).days
    assert [p.stem for p in facts.parts("grades", since)] == ["2026-2027-1_midterm"]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_reads_a_table_in_parts(tmp_path: Path, engine: str) -> None:
    """Folders of weeks, and tables without rows, are tables like any other."""
    facts = grown(weeks(tmp_path), tmp_path)[-1]
    session = open_session(engine)
    for name in (*BIG, "students"):
        expected = facts.scan(name).collect()
        key = [*TABLES[name].key, *(["known_on"] if TABLES[name].dated else [])]
        stored = session.collect(session.read(facts.path(name)))
        assert stored.sort(key).select(expected.columns).rows() == expected.sort(key).rows()
    session.close()


def test_a_key_too_long_for_a_number_is_refused() -> None:
    """Keys are never folded together because a number overflowed."""
    rows = pl.DataFrame({f"n{n}": [0, 2**40] for n in range(2)})
    with pytest.raises(OverflowError):
        keyed([rows], rows.columns)
