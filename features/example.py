"""Short ways to write an example's rows: a week of marks as five letters, a paper as a list of scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
Rows = tuple[Row, ...]

#: One letter a school day; a dot is a day without a row, a space is read over.
MARKS = {
    "P": "present", "L": "late", "E": "early_leave", "S": "sick", "Q": "personal", "O": "official",
    "X": "excluded", "C": "closed", "K": "unexcused", "U": "unexplained", "A": "absent",
}  # fmt: skip
TERM = "2026-2027-1"
#: The day most examples are asked about, a Friday, so that all of them can be computed in one pass.
FRIDAY = date(2026, 11, 6)
#: Where an example does not say otherwise: one class of one school, school days Monday to Friday.
SCHOOL, CLASS, YEAR = "3201010001", "1", "2026"


def monday(weeks: int) -> date:
    """The Monday of the last, the second last ... week that ends on ``FRIDAY``."""
    return FRIDAY - timedelta(days=7 * weeks - 3)


def weekdays(first: date) -> Iterator[date]:
    """Mondays to Fridays from ``first`` on, without end."""
    day = first
    while True:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def marks(student: str, first: date, letters: str) -> Rows:
    """Attendance rows of consecutive weekdays, one letter of ``MARKS`` each."""
    wanted = letters.replace(" ", "")
    return tuple(
        {"student_id": student, "date": day, "status": MARKS[letter]}
        for day, letter in zip(weekdays(first), wanted, strict=False)
        if letter != "."
    )


def halves(student: str, day: date, letters: str) -> Rows:
    """The two half-days of one day."""
    return tuple(
        {"student_id": student, "date": day, "session": session, "status": MARKS[letter]}
        for session, letter in zip(("am", "pm"), letters, strict=True)
    )


def taken(first: date, days: int) -> Rows:
    """Roll calls of the example's class on so many consecutive weekdays."""
    return tuple(
        {"school_id": SCHOOL, "class_id": CLASS, "date": day}
        for day, _ in zip(weekdays(first), range(days), strict=False)
    )


def together(*groups: Rows) -> Rows:
    """Rows one after the other."""
    return tuple(row for group in groups for row in group)


def log(student: str, kind: str, counts: Mapping[date, int]) -> Rows:
    """Activity rows of one kind, by day."""
    return tuple(
        {"student_id": student, "date": day, "kind": kind, "count": n} for day, n in counts.items()
    )


def schedule(dues: Mapping[str, date], weight: float = 10) -> Rows:
    """Set work of the example's class: what is due when, of equal weight."""
    return tuple(
        {
            "school_id": SCHOOL, "class_id": CLASS, "school_year": YEAR, "term": TERM,
            "subject": name, "due_on": due, "weight": weight, "known_on": date(2026, 9, 1),
        }
        for name, due in dues.items()
    )  # fmt: skip


def handed(student: str, name: str, day: date, score: float | None = None) -> Row:
    """One piece of work handed in, with its score out of 100 where it has one."""
    return {
        "student_id": student, "term": TERM, "exam": "assignment", "subject": name,
        "happened_on": day, "score": score, "full_score": None if score is None else 100.0,
    }  # fmt: skip


def sat(student: str, exam: str, day: date, **results: float | str) -> Rows:
    """One pupil's results of one exam by subject: a score out of 100, or a level."""
    return tuple(
        {
            "student_id": student, "term": TERM, "exam": exam, "subject": subject, "happened_on": day,
            "score": None if isinstance(result, str) else float(result),
            "full_score": None if isinstance(result, str) else 100.0,
            "level": result if isinstance(result, str) else None,
        }
        for subject, result in results.items()
    )  # fmt: skip


def classmates(count: int = 10) -> tuple[str, ...]:
    """Names of so many pupils beside the one an example is about."""
    return tuple(f"c{n:02d}" for n in range(1, count + 1))
