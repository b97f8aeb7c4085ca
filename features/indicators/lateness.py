"""Coming late and leaving early: present both times, and yet a sign."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Example, Indicator, Part, ratio

_ROWS = together(
    marks("a", monday(4), "LLPPE PPPPP PLPPP PPPPP"),
    marks("b", monday(4), "PPUUU"),
    marks("c", monday(4), "....."),
)


def _rate(what: str, span: str, zh: tuple[str, str], en: tuple[str, str]) -> Indicator:
    part, known = Part("days", what, span), Part("days", "known", span)
    values: dict[str, float | None] = {"a": 0.15 if what == "late" else 0.05, "b": 0.0, "c": None}
    return Indicator(
        f"{what}_{span}",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(part, known),
        value=lambda p: ratio(p[part], p[known]),
        label_zh=f"{zh[0]}{zh[1]}比例",
        label_en=f"share of days {en[1]}, {en[0]}",
        zh=f"{zh[0]}{zh[1]}{{k:days}}天（有记录{{n:days}}天）。",
        en=f"{{k:days}} of {{n:days}} recorded days {en[1]}, {en[0]}.",
        says=lambda p: {"n": p[known], "k": p[part]},
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, values),
            Example({"attendance": marks("a", monday(1), "LEPPP")}, FRIDAY, {"a": 0.2}),
        ),
    )


INDICATORS = (
    _rate("late", "4w", ("近4周", "迟到"), ("last 4 weeks", "late")),
    _rate("late", "8w", ("近8周", "迟到"), ("last 8 weeks", "late")),
    _rate("early", "8w", ("近8周", "早退"), ("last 8 weeks", "left early")),
)
