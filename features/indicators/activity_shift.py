"""Places within the class, now and before: who slips back while the whole class does less is seen."""

from __future__ import annotations

from features.example import FRIDAY, classmates, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given

_LOGGED = Part("activity", "logged", "all", "max")
_MATES = classmates(9)
_ROWS = together(
    log("a", "platform", {monday(6): 9}),
    *(log(m, "platform", {monday(6): 4, monday(1): 4}) for m in _MATES),
)
_SMALL = together(log("a", "platform", {FRIDAY: 1}), log("b", "platform", {FRIDAY: 2}))


def _logged(p: Columns, part: Part) -> Expr:
    """0 where the class keeps a log and the pupil is not in it."""
    return given(p[_LOGGED], p[part].fill_null(0))


def _shift(
    name: str,
    *,
    now: Part,
    before: Part,
    words: tuple[str, str, str, str],
    expect: tuple[float, float],
) -> Indicator:
    def places(p: Columns) -> tuple[Expr, Expr]:
        return p.standing_of(_logged(p, now)), p.standing_of(_logged(p, before))

    return Indicator(
        name,
        family="engagement",
        direction=0,
        changeable=True,
        unit="share",
        parts=(now, before, _LOGGED),
        peers="class",
        uses=("activity_4w",),
        value=lambda p: places(p)[0] - places(p)[1],
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"now": places(p)[0], "before": places(p)[1]},
        examples=(
            Example(
                {"activity": _ROWS},
                FRIDAY,
                {"a": expect[0], _MATES[0]: expect[1]},
                "share of the class below, ties counted half, now less before",
            ),
            Example({"activity": _SMALL}, FRIDAY, {"a": None, "b": None}, "fewer than ten peers"),
        ),
    )


INDICATORS = (
    _shift(
        "activity_shift_2w",
        now=Part("activity", "count", "2w"),
        before=Part("activity", "count", "term"),
        words=(
            "近2周参与次数在本班位置的变化",
            "change of place in class by activity, last 2 weeks and the term",
            "近2周学习参与次数在本班位置{now:third}，本学期总体位置{before:third}。",
            "Activity of the last 2 weeks: {now:third} third of the class; of the term: {before:third}.",
        ),
        expect=(-0.9, 0.1),
    ),
    _shift(
        "activity_shift_4w",
        now=Part("activity", "count", "4w"),
        before=Part("activity", "count", "p4w"),
        words=(
            "近4周参与次数在本班位置的变化",
            "change of place in class by activity, last 4 weeks and the 4 before",
            "近4周学习参与次数在本班位置{now:third}，此前4周位置{before:third}。",
            "Activity of the last 4 weeks: {now:third} third of the class; of the 4 before: {before:third}.",
        ),
        expect=(-0.9, 0.1),
    ),
    _shift(
        "active_days_shift_4w",
        now=Part("activity", "active_day", "4w"),
        before=Part("activity", "active_day", "p4w"),
        words=(
            "近4周参与天数在本班位置的变化",
            "change of place in class by active days, last 4 weeks and the 4 before",
            "近4周参与天数在本班位置{now:third}，此前4周位置{before:third}。",
            "Active days of the last 4 weeks: {now:third} third of the class; of the 4 before: {before:third}.",
        ),
        expect=(-0.45, 0.05),
    ),
)
