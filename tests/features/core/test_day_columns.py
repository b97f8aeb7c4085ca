"""Every column of ``days``, of pupils drawn once for all, against plain loops over their marks."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from features.engines import open_session
from features.facts import Facts
from features.prepare import Day
from features.prepare.days import COLUMNS
from tests.features.core.oracle import Pupil, days_seen
from tests.features.indicators.world import facts_of, new_folder

TODAY = date(2026, 11, 20)
EPOCH = date(1970, 1, 1)
STATUSES = (
    "present", "late", "early_leave", "sick", "personal", "official", "excluded", "closed", "unexcused",
    "unexplained", "absent",
)  # fmt: skip
CALLS: tuple[tuple[str, ...], ...] = (("day",), ("day",), ("am",), ("am", "pm"), ())
BEGUN = date(2025, 9, 1)
#: How long before today each calendar's terms begin and end: in A the current term is short, in B long.
TERMS = {
    "A": {"2025-2026-1": (404, 380), "2025-2026-2": (64, 45), "2026-2027-1": (30, 0)},
    "B": {"2025-2026-2": (95, 82), "2026-2027-1": (80, 0)},
    "C": {"2026-2027-1": (80, 10)},
}


def back(days: int) -> date:
    """So many days before today."""
    return TODAY - timedelta(days=days)


@cache
def school_days(school: str) -> dict[date, str]:
    """Each school day's term. The days a window begins or ends on are school days, weekends or not."""
    days = {}
    for term, (first, last) in TERMS[school].items():
        for n in range(first, last - 1, -1):
            if back(n).weekday() < 5 or n in (first, last, 27, 59, 60, 399, 400):
                days[back(n)] = term
    return days


def _life(n: int, drawn: random.Random) -> tuple[date, date | None]:
    """First and last day on the roll: mostly all along, some for a while only."""
    if n % 4:
        return BEGUN, None
    days = sorted(school_days("AB"[n % 2]))[-25:]
    start, end = sorted(drawn.sample(days, 2))
    return start, end


def _marks(school: str, drawn: random.Random) -> dict[tuple[date, str], str]:
    """Marks in runs, so that whoever had gone stays away for a while."""
    told: dict[tuple[date, str], str] = {}
    run = 0
    for day in school_days(school):
        run = run - 1 if run else drawn.choice((0, 0, 0, 0, 0, 2, 3, 4))
        if run and drawn.random() < 0.3:  # the half that there was
            told[day, "am"], told[day, "pm"] = "unexplained", "closed"
        elif run:
            told[day, "day"] = drawn.choice(("unexplained", "unexcused"))
        elif drawn.random() < 0.25:
            told[day, "day"] = drawn.choice(STATUSES)
        elif drawn.random() < 0.2:
            for session in drawn.choice((("am",), ("pm",), ("am", "pm"))):
                told[day, session] = drawn.choice(STATUSES)
    return told


def _world() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    drawn = random.Random(7)
    lives, marks = {}, {}
    for n in range(48):
        name = f"{'AB'[n % 2]}{n:02d}"
        lives[name] = _life(n, drawn)
        marks[name] = _marks(name[0], drawn)
    # three unexplained days and nothing since: gone, where all three are still looked at
    for name, first in (("A90", 400), ("A91", 399)):
        lives[name] = (BEGUN, None)
        ahead = [d for d in sorted(school_days("A")) if d >= back(first)][:3]
        marks[name] = {(d, "day"): "unexplained" for d in ahead}
    calls = {school: {day: drawn.choice(CALLS) for day in school_days(school)} for school in TERMS}
    for day in school_days("A"):
        if day < back(300):
            calls["A"][day] = ("day",)
    # on the roll, and never on a school day; on one of which nothing is known
    lives |= {"A93": (back(44), back(40)), "C94": (back(5), None), "C95": (back(10), None)}
    marks |= {"A93": {}, "C94": {}, "C95": {}}
    calls["C"][back(10)] = ()
    # a day of which nothing is known does not break what leads to being gone; half a day there does
    days = sorted(school_days("A"))
    for name, said in (("A92", ()), ("A96", ("am",))):
        between = next(
            n for n, day in enumerate(days) if day > back(30) and calls["A"][day] == said
        )
        lives[name] = (BEGUN, None)
        marks[name] = {(days[between + n], "day"): "unexplained" for n in (-1, 1, 2)}
    return lives, marks, calls


LIVES, MARKS, CALLED = _world()


