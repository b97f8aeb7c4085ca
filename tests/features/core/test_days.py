"""Days and runs against an oracle made by other means."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.engines import open_session
from features.prepare import Day
from features.situation import unexplained_tenth_days
from tests.features.core.oracle import Pupil, days_seen, runs
from tests.features.indicators.world import facts_of

SCHOOL, CLASS = "3201010001", "1"
FIRST = date(2026, 9, 1)
SCHOOL_DAYS = [d for n in range(40) if (d := FIRST + timedelta(days=n)).weekday() < 5]
LAST = SCHOOL_DAYS[-1]
STATUSES = [
    "present", "late", "early_leave", "sick", "personal", "official", "excluded", "closed", "unexcused",
    "unexplained", "absent",
]  # fmt: skip
day_marks = st.one_of(
    st.none(),
    st.none(),
    # long runs have to be likely, or the rules about them are never tried
    st.just({"day": "unexplained"}),
    st.just({"day": "unexcused"}),
    st.sampled_from(STATUSES).map(lambda s: {"day": s}),
    st.tuples(st.sampled_from([*STATUSES, ""]), st.sampled_from([*STATUSES, ""])).map(
        lambda p: {k: s for k, s in zip(("am", "pm"), p, strict=True) if s}
    ),
)
pupils = st.lists(day_marks, min_size=len(SCHOOL_DAYS), max_size=len(SCHOOL_DAYS))
classes = st.lists(
    st.sampled_from([{"day"}, {"day"}, {"day"}, set(), {"am"}, {"am", "pm"}]),
    min_size=len(SCHOOL_DAYS),
    max_size=len(SCHOOL_DAYS),
)
ONE = {"school_id": SCHOOL, "class_id": CLASS}


def _rows(marked: list[Any], called: list[set[str]], mode: str) -> dict[str, list[dict[str, Any]]]:
    attendance = [
        {"student_id": "a", "date": day, "session": session, "status": status}
        for day, sessions in zip(SCHOOL_DAYS, marked, strict=True)
        for session, status in (sessions or {}).items()
    ]
    roll_calls = [
        {**ONE, "date": day, "session": session}
        for day, sessions in zip(SCHOOL_DAYS, called, strict=True)
        for session in sorted(sessions)
    ]
    return {
        "schools": [{"school_id": SCHOOL}],
        "classes": [{**ONE, "school_year": "2026", "grade": "7"}],
        "students": [{"student_id": "a"}],
        "enrolments": [{**ONE, "student_id": "a", "grade": "7", "start_on": FIRST}],
        "calendar": [{"date": d, "term": "2026-2027-1", "is_school_day": 1} for d in SCHOOL_DAYS],
        "attendance": attendance,
        "roll_calls": roll_calls if mode == "exceptions" else [],
    }


def _oracle(marked: list[Any], called: list[set[str]], mode: str) -> Any:
    pupil = Pupil(
        {
            (day, session): status
            for day, sessions in zip(SCHOOL_DAYS, marked, strict=True)
            for session, status in (sessions or {}).items()
        }
    )
    taken = {
        day: min(sum(2 if s == "day" else 1 for s in sessions), 2)
        for day, sessions in zip(SCHOOL_DAYS, called, strict=True)
        if sessions
    }
    return days_seen(pupil, school_days=SCHOOL_DAYS, taken=taken, mode=mode)


@pytest.mark.parametrize("mode", ["full", "exceptions"])
@settings(max_examples=60, deadline=None)
@given(marked=pupils, called=classes)
def test_days_and_runs_equal_the_oracle(
    mode: str, marked: list[Any], called: list[set[str]]
) -> None:
    """What is known of each day, and every run, is what the contract's rules give by hand."""
    want = _oracle(marked, called, mode)
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of(_rows(marked, called, mode), mode=mode, folder=Path(folder))
        session = open_session("polars")
        day = Day(facts, LAST, session)
        days = session.collect(day.days).with_columns(
            on=pl.col("on_no").cast(pl.Int32).cast(pl.Date)
        )
        got = {
            row["on"]: tuple(
                row[c] for c in ("expected", "known", "absent", "unexplained", "present")
            )
            for row in days.iter_rows(named=True)
        }
        spells = session.collect(day.spells)
        tenth = unexplained_tenth_days(facts, LAST)
    assert got == {
        d: (e.expected, e.known, e.absent, e.unexplained, e.present) for d, e in want.items()
    }
    for kind in ("absent", "unexplained"):
        found = [
            (FIRST.fromordinal(719163 + r["on_no"]), r[f"{kind}_length"], r[f"{kind}_current"] > 0)
            for r in spells.iter_rows(named=True)
            if r[f"{kind}_spell"]
        ]
        assert sorted(found) == sorted(runs(want, kind))
    assert len(tenth) == sum(length >= 10 for _, length, _ in runs(want, "unexplained"))


