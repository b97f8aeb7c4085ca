"""A store that grows by layers: the same, to the byte, as one made at once; and only what changed is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.batch import Batch
from features.facts.accept import Extract
from features.facts.fold import Layer
from features.facts.store import Facts, open_chain
from features.tables import TABLES, polars_schema
from tests.features.core.facts.whole import fold_whole
from tests.features.indicators.world import frame

D0 = date(2026, 9, 7)
Row = dict[str, Any]


def day(n: int) -> date:
    """The n-th day, a Monday the first."""
    return D0 + timedelta(days=n)


PUPIL = st.sampled_from(["a", "b", "c"])
NEWS = {
    "known_on": st.one_of(st.none(), st.integers(0, 40).map(day)),
    "void": st.sampled_from([0, 0, 0, 1]),
}


def rows(table: str, **columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    """A few rows of a table as a check lets them pass: one fact a key and day of knowing."""
    key = TABLES[table].key
    drawn = st.fixed_dictionaries({**columns, **NEWS}).map(
        lambda row: frame(table, [row]).row(0, named=True)
    )
    return st.lists(drawn, max_size=7, unique_by=lambda r: (*[r[c] for c in key], r["known_on"]))


DAYS = st.integers(0, 16).map(day)
TABLE_ROWS = {
    "attendance": rows(
        "attendance",
        student_id=PUPIL,
        date=DAYS,
        session=st.sampled_from(["day", "am", "pm"]),
        status=st.sampled_from(["present", "sick", "unexplained", None]),
    ),
    "roll_calls": rows(
        "roll_calls", school_id=st.just("1"), class_id=st.sampled_from(["1", "2"]), date=DAYS,
        present=st.sampled_from([None, 30]),
    ),
    "activity": rows(
        "activity", student_id=PUPIL, date=DAYS, kind=st.sampled_from(["library", "homework"]),
        count=st.integers(1, 2),
    ),
    "grades": rows(
        "grades",
        student_id=PUPIL,
        term=st.sampled_from(["2026-2027-1", "上 学期", "2026-2027-1"]),
        exam=st.sampled_from(["midterm", "final"]),
        subject=st.just("数学"),
        happened_on=DAYS,
        score=st.sampled_from([None, 60.0]),
    ),
    "enrolments": rows(
        "enrolments", student_id=PUPIL, school_id=st.just("1"), start_on=DAYS,
        grade=st.just("7"), class_id=st.sampled_from(["1", "2"]),
        end_on=st.sampled_from([None, day(20)]),
    ),
    "student_aliases": rows(
        "student_aliases", old_student_id=st.sampled_from(["L1", "L2"]), student_id=PUPIL
    ),
    "poverty": rows(
        "poverty", student_id=PUPIL, category=st.just("minimum"), start_on=DAYS,
        end_on=st.sampled_from([None, day(20)]),
    ),
}  # fmt: skip
PLAIN = {
    "schools": [{"school_id": "1", "name": "甲"}],
    "students": [{"student_id": s, "name": s} for s in "ba"],
}
Said = dict[str, list[Row]]
chains = st.lists(
    st.tuples(st.fixed_dictionaries({}, optional=TABLE_ROWS), st.booleans()),
    min_size=2,
    max_size=4,
)


def extract(home: Path, number: int, said: Said, *, full: bool) -> Extract:
    """An accepted extract with these rows, received ten days after the one before."""
    digest = f"e{number}"
    folder = home / "extracts" / digest
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in said.items():
        frame(name, table).write_parquet(folder / f"{name}.parquet")
    received = day(18 + 10 * number)
    return Extract(
        digest, folder, Batch(area="x", received_on=received, mode="full" if full else "delta")
    )


def chain(home: Path, drawn: Iterable[tuple[Said, bool]]) -> list[Extract]:
    """Extracts one upon the other, the first a full one with schools and pupils."""
    return [
        extract(home, n, said | (PLAIN if n == 0 else {}), full=full or n == 0)
        for n, (said, full) in enumerate(drawn)
    ]


def grown(extracts: Sequence[Extract], home: Path) -> Facts:
    """The store opened after every extract."""
    for n in range(1, len(extracts)):
        open_chain(extracts[:n], home)
    return open_chain(extracts, home)


def rebuilt(extracts: Sequence[Extract], home: Path) -> Facts:
    """The store made at once, in a home without folded facts."""
    shutil.rmtree(home / "facts", ignore_errors=True)
    return open_chain(extracts, home)


def content(facts: Facts) -> dict[str, bytes]:
    """Every file of a store."""
    return {
        str(p.relative_to(facts.folder)): p.read_bytes()
        for p in facts.folder.rglob("*")
        if p.is_file()
    }


def whole(extracts: Sequence[Extract], name: str) -> pl.DataFrame:
    """A table folded by other means: whole, from all extracts at once."""
    layers = [
        Layer(e.scan(), e.batch.received_on or date.min, e.batch.mode == "full") for e in extracts
    ]
    if not any(name in layer.tables for layer in layers):
        return pl.DataFrame(schema=polars_schema(name))
    return fold_whole(layers, name)


@settings(max_examples=40, deadline=None)
@given(chains)
def test_a_store_that_grew_is_the_store_made_at_once(drawn: list[tuple[Said, bool]]) -> None:
    """Week by week or all together: equal bytes, and equal to every table folded whole."""
    with tempfile.TemporaryDirectory() as room:
        home = Path(room)
        extracts = chain(home, drawn)
        facts = grown(extracts, home)
        before = content(facts)
        assert content(rebuilt(extracts, home)) == before
        for name in TABLE_ROWS:
            expected = whole(extracts, name)
            stored = facts.scan(name).collect()
            order = [c for c in stored.columns if c in expected.columns]
            first = [*TABLES[name].key, "known_on"]
            kept = [*first, *(c for c in order if c not in first)]
            assert stored.select(kept).sort(kept).equals(expected.select(kept).sort(kept)), name