@cache
def facts(mode: str) -> Facts:
    """All pupils, as one county."""
    place = {"class_id": "1", "grade": "7"}
    return facts_of(
        {
            "schools": [{"school_id": s} for s in TERMS],
            "classes": [{"school_id": s, "school_year": "2025", **place} for s in TERMS],
            "students": [{"student_id": name} for name in LIVES],
            "enrolments": [
                {
                    "student_id": name,
                    "school_id": name[0],
                    "start_on": start,
                    "end_on": end,
                    **place,
                }
                for name, (start, end) in LIVES.items()
            ],
            "calendar": [
                {"school_id": s, "date": day, "term": term, "is_school_day": 1}
                for s in TERMS
                for day, term in school_days(s).items()
            ],
            "attendance": [
                {"student_id": name, "date": day, "session": session, "status": status}
                for name, told in MARKS.items()
                for (day, session), status in told.items()
            ],
            "roll_calls": [
                {"school_id": s, "class_id": "1", "date": day, "session": session}
                for s, days in CALLED.items()
                for day, sessions in days.items()
                for session in sessions
            ],
        },
        mode=mode,
        folder=new_folder(),
    )


def _returns(school: str) -> set[date]:
    """The first five school days after more than a week without school."""
    days = sorted(school_days(school))
    found: set[date] = set()
    for n in range(1, len(days)):
        if (days[n] - days[n - 1]).days > 7:
            found |= {d for d in days[n : n + 5] if days.index(d) - n < 5}
    return found


def _halves(name: str, day: date, *kinds: str) -> int:
    told = ((s, MARKS[name].get((day, s))) for s in ("day", "am", "pm"))
    return sum(2 if session == "day" else 1 for session, status in told if status in kinds)


def _want(name: str, mode: str, *, whole: bool) -> dict[date, tuple[int | None, ...]]:
    """All columns of every day of one pupil."""
    start, end = LIVES[name]
    mine = [d for d in school_days(name[0]) if start <= d <= (end or TODAY)]
    considered = mine if whole else [d for d in mine if d > back(400)]
    calls = CALLED[name[0]]
    taken = {d: min(2, sum(2 if s == "day" else 1 for s in calls[d])) for d in considered}
    seen = days_seen(Pupil(MARKS[name]), school_days=considered, taken=taken, mode=mode)
    term_start = back(TERMS[name[0]]["2026-2027-1"][0])
    after_break = _returns(name[0])
    told: dict[date, tuple[int | None, ...]] = {}
    for day, e in seen.items():
        if not whole and day < term_start and day <= back(60):
            continue
        no, t = (day - EPOCH).days, (day - TODAY).days
        sick, personal = _halves(name, day, "sick"), _halves(name, day, "personal")
        edge, returning = day.isoweekday() in (1, 5), day in after_break
        told[day] = (
            e.expected, e.known, e.present, e.absent, e.unexplained, sick + personal, sick, personal,
            _halves(name, day, "late"), _halves(name, day, "early_leave"), 1, int(e.known > 0),
            int(e.known > 0 and e.absent == e.known), int(e.known > 0 and e.unexplained == e.known), no,
            e.known if edge else 0, e.absent if edge else 0, e.known if returning else 0,
            e.absent if returning else 0, no if e.present > 0 else None, no if e.absent > 0 else None,
            e.known * t, e.known * t * t, e.absent * t,
        )  # fmt: skip
    return told


@pytest.mark.parametrize("whole", [False, True], ids=["looked-at", "whole"])
@pytest.mark.parametrize("mode", ["full", "exceptions"])
def test_every_column_of_every_day_is_what_loops_give(mode: str, whole: bool) -> None:
    """All numbers of all days: of the term or of sixty days, for outcomes of everything on record."""
    session = open_session("polars")
    frame = session.collect(Day(facts(mode), TODAY, session, whole=whole).days)
    session.close()
    got: dict[str, dict[date, tuple[int | None, ...]]] = {name: {} for name in LIVES}
    for row in frame.iter_rows(named=True):
        day = EPOCH + timedelta(days=row["on_no"])
        assert day not in got[row["student_id"]]
        assert row["class_key"] == f"{row['student_id'][0]}|1|2025"
        got[row["student_id"]][day] = tuple(row[c] for c in COLUMNS)
    for name, days in got.items():
        assert days == _want(name, mode, whole=whole), name


def test_the_drawn_pupils_show_every_sort_of_day() -> None:
    """The law above is not empty: whoever had gone, closed days, half-days and returns are among them."""
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for name in LIVES
        for row in _want(name, "exceptions", whole=False).values()
    ]
    for column in COLUMNS:
        assert len({row[column] for row in rows}) > (column != "one"), column
    assert {row["expected"] for row in rows} == {1, 2}
    still = _want("A91", "exceptions", whole=False), _want("A90", "exceptions", whole=False)
    assert [sum(day[1] or 0 for day in days.values()) > 0 for days in still] == [False, True]
