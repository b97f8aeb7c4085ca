"""The contract's rules about days in plain Python loops: an oracle that shares no line with the product."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

UNEXPLAINED = {"unexcused", "unexplained"}
AWAY = {"sick", "personal", "unexcused", "unexplained", "absent"}
CLOSED = {"excluded", "closed"}
BACK = {"present", "late", "early_leave"}


@dataclass
class DaySeen:
    """What is known of one pupil's school day, in half-days."""

    expected: int = 0
    known: int = 0
    absent: int = 0
    unexplained: int = 0
    present: int = 0


@dataclass
class Pupil:
    """Marks of one pupil: (day, session) -> status."""

    marks: dict[tuple[date, str], str] = field(default_factory=dict)


def _halves(session: str) -> int:
    return 2 if session == "day" else 1


def days_seen(
    pupil: Pupil, *, school_days: list[date], taken: dict[date, int], mode: str
) -> dict[date, DaySeen]:
    """One entry a school day on which the pupil was expected, by the contract's section 'Days'."""
    seen: dict[date, DaySeen] = {}
    gone = False
    streak = 0
    for day in school_days:
        marks = [(s, status) for (d, s), status in pupil.marks.items() if d == day]
        marked = sum(_halves(s) for s, _ in marks)
        closed = sum(_halves(s) for s, status in marks if status in CLOSED)
        away = sum(_halves(s) for s, status in marks if status in AWAY)
        unexplained = sum(_halves(s) for s, status in marks if status in UNEXPLAINED)
        missing = max(taken.get(day, 0) - marked, 0) if mode == "exceptions" else 0
        if mode == "exceptions" and (marked > closed or missing):
            alone = unexplained > 0 and unexplained == marked - closed and missing == 0
            streak = streak + 1 if alone else 0
            if any(status in BACK for _, status in marks):
                gone = False
            if streak >= 3:
                gone = True
        presumed = 0 if gone else missing
        entry = DaySeen(
            expected=max(2 - closed, 0),
            known=marked - closed + presumed,
            absent=away,
            unexplained=unexplained,
            present=marked - closed - away + presumed,
        )
        if entry.expected > 0:
            seen[day] = entry
    return seen


def runs(seen: dict[date, DaySeen], kind: str) -> list[tuple[date, int, bool]]:
    """(first day, length, reaches the last known day) of each run of whole days of ``kind``."""
    known = [(d, e) for d, e in sorted(seen.items()) if e.known > 0]
    found: list[list[date]] = []
    inside = False
    for day, entry in known:
        if getattr(entry, kind) == entry.known:
            if not inside:
                found.append([])
            found[-1].append(day)
            inside = True
        else:
            inside = False
    last = known[-1][0] if known else None
    return [(run[0], len(run), run[-1] == last) for run in found]


def _newest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Of some enrolments the one that counts: latest start, then latest known, then school."""
    counted = None
    for row in rows:
        rank = (row["start_on"], row["known_on"], row["school_id"])
        if counted is None or rank > (
            counted["start_on"],
            counted["known_on"],
            counted["school_id"],
        ):
            counted = row
    return counted


def in_force(rows: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    """The enrolment in force on a day, by the contract's section 'One row per pupil'."""
    return _newest(
        [r for r in rows if r["start_on"] <= day and (r["end_on"] is None or r["end_on"] >= day)]
    )


def standing(rows: list[dict[str, Any]], day: date) -> dict[str, Any] | None:
    """The enrolment in force on the day, else the newest that has ended."""
    return in_force(rows, day) or _newest([r for r in rows if r["start_on"] <= day])
