"""Participation beside the class: courses differ in how much there is to do, and weeks too."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, classmates, log, monday, together
from features.indicator import Example, Indicator

_MATES = classmates(9)
_ROWS = together(
    log("a", "platform", {monday(2): 1}),
    *(log(m, "platform", {FRIDAY: 10 + n, monday(2): 1}) for n, m in enumerate(_MATES)),
    log(_MATES[8], "platform", {monday(1): 5}),
)
_SMALL = together(log("a", "platform", {FRIDAY: 1}), log("b", "platform", {FRIDAY: 2}))
_OLD = {"activity": log("a", "platform", {FRIDAY - timedelta(days=56): 9})}


def _standing(
    of: str, *, direction: int, words: tuple[str, str, str, str], expect: tuple[float, float]
) -> Indicator:
    """``expect``: of pupil ``a``, who did least, and of the last mate, who did most."""
    return Indicator(
        f"{of}_standing",
        family="engagement",
        direction=direction,  # type: ignore[arg-type]
        changeable=True,
        unit="share",
        parts=(),
        peers="class",
        uses=(of,),
        value=lambda p: p.standing(of),
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"own": p.indicator(of)},
        examples=(
            Example(
                {"activity": _ROWS},
                FRIDAY,
                {"a": expect[0], _MATES[8]: expect[1]},
                "share of the class below, ties counted half",
            ),
            Example({"activity": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
            Example(_OLD, FRIDAY, {"a": None}, "the class keeps no log"),
        ),
    )


INDICATORS = (
    _standing(
        "activity_1w",
        direction=-1,
        words=(
            "近1周参与次数在本班的位置",
            "place of last week's activity within the class",
            "近1周学习参与{own:int}次，在本班由少到多中位置{value:third}。",
            "{own:int} activities in the last week: {value:third} third of the class.",
        ),
        expect=(0.05, 0.95),
    ),
    _standing(
        "activity_2w",
        direction=-1,
        words=(
            "近2周参与次数在本班的位置",
            "place of 2 weeks' activity within the class",
            "近2周学习参与{own:int}次，在本班由少到多中位置{value:third}。",
            "{own:int} activities in the last 2 weeks: {value:third} third of the class.",
        ),
        expect=(0.05, 0.95),
    ),
    _standing(
        "activity_4w",
        direction=-1,
        words=(
            "近4周参与次数在本班的位置",
            "place of 4 weeks' activity within the class",
            "近4周学习参与{own:int}次，在本班由少到多中位置{value:third}。",
            "{own:int} activities in the last 4 weeks: {value:third} third of the class.",
        ),
        expect=(0.05, 0.95),
    ),
    _standing(
        "active_days_4w",
        direction=-1,
        words=(
            "近4周参与天数在本班的位置",
            "place of active days within the class",
            "近4周有{own:int}天有学习参与记录，在本班由少到多中位置{value:third}。",
            "Active on {own:int} days of the last 4 weeks: {value:third} third of the class.",
        ),
        expect=(0.05, 0.95),
    ),
    _standing(
        "days_since_activity",
        direction=1,
        words=(
            "距最近一次参与天数在本班的位置",
            "place of days since the last activity within the class",
            "已有{own:int}天没有学习参与记录，在本班由短到长中位置{value:third}。",
            "{own:int} days without a recorded activity: {value:third} third of the class.",
        ),
        expect=(0.95, 0.45),
    ),
)
