"""Where absence is heading: the last four weeks against the four before, and the slope over eight."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, ratio

_NOW, _NOW_KNOWN = Part("days", "absent", "4w"), Part("days", "known", "4w")
_BEFORE, _BEFORE_KNOWN = Part("days", "absent", "p4w"), Part("days", "known", "p4w")
_N, _T, _TT = (Part("days", what, "8w") for what in ("known", "known_t", "known_tt"))
_Y, _TY = (Part("days", what, "8w") for what in ("absent", "absent_t"))
_ROWS = together(
    marks("a", monday(8), "PPPPP PPPPP PPPPP PPPPP UPPPP UPPPP UUPPP UPPPP"),
    marks("b", monday(8), "PPPPP PPPPP PPPPP PPPPP PPPPP PPPPP PPPPP PPPPP"),
    marks("c", monday(8), "....."),
)


def _slope(p: Columns) -> Expr:
    """Least squares of absence (0..1) on time, each session weighing alike; per week."""
    spread = p[_N] * p[_TT] - p[_T] * p[_T]
    return 7 * ratio(p[_N] * p[_TY] - p[_T] * p[_Y], spread)


INDICATORS = (
    Indicator(
        "absence_change_4w",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_NOW, _NOW_KNOWN, _BEFORE, _BEFORE_KNOWN),
        value=lambda p: ratio(p[_NOW], p[_NOW_KNOWN]) - ratio(p[_BEFORE], p[_BEFORE_KNOWN]),
        label_zh="缺勤率变化（近4周与此前4周）",
        label_en="change of absence rate, last 4 weeks and the 4 before",
        zh="近4周缺勤率{now:percent}，此前4周为{before:percent}。",
        en="Absence rate {now:percent} in the last 4 weeks, {before:percent} in the 4 before.",
        says=lambda p: {
            "now": ratio(p[_NOW], p[_NOW_KNOWN]),
            "before": ratio(p[_BEFORE], p[_BEFORE_KNOWN]),
        },
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, {"a": 0.25, "b": 0.0, "c": None}),
            Example(
                {"attendance": marks("a", monday(1), "PPUPP")},
                FRIDAY,
                {"a": None},
                "nothing recorded before: no change",
            ),
        ),
    ),
    Indicator(
        "absence_trend_8w",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_N, _T, _TT, _Y, _TY),
        value=_slope,
        label_zh="近8周缺勤趋势（每周变化）",
        label_en="trend of absence per week, last 8 weeks",
        zh="近8周缺勤率平均每周变化{value:points}个百分点。",
        en="Over the last 8 weeks the absence rate changed by {value:points} points a week.",
        examples=(
            Example(
                {"attendance": marks("a", monday(2), "P.... U....")},
                FRIDAY,
                {"a": 1.0},
                "present one Monday, absent the next: one whole in a week",
            ),
            Example(
                {"attendance": together(marks("a", monday(1), "U"), marks("c", monday(8), "."))},
                FRIDAY,
                {"a": None, "c": None},
                "one day has no slope",
            ),
        ),
    ),
)
