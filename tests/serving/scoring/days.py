"""A small school day for duty alerts: one calendar, chosen pupils, chosen tables; all invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.tables import TABLES, polars_schema
from serving.scoring.alerts.day import AlertDay
from serving.scoring.rules import load_duties

SCHOOL, CLASS, KEY, CALENDAR = "3199000001", "0801", "3199000001|0801|2026", "c1"
AUTUMN = date(2026, 9, 1)
FRIDAY = date(2026, 11, 20)
_PUPIL: dict[str, Any] = {
    "student_id": "a", "school_id": SCHOOL, "class_id": CLASS, "class_key": KEY, "grade": "8",
    "in_cohort": 1, "out_reason": "", "in_force": 1, "last_attended_on": FRIDAY, "last_known_on": FRIDAY,
    "days_absent": 0, "unexplained_run": 0, "unexplained_run_start": None, "unexplained_20": 0,
    "coverage_4w": 1.0, "latest_status": None, "latest_status_on": None,
}  # fmt: skip
_SITUATION: dict[str, pl.DataType] = {
    **{c: pl.String() for c in ("student_id", "school_id", "class_id", "class_key", "grade")},
    "in_cohort": pl.Int32(), "out_reason": pl.String(), "in_force": pl.Int32(),
    "last_attended_on": pl.Date(), "last_known_on": pl.Date(), "days_absent": pl.Int64(),
    "unexplained_run": pl.Int64(), "unexplained_run_start": pl.Date(), "unexplained_20": pl.Int64(),
    "coverage_4w": pl.Float64(), "latest_status": pl.String(), "latest_status_on": pl.Date(),
}  # fmt: skip


def weekdays(first: date, last: date) -> list[date]:
    """Monday to Friday between two days, both counted."""
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [d for d in span if d.weekday() < 5]


def calendar(*terms: tuple[str, date, date]) -> pl.DataFrame:
    """School days Monday to Friday of the given terms (name, first, last)."""
    rows = [(CALENDAR, d, term) for term, a, b in terms for d in weekdays(a, b)]
    frame = pl.DataFrame(rows, schema=["calendar_id", "date", "term"], orient="row")
    return frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).alias("ord"))


YEAR = (
    ("2025-2026-2", date(2026, 3, 2), date(2026, 7, 3)),
    ("2026-2027-1", AUTUMN, date(2027, 1, 15)),
    ("2026-2027-2", date(2027, 3, 1), date(2027, 6, 18)),
)


def pupil(student_id: str = "a", **changes: Any) -> dict[str, Any]:
    """A row of the situation: present, known, in the cohort, unless changed."""
    return {**_PUPIL, "student_id": student_id, **changes}


def enrolment(student_id: str = "a", **changes: Any) -> dict[str, Any]:
    """A row of enrolments with its class and calendar."""
    return {
        "student_id": student_id, "school_id": SCHOOL, "class_id": CLASS, "grade": "8", "start_on": AUTUMN,
        "known_on": AUTUMN, "class_key": KEY, "calendar_id": CALENDAR, **changes,
    }  # fmt: skip


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """A contract table with what is not given left empty."""
    schema = {**polars_schema(name), "known_on": pl.Date()}
    if name == "enrolments":
        schema |= {"class_key": pl.String(), "calendar_id": pl.String(), "end_on": pl.Date()}
    if not TABLES[name].dated and "known_on" not in polars_schema(name):
        schema.pop("known_on")
    full = [{c: row.get(c) for c in schema} for row in rows]
    return pl.DataFrame(full, schema=schema).lazy()


def day(
    pupils: Sequence[Mapping[str, Any]] = (), *, as_of: date = FRIDAY, vanished: Sequence[Any] = (),
    local: Mapping[str, Any] | None = None, **tables: Sequence[Mapping[str, Any]],
) -> AlertDay:  # fmt: skip
    """A day with these pupils (enrolled, unless ``enrolments`` is given) and these tables."""
    frame = pl.DataFrame([{c: p.get(c) for c in _SITUATION} for p in pupils], schema=_SITUATION)
    given = {"enrolments": [enrolment(p["student_id"]) for p in pupils], **tables}
    gone = pl.DataFrame(
        list(vanished),
        schema={
            **{c: pl.String() for c in ("student_id", "school_id", "class_id")},
            **dict.fromkeys(("known_on", "start_on"), pl.Date()),
        },
        orient="row",
    )
    return AlertDay(
        as_of,
        frame,
        lambda name: table(name, given.get(name, ())),
        calendar(*YEAR),
        gone,
        load_duties(local),
    )
