"""Results of set work with what was missed counted as nothing, the best and the weakest, beside the class."""

from __future__ import annotations

from functools import partial

from features.example import FRIDAY, classmates, handed, monday, schedule
from features.indicator import Columns, Example, Expr, Indicator, Part, ratio

_SHARE, _SCORED = Part("assignments", "share", "term"), Part("assignments", "scored", "term")
_MISSED = Part("assignments", "missed", "term")
_LOW, _HIGH = (Part("assignments", "share", "term", how) for how in ("min", "max"))
_MATES = classmates(9)
_PLAN = schedule({"T1": monday(7), "T2": monday(5)})
#: a: T1 with 80, T2 not handed in; of the mates four got 60 and 50, five 90 twice.
_WORK = {
    "assignments": _PLAN,
    "grades": (
        handed("a", "T1", monday(7), 80),
        *(handed(m, "T1", monday(7), 60 if n < 4 else 90) for n, m in enumerate(_MATES)),
        *(handed(m, "T2", monday(5), 50 if n < 4 else 90) for n, m in enumerate(_MATES)),
    ),
}
_UNMARKED = Example(
    {"assignments": schedule({"T1": monday(7)}), "grades": (handed("a", "T1", monday(7)),)},
    FRIDAY,
    {"a": None},
    "handed in, not marked yet",
)
_FEW = Example(
    {"assignments": _PLAN, "grades": (handed("a", "T1", monday(7), 80),)},
    FRIDAY,
    {"a": None, "b": None},
    "fewer than ten peers",
)


def _with_missed(p: Columns) -> Expr:
    return ratio(p[_SHARE].fill_null(0), p[_SCORED] + p[_MISSED]) / 10_000


_indicator = partial(Indicator, family="grades", changeable=True, unit="score")

INDICATORS = (
    _indicator(
        "result_with_missed",
        parts=(_SHARE, _SCORED, _MISSED),
        direction=-1,
        value=_with_missed,
        label_zh="作业平均得分率（未交计零）",
        label_en="mean result, work not handed in counting nothing",
        zh="已评作业{n:int}次、未交{k:int}次，未交计零时平均得分率{value:percent}。",
        en="{n:int} pieces marked, {k:int} not handed in; mean {value:percent}, these counting nothing.",
        says=lambda p: {"n": p[_SCORED], "k": p[_MISSED]},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.4, _MATES[0]: 0.55}),
            _UNMARKED,
        ),
    ),
    _indicator(
        "result_with_missed_standing",
        parts=(),
        direction=-1,
        value=lambda p: p.standing("result_with_missed"),
        peers="class",
        uses=("result_with_missed",),
        label_zh="作业平均得分率（未交计零）在本班的位置",
        label_en="place of the mean result with missed work within the class",
        zh="作业平均得分率{own:percent}（未交计零），在本班由低到高中位置{value:third}。",
        en="Mean result {own:percent}, missed work counting nothing: {value:third} third of the class.",
        says=lambda p: {"own": p.indicator("result_with_missed")},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.05, _MATES[0]: 0.3}),
            _FEW,
        ),
    ),
    _indicator(
        "assignment_lowest",
        parts=(_LOW,),
        direction=-1,
        value=lambda p: p[_LOW] / 10_000,
        label_zh="本学期最低一次作业得分率",
        label_en="weakest result of set work, this term",
        zh="本学期已评作业中最低一次得分率{value:percent}。",
        en="Weakest marked work this term: {value:percent}.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.8, _MATES[0]: 0.5}),
            _UNMARKED,
        ),
    ),
    _indicator(
        "assignment_highest",
        parts=(_HIGH,),
        direction=0,
        value=lambda p: p[_HIGH] / 10_000,
        label_zh="本学期最高一次作业得分率",
        label_en="best result of set work, this term",
        zh="本学期已评作业中最高一次得分率{value:percent}。",
        en="Best marked work this term: {value:percent}.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.8, _MATES[0]: 0.6}),
            _UNMARKED,
        ),
    ),
    _indicator(
        "assignment_standing_in_class",
        parts=(),
        direction=0,
        value=lambda p: p.standing("assignment_standing"),
        peers="class",
        uses=("assignment_standing",),
        label_zh="作业平均位置在本班的次序段",
        label_en="third of the class by mean standing of set work",
        zh="本学期已评作业的平均水平在本班由低到高中位置{value:third}。",
        en="Marked work this term: {value:third} third of the class.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.45, _MATES[0]: 0.2}),
            _FEW,
        ),
    ),
    _indicator(
        "assignment_last_in_class",
        parts=(),
        direction=0,
        value=lambda p: p.standing("assignment_last"),
        peers="class",
        uses=("assignment_last",),
        label_zh="最近一次已评作业得分率在本班的位置",
        label_en="place of the last marked result within the class",
        zh="最近一次已评作业得分率{own:percent}，在本班由低到高中位置{value:third}。",
        en="Last marked work {own:percent}: {value:third} third of the class.",
        says=lambda p: {"own": p.indicator("assignment_last")},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.45, _MATES[0]: 0.2}),
            _FEW,
        ),
    ),
)
