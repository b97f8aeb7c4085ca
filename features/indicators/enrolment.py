"""When the pupil joined the class, beside the first day of its term."""

from __future__ import annotations

from datetime import date, timedelta

from features.example import FRIDAY, TERM, Row
from features.indicator import Example, Indicator, Part

_BEFORE, _JOINED, _FIRST = (
    Part("moves", what, "all", "max") for what in ("before_days", "joined", "enrolled_no")
)


def _enrolled(**days: date) -> dict[str, tuple[Row, ...]]:
    return {"enrolments": tuple({"student_id": s, "start_on": day} for s, day in days.items())}


_ROWS = _enrolled(
    a=date(2026, 9, 1),
    b=date(2026, 8, 22),
    c=date(2026, 9, 9),
    d=FRIDAY - timedelta(days=55),
    e=FRIDAY,
)
_NO_DAYS = {
    "calendar": ({"date": date(2026, 9, 1), "term": TERM, "is_school_day": 0},),
}

INDICATORS = (
    Indicator(
        "enrolled_before_term_days",
        family="mobility",
        unit="days",
        parts=(_BEFORE, _FIRST),
        value=lambda p: p[_BEFORE],
        label_zh="入班日期距该学期首日天数（负数为之前）",
        label_en="first day in the class, days from the first day of its term (negative: before)",
        zh="入班日期为{first:date}，距该学期首日{value:int}天（负数为之前）。",
        en="Joined the class on {first:date}, {value:int} days from the first day of its term.",
        says=lambda p: {"first": p[_FIRST]},
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0, "b": -10, "c": 8, "d": 11, "e": 66}),
            Example(_NO_DAYS, FRIDAY, {"a": None}, "no school day in the calendar: no first day"),
        ),
    ),
    Indicator(
        "joined_class_8w",
        family="mobility",
        unit="flag",
        parts=(_JOINED, _FIRST),
        value=lambda p: p[_JOINED],
        label_zh="近8周中途入班",
        label_en="joined the class within the last 8 weeks, during term",
        zh="近8周中途入班：{value:yes}（入班日期{first:date}）。",
        en="Joined the class during term in the last 8 weeks: {value:yes} (on {first:date}).",
        says=lambda p: {"first": p[_FIRST]},
        examples=(
            Example(
                _ROWS,
                FRIDAY,
                {"a": 0, "b": 0, "c": 0, "d": 1, "e": 1},
                "the last day of the eighth week counts; c joined before",
            ),
            Example(_NO_DAYS, FRIDAY, {"a": None}, "no school day in the calendar"),
        ),
    ),
)