def test_a_child_no_longer_marked_is_unknown_and_not_present() -> None:
    """After three unexplained days a missing row is unknown until an explicit 出勤."""
    marked: list[Any] = [None] * len(SCHOOL_DAYS)
    for n in (3, 4, 5):
        marked[n] = {"day": "unexplained"}
    marked[10] = {"day": "present"}
    called = [{"day"}] * len(SCHOOL_DAYS)
    seen = _oracle(marked, called, "exceptions")
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of(
            _rows(marked, called, "exceptions"), mode="exceptions", folder=Path(folder)
        )
        session = open_session("polars")
        days = session.collect(Day(facts, LAST, session).days).sort("on_no")
    known = days["known"].to_list()
    assert known[:3] == [2, 2, 2]
    assert known[6:10] == [0, 0, 0, 0]
    assert known[10:12] == [2, 2]
    assert [e.known for e in seen.values()] == known


def test_a_class_not_taken_is_not_present() -> None:
    """Without a roll call a missing row says nothing at all."""
    nothing: list[Any] = [None] * len(SCHOOL_DAYS)
    with tempfile.TemporaryDirectory() as folder:
        rows = _rows(nothing, [set()] * len(SCHOOL_DAYS), "exceptions")
        facts = facts_of(rows, mode="exceptions", folder=Path(folder))
        session = open_session("polars")
        days = session.collect(Day(facts, LAST, session).days)
    assert days["known"].sum() == 0
    assert days["expected"].sum() == 2 * len(SCHOOL_DAYS)


def test_who_had_gone_before_the_days_looked_at_is_still_gone() -> None:
    """Unexplained in January and never marked again is unknown in April too, not present."""
    winter = [d for n in range(30) if (d := date(2026, 1, 5) + timedelta(days=n)).weekday() < 5]
    spring = [d for n in range(45) if (d := date(2026, 3, 9) + timedelta(days=n)).weekday() < 5]
    rows = _rows([None] * len(SCHOOL_DAYS), [set()] * len(SCHOOL_DAYS), "exceptions")
    rows["enrolments"][0]["start_on"] = date(2025, 9, 1)
    rows["calendar"] = [
        {"date": d, "term": term, "is_school_day": 1}
        for term, days in (("2025-2026-1", winter), ("2025-2026-2", spring))
        for d in days
    ]
    rows["attendance"] = [
        {"student_id": "a", "date": d, "status": "unexplained"} for d in winter[:4]
    ]
    rows["roll_calls"] = [{**ONE, "date": d} for d in (*winter, *spring)]
    with tempfile.TemporaryDirectory() as folder:
        facts = facts_of(rows, mode="exceptions", folder=Path(folder))
        session = open_session("polars")
        days = session.collect(Day(facts, spring[-1], session).days)
    assert len(days) >= len(spring)
    assert days["present"].sum() == 0
    assert days["known"].sum() == 0
