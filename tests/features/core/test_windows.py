"""Windows and intervals against counts made by hand, day by day."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from features.build import build
from features.catalogue import load
from tests.features.indicators.world import facts_of

SCHOOL = {"school_id": "3201010001", "class_id": "1"}
FIRST = date(2026, 9, 1)
TERMS = (("2025-2026-2", date(2026, 6, 1)), ("2026-2027-1", FIRST))
DAYS = [d for n in range(70) if (d := FIRST + timedelta(days=n)).weekday() < 5]
SPRING = [d for n in range(30) if (d := TERMS[0][1] + timedelta(days=n)).weekday() < 5]
WINDOWS = {"absence_2w": 14, "absence_4w": 28, "absence_8w": 56, "absence_term": None}


def _county(**tables: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    calendar = [{"date": d, "term": TERMS[0][0], "is_school_day": 1} for d in SPRING]
    calendar += [{"date": d, "term": TERMS[1][0], "is_school_day": 1} for d in DAYS]
    return {
        "schools": [{"school_id": SCHOOL["school_id"]}],
        "classes": [{**SCHOOL, "school_year": y, "grade": "7"} for y in ("2025", "2026")],
        "students": [{"student_id": s} for s in ("a", "b")],
        "enrolments": [
            {**SCHOOL, "student_id": s, "grade": "7", "start_on": date(2025, 9, 1)}
            for s in ("a", "b")
        ],
        "calendar": calendar,
        **tables,
    }


def _built(
    rows: dict[str, list[dict[str, Any]]], names: tuple[str, ...], day: date
) -> dict[str, Any]:
    whole = load()
    few = replace(whole, indicators=tuple(i for i in whole if i.name in names))
    with tempfile.TemporaryDirectory() as folder:
        frame = build(facts_of(rows, mode="full", folder=Path(folder)), day, catalogue=few)
    found = [row for row in frame.iter_rows(named=True) if row["student_id"] == "a"]
    return found[0] if found else {}


@settings(max_examples=60, deadline=None)
@given(
    away=st.sets(st.integers(0, len(DAYS) + len(SPRING) - 1), max_size=40),
    unmarked=st.sets(st.integers(0, len(DAYS) + len(SPRING) - 1), max_size=20),
    late=st.sets(st.integers(0, len(DAYS) + len(SPRING) - 1), max_size=10),
    asked=st.integers(-75, 69),
)
def test_rates_over_windows_are_those_counted_by_hand(
    away: set[int], unmarked: set[int], late: set[int], asked: int
) -> None:
    """2, 4, 8 weeks and the term: both ends counted, only what was known, nothing known gives null."""
    as_of = FIRST + timedelta(days=asked)
    marks = []
    for n, day in enumerate([*SPRING, *DAYS]):
        if n not in unmarked:
            status = "absent" if n in away else "present"
            known = day + timedelta(days=9 if n in late else 0)
            marks.append({"student_id": "a", "date": day, "status": status, "known_on": known})
    got = _built(_county(attendance=marks), tuple(WINDOWS), as_of)
    begun = [
        first for term, first in TERMS if min(d for d in [*SPRING, *DAYS] if d >= first) <= as_of
    ]
    for name, length in WINDOWS.items():
        if length is None:
            start = begun[-1] if begun else as_of + timedelta(days=1)
        else:
            start = as_of - timedelta(days=length - 1)
        seen = [m for m in marks if start <= m["date"] <= as_of and m["known_on"] <= as_of]
        want = sum(m["status"] == "absent" for m in seen) / len(seen) if seen else None
        assert got[name] is None if want is None else abs(got[name] - want) < 1e-9, name


entries = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.integers(0, 30),
        st.integers(0, 20),
        st.booleans(),
        st.integers(0, 20),
    ),
    max_size=4,
    unique_by=lambda e: e[0],
)


@settings(max_examples=80, deadline=None)
@given(entries=entries, asked=st.integers(0, 69))
def test_a_register_is_in_force_between_its_closed_ends_as_far_as_known(
    entries: list[tuple[int, int, int, bool, int]], asked: int
) -> None:
    """In force from the first to the last day, both counted; an end not yet known has not happened."""
    as_of = FIRST + timedelta(days=asked)
    rows = []
    for start, length, lag, ends, end_lag in entries:
        first = FIRST + timedelta(days=start)
        last = first + timedelta(days=length)
        known = first + timedelta(days=lag)
        row = {"student_id": "a", "category": "低保", "start_on": first, "known_on": known}
        if ends:
            row |= {"end_on": last, "end_known_on": max(known, last) + timedelta(days=end_lag)}
        rows.append(row)
    # somebody of the school is in the register, so that "not registered" is said and not unknown
    rows.append({"student_id": "b", "category": "低保", "start_on": FIRST, "known_on": FIRST})
    got = _built(_county(poverty=rows), ("poverty_registered",), as_of)
    want = any(
        r["start_on"] <= as_of
        and r["known_on"] <= as_of
        and not (r.get("end_on") and r["end_known_on"] <= as_of and r["end_on"] < as_of)
        for r in rows[:-1]
    )
    assert got["poverty_registered"] == float(want)
