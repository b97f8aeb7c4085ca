"""Extracts of a few pupils over three weeks, drawn and by hand, opened one upon the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from features.batch import Batch
from features.facts.accept import Extract
from features.facts.store import Facts, open_chain
from features.tables import TABLES
from tests.features.indicators.world import frame

#: A Monday.
D0 = date(2026, 9, 7)
Row = dict[str, Any]
Said = dict[str, list[Row]]


def day(n: int) -> date:
    """The n-th day."""
    return D0 + timedelta(days=n)


def mark(pupil: str, n: int, status: str | None = "present", **more: Any) -> Row:
    """A mark of the n-th day."""
    return {"student_id": pupil, "date": day(n), "session": "day", "status": status, **more}


PUPIL = st.sampled_from(["a", "b", "c"])
DAYS = st.integers(0, 16).map(day)
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


TABLE_ROWS = {
    "attendance": rows(
        "attendance", student_id=PUPIL, date=DAYS, session=st.sampled_from(["day", "am", "pm"]),
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
        "grades", student_id=PUPIL, term=st.sampled_from(["2026-2027-1", "上 学期"]),
        exam=st.sampled_from(["midterm", "final"]), subject=st.just("数学"), happened_on=DAYS,
        score=st.sampled_from([None, 60.0]),
    ),
    "enrolments": rows(
        "enrolments", student_id=PUPIL, school_id=st.just("1"), start_on=DAYS, grade=st.just("7"),
        class_id=st.sampled_from(["1", "2"]), end_on=st.sampled_from([None, day(20)]),
    ),
    "student_aliases": rows(
        "student_aliases", old_student_id=st.sampled_from(["L1", "L2"]), student_id=PUPIL
    ),
    "poverty": rows(
        "poverty", student_id=PUPIL, category=st.just("minimum"), start_on=DAYS,
        end_on=st.sampled_from([None, day(20)]),
    ),
}  # fmt: skip
#: Whether each extract is full, and what it says.
CHAINS = st.lists(
    st.tuples(st.fixed_dictionaries({}, optional=TABLE_ROWS), st.booleans()),
    min_size=2,
    max_size=4,
)
PLAIN: Said = {
    "schools": [{"school_id": "1", "name": "甲"}],
    "students": [{"student_id": s, "name": s} for s in "ba"],
}


def extract(home: Path, number: int, said: Said, *, full: bool) -> Extract:
    """An accepted extract with these rows, received ten days after the one before."""
    digest = f"e{number}"
    folder = home / "extracts" / digest
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in said.items():
        frame(name, table).write_parquet(folder / f"{name}.parquet")
    mode = "full" if full else "delta"
    batch = Batch(area="x", received_on=day(18 + 10 * number), mode=mode, id_scheme="any")  # type: ignore[arg-type]
    return Extract(digest, folder, batch)


def chain(home: Path, drawn: Iterable[tuple[Said, bool]]) -> list[Extract]:
    """Extracts one upon the other, the first a full one with schools and pupils."""
    return [
        extract(home, n, said | (PLAIN if n == 0 else {}), full=full or n == 0)
        for n, (said, full) in enumerate(drawn)
    ]


def grown(extracts: Sequence[Extract], home: Path) -> list[Facts]:
    """The store opened after every extract."""
    return [open_chain(extracts[:n], home) for n in range(1, len(extracts) + 1)]


def rebuilt(extracts: Sequence[Extract], home: Path) -> Facts:
    """The store made at once, in a home without folded facts."""
    shutil.rmtree(home / "facts")
    return open_chain(extracts, home)


def content(facts: Facts) -> dict[str, bytes]:
    """Every file of a store."""
    return {
        str(p.relative_to(facts.folder)): p.read_bytes()
        for p in facts.folder.rglob("*")
        if p.is_file()
    }


def weeks(home: Path) -> list[Extract]:
    """Three weeks by hand: a full extract of two, a third week with a late mark and a correction."""
    history = [mark(p, n) for n in (0, 1, 7, 8) for p in "ab"]
    news = [
        mark("a", 14),
        mark("b", 14, "sick"),
        mark("a", 8, "unexplained", known_on=day(15)),
        mark("c", 9, known_on=day(15)),
    ]
    called = [{"school_id": "1", "class_id": "1", "date": day(n), "session": "day"} for n in (0, 7)]
    return chain(
        home, [({"attendance": history, "roll_calls": called}, True), ({"attendance": news}, False)]
    )
