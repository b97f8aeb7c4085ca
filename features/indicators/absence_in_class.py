"""Absence beside the class: what is usual in one class is unusual in another."""

from __future__ import annotations

from features.example import FRIDAY, classmates, marks, monday, together
from features.indicator import Example, Indicator

_MATES = classmates(9)
_CLASS = together(
    marks("a", monday(2), "UUPPP PPPPP"),
    *(marks(mate, monday(2), "PPPPP PPPPP") for mate in _MATES[1:]),
    marks(_MATES[0], monday(2), "PPPPP PPPPS"),
)
_SMALL = together(marks("a", monday(2), "UUPPP"), marks("b", monday(2), "PPPPP"))

INDICATORS = (
    Indicator(
        "absence_4w_vs_class",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(),
        peers="class",
        uses=("absence_4w",),
        value=lambda p: p.indicator("absence_4w") - p.mean("absence_4w"),
        label_zh="近4周缺勤率与本班平均之差",
        label_en="absence rate less the class mean, last 4 weeks",
        zh="近4周缺勤率{own:percent}，本班平均{mean:percent}。",
        en="Absence rate {own:percent} in the last 4 weeks; class mean {mean:percent}.",
        says=lambda p: {"own": p.indicator("absence_4w"), "mean": p.mean("absence_4w")},
        examples=(
            Example(
                {"attendance": _CLASS},
                FRIDAY,
                {"a": 0.17, _MATES[0]: 0.07, _MATES[1]: -0.03},
            ),
            Example({"attendance": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
        ),
    ),
    Indicator(
        "absence_8w_standing",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(),
        peers="class",
        uses=("absence_8w",),
        value=lambda p: p.standing("absence_8w"),
        label_zh="近8周缺勤率在本班的位置",
        label_en="place of the absence rate within the class, last 8 weeks",
        zh="近8周缺勤率{own:percent}，在本班缺勤由少到多中位置{value:third}。",
        en="Absence rate {own:percent} in the last 8 weeks: {value:third} third of the class's absence.",
        says=lambda p: {"own": p.indicator("absence_8w")},
        examples=(
            Example(
                {"attendance": _CLASS},
                FRIDAY,
                {"a": 0.95, _MATES[0]: 0.85, _MATES[1]: 0.4},
                "ties share their place",
            ),
            Example({"attendance": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
        ),
    ),
)
