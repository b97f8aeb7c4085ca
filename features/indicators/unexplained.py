"""Absence without leave and without a known reason: its rate, and its share of all absence."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Example, Indicator, Part, ratio

_ROWS = together(
    marks("a", monday(4), "PPPPP PPPPP UKPPP PSPPP"),
    marks("b", monday(4), "PPPPP PPPPP AAPPP PPPPP"),
    marks("c", monday(4), "....."),
)
_SPANS = {"4w": ("近4周", "in the last 4 weeks"), "8w": ("近8周", "in the last 8 weeks")}


def _rate(span: str) -> Indicator:
    part, known = Part("days", "unexplained", span), Part("days", "known", span)
    zh, en = _SPANS[span]
    return Indicator(
        f"unexplained_{span}",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(part, known),
        value=lambda p: ratio(p[part], p[known]),
        label_zh=f"{zh}未请假缺勤率",
        label_en=f"absence without leave {en}",
        zh=f"{zh}有{{k:days}}天未到校且无请假记录，占有记录{{n:days}}天的{{value:percent}}，待核实。",
        en=f"Absent without a record of leave on {{k:days}} of {{n:days}} days {en}, to be verified.",
        says=lambda p: {"n": p[known], "k": p[part]},
        examples=(
            Example(
                {"attendance": _ROWS},
                FRIDAY,
                {"a": 0.1, "b": 0.0, "c": None},
                "absence of no known kind is never unexplained",
            ),
            Example(
                {"attendance": marks("a", monday(1), "UUPPL")},
                FRIDAY,
                {"a": 0.4},
                "late is present",
            ),
        ),
    )


_PART, _ABSENT = Part("days", "unexplained", "8w"), Part("days", "absent", "8w")
_SHARE = Indicator(
    "unexplained_share_8w",
    family="attendance",
    direction=1,
    changeable=True,
    unit="share",
    parts=(_PART, _ABSENT),
    value=lambda p: ratio(p[_PART], p[_ABSENT]),
    label_zh="近8周缺勤中未请假的比例",
    label_en="share of absence without leave, last 8 weeks",
    zh="近8周缺勤{n:days}天，其中{k:days}天没有请假记录。",
    en="Days of absence in the last 8 weeks: {n:days}; without a record of leave: {k:days}.",
    says=lambda p: {"n": p[_ABSENT], "k": p[_PART]},
    examples=(
        Example({"attendance": _ROWS}, FRIDAY, {"a": 2 / 3, "b": 0.0, "c": None}),
        Example(
            {"attendance": marks("a", monday(1), "PPPPP")},
            FRIDAY,
            {"a": None},
            "no absence, no share",
        ),
    ),
)

INDICATORS = (*(_rate(span) for span in _SPANS), _SHARE)
