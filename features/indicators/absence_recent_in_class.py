"""The last two weeks of absence beside the class: a wave of illness is not one pupil's drift."""

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

INDICATOR = Indicator(
    "absence_2w_vs_class",
    family="attendance",
    direction=1,
    changeable=True,
    unit="share",
    parts=(),
    peers="class",
    uses=("absence_2w",),
    value=lambda p: p.indicator("absence_2w") - p.mean("absence_2w"),
    label_zh="近2周缺勤率与本班平均之差",
    label_en="absence rate less the class mean, last 2 weeks",
    zh="近2周缺勤率{own:percent}，本班平均{mean:percent}。",
    en="Absence rate {own:percent} in the last 2 weeks; class mean {mean:percent}.",
    says=lambda p: {"own": p.indicator("absence_2w"), "mean": p.mean("absence_2w")},
    examples=(
        Example({"attendance": _CLASS}, FRIDAY, {"a": 0.17, _MATES[0]: 0.07, _MATES[1]: -0.03}),
        Example({"attendance": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
    ),
)
