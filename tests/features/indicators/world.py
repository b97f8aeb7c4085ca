"""Examples of indicators made into facts: each example is a school of its own, all of them one county."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from features.batch import Batch
from features.example import CLASS, SCHOOL, TERM, YEAR
from features.facts import Facts
from features.facts.fold import Layer
from features.facts.store import lay_facts
from features.indicator import Example
from features.tables import TABLES, polars_schema

Row = dict[str, Any]
Rows = dict[str, list[Row]]
FIRST_DAY = date(2026, 9, 1)
HOLIDAY = (date(2026, 10, 1), date(2026, 10, 8))
RECEIVED = date(2027, 7, 1)
#: Columns that name a pupil, by whom an example's rows are kept apart from another example's.
PUPIL = ("student_id", "old_student_id")


def _calendar() -> list[Row]:
    """Mondays to Fridays of one autumn term, without the National Day holiday."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(137)]
    return [
        {"date": d, "term": TERM, "is_school_day": 1}
        for d in days
        if d.weekday() < 5 and not HOLIDAY[0] <= d <= HOLIDAY[1]
    ]


def _with_people(rows: Rows, names: Iterable[str]) -> Rows:
    """The rows, and what every example may leave out: school, pupils, enrolments, class, calendar."""
    rows = {name: [dict(r) for r in table] for name, table in rows.items()}
    named = {r[c] for t in rows.values() for r in t for c in PUPIL if c in r} | set(names)
    enrolled = {r["student_id"] for r in rows.get("enrolments", [])}
    for row in rows.get("enrolments", []):
        row.update({"school_id": SCHOOL, "class_id": CLASS, "grade": "7"} | row)
    rows.setdefault("enrolments", []).extend(
        {
            "student_id": n,
            "school_id": SCHOOL,
            "class_id": CLASS,
            "grade": "7",
            "start_on": FIRST_DAY,
        }
        for n in sorted(named - enrolled)
    )
    known = {r["student_id"] for r in rows.get("students", [])}
    rows.setdefault("students", []).extend({"student_id": n} for n in sorted(named - known))
    schools = {r["school_id"] for r in rows["enrolments"]} | {
        r["school_id"] for r in rows.get("schools", [])
    }
    given = {r["school_id"] for r in rows.get("schools", [])}
    rows.setdefault("schools", []).extend({"school_id": s} for s in sorted(schools - given))
    if "classes" not in rows:
        rows["classes"] = [
            {"school_id": s, "class_id": c, "school_year": YEAR, "grade": "7"}
            for s, c in sorted({(r["school_id"], r["class_id"]) for r in rows["enrolments"]})
        ]
    if "calendar" not in rows:
        rows["calendar"] = _calendar()
    return rows


def _apart(rows: Rows, mark: str) -> Rows:
    """The same rows with every school and pupil renamed, so that examples do not meet."""
    renamed: Rows = {}
    for name, table in rows.items():
        for row in table:
            new = dict(row)
            for column in new:
                if column in PUPIL or column.endswith("school_id"):
                    new[column] = f"{mark}-{new[column]}" if new[column] is not None else None
            if name == "calendar":
                new["school_id"] = f"{mark}-{SCHOOL}"
            renamed.setdefault(name, []).append(new)
    return renamed


def frame(name: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of a contract table as the check hands them on: defaults filled, every fact dated."""
    table = TABLES[name]
    schema = polars_schema(name)
    filled = []
    for row in rows:
        new = {c.name: row.get(c.name, c.default) for c in table.columns}
        if table.dated:
            new["void"] = new.get("void") or 0
            days = [new[d] for d in table.own_days if new.get(d) is not None]
            new["known_on"] = new["known_on"] or (max(days) if days else FIRST_DAY)
            if new.get("end_on") and "end_known_on" in schema and not new.get("end_known_on"):
                new["end_known_on"] = max(new["known_on"], new["end_on"])
        filled.append(new)
    return pl.DataFrame(filled, schema=schema)


def facts_of(rows: Rows, *, mode: str, folder: Path) -> Facts:
    """Facts of one full extract with these rows, written into ``folder``."""
    tables = {name: frame(name, table).lazy() for name, table in rows.items()}
    lay_facts([Layer(tables, RECEIVED, True)], folder)
    batch = Batch(
        area="examples",
        received_on=RECEIVED,
        id_scheme="any",
        attendance_mode=mode,  # type: ignore[arg-type]
    )
    return Facts(folder, batch, "examples", ("examples",))


@dataclass(frozen=True)
class Case:
    """One example of one indicator, in its own school."""

    indicator: str
    nth: int
    example: Example

    @property
    def mark(self) -> str:
        """What its school and pupils are called by."""
        return f"{self.indicator}{self.nth}"

    def rows(self) -> Rows:
        """The rows of its county, apart from everybody else's."""
        tables = {name: [dict(r) for r in rows] for name, rows in self.example.tables.items()}
        return _apart(_with_people(tables, self.example.expect), self.mark)

    def expected(self) -> dict[str, float | None]:
        """What the indicator must be, by the pupil's name in the county."""
        return {f"{self.mark}-{pupil}": value for pupil, value in self.example.expect.items()}


def merged(cases: Iterable[Case]) -> Rows:
    """All examples in one county."""
    together: Rows = {}
    for case in cases:
        for name, rows in case.rows().items():
            together.setdefault(name, []).extend(rows)
    return together


_ROOM = tempfile.TemporaryDirectory(prefix="baoxue-examples-")


def new_folder() -> Path:
    """A folder of its own for one county's Parquet files, gone when the tests are over."""
    return Path(tempfile.mkdtemp(dir=_ROOM.name))
