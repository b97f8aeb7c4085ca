"""Older than is usual in the grade: late entry or repetition. A child's own fact, nobody's fault."""

from __future__ import annotations

from datetime import date

from features.example import FRIDAY
from features.indicator import Example, Indicator, Part

_YEARS = Part("moves", "years_over", "all", "max")


def _born(**days: date) -> dict[str, tuple[dict[str, object], ...]]:
    return {"students": tuple({"student_id": s, "birth_date": day} for s, day in days.items())}


INDICATOR = Indicator(
    "over_age_years",
    family="mobility",
    unit="number",
    direction=1,
    parts=(_YEARS,),
    value=lambda p: p[_YEARS],
    label_zh="年龄与年级通常年龄之差（整年）",
    label_en="whole years above the usual age of the grade",
    zh="以8月31日计，年龄与本年级通常年龄相差{value:int}岁。",
    en="By 31 August {value:int} years from the usual age of the grade.",
    examples=(
        Example(
            _born(a=date(2014, 8, 31), b=date(2013, 9, 1), d=date(2012, 8, 31), e=date(2014, 9, 1)),
            FRIDAY,
            {"a": 0, "b": 0, "d": 2, "e": -1},
            "grade 7: twelve by 31 August",
        ),
        Example({}, FRIDAY, {"a": None}, "no birth date on record"),
    ),
)
