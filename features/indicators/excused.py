"""Leave that was asked for, sick or personal: its rate over eight weeks, and the sick part over four."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Example, Indicator, Part, ratio

_ROWS = together(
    marks("a", monday(4), "SSPPP PPPPP QUPPP PPPPP"),
    marks("b", monday(4), "UUPPP"),
    marks("c", monday(4), "....."),
)


def _rate(what: str, span: str, zh: tuple[str, str], en: tuple[str, str]) -> Indicator:
    part, known = Part("days", what, span), Part("days", "known", span)
    return Indicator(
        f"{what}_{span}",
        family="attendance",
        direction=0,
        changeable=True,
        unit="share",
        parts=(part, known),
        value=lambda p: ratio(p[part], p[known]),
        label_zh=f"{zh[0]}{zh[1]}占比",
        label_en=f"share of days on {en[1]}, {en[0]}",
        zh=f"{zh[0]}有{{k:days}}天{zh[1]}，占有记录{{n:days}}天的{{value:percent}}。",
        en=f"{{k:days}} of {{n:days}} recorded days on {en[1]}, {en[0]}.",
        says=lambda p: {"n": p[known], "k": p[part]},
        examples=(
            Example(
                {"attendance": _ROWS},
                FRIDAY,
                {"a": 0.15 if what == "excused" else 0.1, "b": 0.0, "c": None},
            ),
            Example(
                {"attendance": marks("a", monday(1), "SPQPS")},
                FRIDAY,
                {"a": 0.6 if what == "excused" else 0.4},
            ),
        ),
    )


INDICATORS = (
    _rate("excused", "8w", ("近8周", "请病假或事假"), ("last 8 weeks", "sick or personal leave")),
    _rate("sick", "4w", ("近4周", "请病假"), ("last 4 weeks", "sick leave")),
)
