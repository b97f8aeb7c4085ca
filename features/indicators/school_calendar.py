"""Where in the school year the day lies: week of term, the last break, the examination to come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from features.example import FRIDAY, TERM, Row
from features.indicator import Example, Indicator, Part, ratio

_WEEK, _PASSED, _TOTAL, _TERM_NO, _BACK, _FEAST, _EXAM = (
    Part("context", what, "all", "max")
    for what in ("week", "passed", "total", "term_no", "back_no", "after_festival", "exam_no")
)
_SPRING = "2026-2027-2"
#: Spring Festival 2027 is 6 February.
_MARCH = date(2027, 3, 5)


def _days(term: str, days: Iterable[date]) -> tuple[Row, ...]:
    return tuple({"date": d, "term": term, "is_school_day": 1} for d in days)


def _span(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


_SHORT = {"calendar": _days(TERM, _span(date(2026, 11, 2), 20))}
_OVER = {"calendar": _days(TERM, _span(date(2026, 9, 1), 40))}
_YEAR = {
    "calendar": (
        *_days(TERM, _span(date(2027, 1, 4), 5)),
        *_days(_SPRING, _span(date(2027, 2, 22), 120)),
    )
}
_NO_DAYS = {"calendar": ({"date": date(2026, 9, 1), "term": TERM, "is_school_day": 0},)}
_EMPTY = Example(_NO_DAYS, FRIDAY, {"a": None}, "no school day in the calendar")
_EXAM_ROWS = {
    "calendar": (
        *_days(TERM, _span(date(2026, 9, 1), 100)),
        *_days(_SPRING, _span(date(2027, 3, 1), 110)),
    ),
    "enrolments": (
        {"student_id": "a", "start_on": date(2026, 9, 1), "grade": "9", "class_id": "9"},
        {"student_id": "b", "start_on": date(2026, 9, 1), "grade": "8", "class_id": "8"},
    ),
}

INDICATORS = (
    Indicator(
        "school_week",
        family="context",
        unit="weeks",
        parts=(_WEEK, _TERM_NO),
        value=lambda p: p[_WEEK],
        label_zh="学期第几周",
        label_en="week of the term",
        zh="本周为学期第{value:int}周（{first:date}开学）。",
        en="Week {value:int} of the term, which began on {first:date}.",
        says=lambda p: {"first": p[_TERM_NO]},
        examples=(
            Example({}, FRIDAY, {"a": 10}, "seven days from the first day of term are week 1"),
            Example(_OVER, FRIDAY, {"a": None}, "the term is over"),
            _EMPTY,
        ),
    ),
    Indicator(
        "term_progress",
        family="context",
        unit="share",
        parts=(_PASSED, _TOTAL),
        value=lambda p: ratio(p[_PASSED], p[_TOTAL]),
        label_zh="本学期已过上课日比例",
        label_en="share of the term's school days that have passed",
        zh="本学期{n:int}个上课日已过{k:int}个（{value:percent}）。",
        en="{k:int} of the term's {n:int} school days have passed ({value:percent}).",
        says=lambda p: {"n": p[_TOTAL], "k": p[_PASSED]},
        examples=(
            Example(_SHORT, FRIDAY, {"a": 0.25}, "the published calendar is known beforehand"),
            Example(_OVER, FRIDAY, {"a": 1.0}, "in the holidays the term just ended"),
            _EMPTY,
        ),
    ),
    Indicator(
        "days_since_break",
        family="context",
        unit="days",
        parts=(_BACK,),
        value=lambda p: p.today - p[_BACK],
        label_zh="距最近一次长假后返校天数",
        label_en="days since school began again after a long break",
        zh="最近一次长假后于{back:date}返校，距今{value:int}天。",
        en="School began again after the last long break on {back:date}, {value:int} days ago.",
        says=lambda p: {"back": p[_BACK]},
        examples=(
            Example({}, FRIDAY, {"a": 28}, "National Day: back on 9 October"),
            Example(_SHORT, FRIDAY, {"a": None}, "no break in the calendar so far"),
            _EMPTY,
        ),
    ),
    Indicator(
        "after_spring_festival",
        family="context",
        unit="flag",
        parts=(_FEAST, _BACK),
        value=lambda p: p[_FEAST],
        label_zh="春节后开学四周内",
        label_en="within four weeks after the Spring Festival break",
        zh="处于春节后开学四周内：{value:yes}。",
        en="Within four weeks after the Spring Festival break: {value:yes}.",
        examples=(
            Example(_YEAR, _MARCH, {"a": 1}, "back on 22 February, eleven days ago"),
            Example({}, FRIDAY, {"a": 0}),
            _EMPTY,
        ),
    ),
    Indicator(
        "weeks_to_exam",
        family="context",
        unit="weeks",
        parts=(_EXAM,),
        value=lambda p: (p[_EXAM] - p.today) / 7,
        label_zh="九年级距中考周数",
        label_en="weeks to the entrance examination (grade 9)",
        zh="按校历距九年级最后上课日（中考前后）约{value:num}周。",
        en="About {value:num} weeks to the last school day of grade 9, near the entrance examination.",
        says=lambda p: {"last": p[_EXAM]},
        examples=(
            Example(
                _EXAM_ROWS,
                date(2027, 4, 30),
                {"a": 7.0, "b": None},
                "last school day 18 June; other grades have no number",
            ),
            Example({}, FRIDAY, {"a": None}, "grade 7"),
        ),
    ),
)
