"""The term's attendance as a calendar: a row a weekday, a column a week, a letter in each cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from serving.services.views import AttendanceDay

#: status code -> letter zh, letter en, word zh, word en. Letters, so that nothing hangs on colour.
MARKS: dict[str, tuple[str, str, str, str]] = {
    "present": ("", "", "到校", "present"),
    "unexcused": ("旷", "U", "旷课", "unexcused"),
    "unexplained": ("查", "C", "缺勤待查", "absent, to check"),
    "absent": ("缺", "A", "缺勤未分类", "absent, kind not recorded"),
    "sick": ("病", "S", "病假", "sick leave"),
    "personal": ("事", "P", "事假", "personal leave"),
    "late": ("迟", "L", "迟到", "late"),
    "early_leave": ("早", "E", "早退", "left early"),
    "official": ("公", "O", "公假", "official leave"),
    "excluded": ("停", "X", "停课", "class suspended for the pupil"),
    "closed": ("休", "–", "不上课", "no school"),
    "holiday": ("休", "–", "不上课", "no school"),
    "": ("？", "?", "考勤未报（不等于到校）", "not taken (not the same as present)"),
}
WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SATURDAY = 5
#: A gap between school days longer than this parts two terms (the October holiday is eight days).
LONG_BREAK = timedelta(days=14)
#: Said in the summary above the calendar, in this order.
COUNTED = ("unexcused", "unexplained", "absent", "sick", "personal", "late", "early_leave", "")


@dataclass(frozen=True)
class Cell:
    """One day: its status code (a CSS class), letter and words; no date: outside the term."""

    on: date | None
    mark: str
    letter_zh: str
    letter_en: str
    word_zh: str
    word_en: str


@dataclass(frozen=True)
class Weekday:
    """One row of the calendar."""

    zh: str
    en: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Calendar:
    """Weeks by their Monday, rows by weekday, counts (zh word, en word, days), marks that occur."""

    weeks: tuple[date, ...]
    rows: tuple[Weekday, ...]
    counts: tuple[tuple[str, str, int], ...]
    legend: tuple[Cell, ...]


_OUTSIDE = Cell(None, "outside", "", "", "", "")


def calendar(days: Sequence[AttendanceDay]) -> Calendar | None:
    """The calendar of ``days``; Saturdays and Sundays only where school was held on one."""
    if not days:
        return None
    marks = _this_term({d.on: d.mark for d in days})
    first, last = min(marks), max(marks)
    monday = first - timedelta(days=first.weekday())
    weeks = tuple(monday + timedelta(weeks=i) for i in range((last - monday).days // 7 + 1))
    shown = [w for w in range(7) if w < SATURDAY or _held(marks, w)]
    rows = tuple(
        Weekday(
            WEEKDAYS_ZH[w],
            WEEKDAYS_EN[w],
            tuple(_cell(week + timedelta(days=w), marks) for week in weeks),
        )
        for w in shown
    )
    return Calendar(weeks, rows, _counts(marks), _legend(rows))


def _this_term(marks: dict[date, str]) -> dict[date, str]:
    """The days since the last long break: what came before it is another term."""
    school = sorted(on for on, mark in marks.items() if mark != "holiday")
    starts = [b for a, b in pairwise(school) if b - a > LONG_BREAK]
    return {on: mark for on, mark in marks.items() if not starts or on >= starts[-1]}


def _held(marks: dict[date, str], weekday: int) -> bool:
    return any(on.weekday() == weekday and mark != "holiday" for on, mark in marks.items())


def _cell(on: date, marks: dict[date, str]) -> Cell:
    if on not in marks:
        inside = min(marks) <= on <= max(marks) and on.weekday() < SATURDAY
        return Cell(on, "holiday", *MARKS["holiday"]) if inside else _OUTSIDE
    code = marks[on] if marks[on] in MARKS else ""
    return Cell(on, code or "unknown", *MARKS[code])


def _counts(marks: dict[date, str]) -> tuple[tuple[str, str, int], ...]:
    number = Counter(marks.values())
    return tuple((MARKS[c][2], MARKS[c][3], number[c]) for c in COUNTED if number[c])


def _legend(rows: Sequence[Weekday]) -> tuple[Cell, ...]:
    """One cell of every mark that occurs, in the order of ``MARKS``; the two closed ones as one."""
    seen = {cell.mark: cell for row in rows for cell in row.cells if cell.on is not None}
    order = [code or "unknown" for code in MARKS if code != "closed"]
    return tuple(seen[mark] for mark in order if mark in seen)
