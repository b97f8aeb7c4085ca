"""How long ago: the last day at school, and the last day of any absence."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Example, Indicator, Part, given

_KNOWN = Part("days", "known", "term")
_ATTENDED = Part("days", "attended_no", "all", "max")
_ABSENT = Part("days", "absent_no", "all", "max")
_ROWS = together(
    marks("a", monday(2), "PPPSU UUUUU"),
    marks("b", monday(2), "PPPPP PPPPP"),
    marks("c", monday(2), "....."),
)

INDICATORS = (
    Indicator(
        "days_since_attended",
        family="attendance",
        direction=1,
        changeable=True,
        unit="days",
        parts=(_ATTENDED, _KNOWN),
        value=lambda p: given(p[_KNOWN], p.today - p[_ATTENDED]),
        label_zh="距最近一次到校天数",
        label_en="days since last at school",
        zh="最近一次有记录的到校是{last:date}，距今{value:int}天。",
        en="Last recorded at school on {last:date}, {value:int} days ago.",
        says=lambda p: {"last": p[_ATTENDED]},
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, {"a": 9.0, "b": 0.0, "c": None}),
            Example(
                {"attendance": marks("a", monday(1), "UUUUU")},
                FRIDAY,
                {"a": None},
                "never seen at school: no last day, the run of absence says it",
            ),
        ),
    ),
    Indicator(
        "days_since_absence",
        family="attendance",
        direction=-1,
        changeable=True,
        unit="days",
        parts=(_ABSENT,),
        value=lambda p: p.today - p[_ABSENT],
        label_zh="距最近一次缺勤天数",
        label_en="days since last absent",
        zh="最近一次缺勤是{last:date}，距今{value:int}天。",
        en="Last absent on {last:date}, {value:int} days ago.",
        says=lambda p: {"last": p[_ABSENT]},
        examples=(
            Example(
                {"attendance": _ROWS},
                FRIDAY,
                {"a": 0.0, "b": None, "c": None},
                "no absence on record: no number",
            ),
            Example({"attendance": marks("a", monday(1), "PSPPP")}, FRIDAY, {"a": 3.0}),
        ),
    ),
)
