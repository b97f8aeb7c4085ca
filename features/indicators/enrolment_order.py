"""Who came to the class early and who late, beside the class."""

from __future__ import annotations

from features.example import FRIDAY, classmates, monday
from features.indicator import Example, Indicator, Part

_DAYS = Part("pupils", "enrolled_days", "all", "max")

INDICATOR = Indicator(
    "enrolled_days_standing",
    family="mobility",
    direction=0,
    changeable=False,
    unit="share",
    parts=(_DAYS,),
    peers="class",
    uses=("absence_4w",),
    value=lambda p: p.standing_of(p[_DAYS]),
    label_zh="到班时间长短在本班的位置",
    label_en="place of time in the class within the class",
    zh="到本班已有{days:int}天，在本班由短到长中位置{value:third}。",
    en="{days:int} days in this class: {value:third} third of the class.",
    says=lambda p: {"days": p[_DAYS]},
    examples=(
        Example(
            {
                "enrolments": ({"student_id": "a", "start_on": monday(1)},),
                "students": tuple({"student_id": m} for m in classmates(9)),
            },
            FRIDAY,
            {"a": 0.05, "c01": 0.55},
            "the newest of ten; the others came together",
        ),
        Example({}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
    ),
)
