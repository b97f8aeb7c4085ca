"""Set work beside the class: what others handed in and this pupil did not, and how early or late."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from features.example import FRIDAY, classmates, handed, monday, schedule
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_RECENT, _MISSED_RECENT = (
    Part("assignments", what, "term") for what in ("due_recent", "missed_recent")
)
_DUE, _MISSED = Part("assignments", "due", "term"), Part("assignments", "missed", "term")
_EXCESS, _SENT = Part("assignments", "excess", "term"), Part("assignments", "sent", "term")
_COMPARED = Part("assignments", "excess_known", "term")
_MARGIN, _MARGINS = (Part("assignments", what, "term") for what in ("margin", "margin_known"))
_PLACE, _PLACED = (Part("assignments", what, "term") for what in ("margin_place", "margin_placed"))
_COMING = Part("assignments", "coming")
_ANY = Part("assignments", "coming", "all", "max")
_MATES = classmates(9)
_PLAN = schedule({"T1": monday(7), "T2": monday(3), "T3": monday(-1)})
#: a: T1 two days late, T2 not; all mates T1 on the day, five of them T2 too.
_WORK = {
    "assignments": _PLAN,
    "grades": (
        handed("a", "T1", monday(7) + timedelta(days=2)),
        *(handed(m, "T1", monday(7)) for m in _MATES),
        *(handed(m, "T2", monday(3)) for m in _MATES[:5]),
    ),
}
_FEW = Example(
    {"assignments": _PLAN, "grades": (handed("a", "T1", monday(7)),)},
    FRIDAY,
    {"a": None, "b": None},
    "fewer than ten peers",
)
_NEW = Example(
    {"assignments": _PLAN, "enrolments": ({"student_id": "a", "start_on": FRIDAY},)},
    FRIDAY,
    {"a": None},
    "came today: nothing was due yet",
)


def _margin(p: Columns) -> Expr:
    return ratio(p[_MARGIN], p[_MARGINS])


_indicator = partial(Indicator, family="engagement", changeable=True, within="class")

INDICATORS = (
    _indicator(
        "missed_recent_share",
        parts=(_MISSED_RECENT, _RECENT),
        value=lambda p: ratio(p[_MISSED_RECENT], p[_RECENT]),
        direction=1,
        unit="share",
        label_zh="未交作业比例（近期权重大）",
        label_en="share of set work not handed in, the recent weighing more",
        zh="到期作业中未提交的占{value:percent}（越近权重越大）。",
        en="{value:percent} of the work due was not handed in, the recent weighing more.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 2 / 3, _MATES[0]: 0.0}),
            _NEW,
        ),
    ),
    _indicator(
        "missed_recent_standing",
        parts=(),
        value=lambda p: p.standing("missed_recent_share"),
        direction=1,
        unit="share",
        peers="class",
        uses=("missed_recent_share",),
        label_zh="未交作业比例（近期权重大）在本班的位置",
        label_en="place of recent work not handed in within the class",
        zh="近期未提交作业的情况在本班由少到多中位置{value:third}。",
        en="Recent work not handed in: {value:third} third of the class.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.75, _MATES[0]: 0.25}),
            _FEW,
        ),
    ),
    _indicator(
        "missed_assignments_vs_class",
        parts=(),
        value=lambda p: (
            p.indicator("missed_assignments_share") - p.mean("missed_assignments_share")
        ),
        direction=1,
        unit="share",
        peers="class",
        uses=("missed_assignments_share",),
        label_zh="未交作业比例与本班平均之差",
        label_en="share of work not handed in less the class mean",
        zh="本学期到期作业未提交的占{own:percent}，本班平均{mean:percent}。",
        en="{own:percent} of the term's work not handed in; class mean {mean:percent}.",
        says=lambda p: {
            "own": p.indicator("missed_assignments_share"),
            "mean": p.mean("missed_assignments_share"),
        },
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.25, _MATES[0]: -0.25}),
            _FEW,
        ),
    ),
    _indicator(
        "missed_beyond_class",
        parts=(_EXCESS, _COMPARED, _DUE, _MISSED),
        value=lambda p: given(p[_COMPARED], p[_EXCESS] / 10_000),
        direction=1,
        unit="count",
        label_zh="未交作业次数与同班同一作业平均之差",
        label_en="work not handed in beyond what the class missed of the same pieces",
        zh="本学期到期作业{n:int}次，未提交{k:int}次，与同班同一作业平均相差{value:signed}次。",
        en="{k:int} of {n:int} pieces of work not handed in, {value:signed} beside the class's mean.",
        says=lambda p: {"n": p[_DUE], "k": p[_MISSED]},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.5, _MATES[0]: -0.5}),
            _FEW,
        ),
    ),
    _indicator(
        "handed_in_standing",
        parts=(_SENT, _DUE),
        value=lambda p: p.standing_of(given(p[_DUE], p[_SENT])),
        direction=-1,
        unit="share",
        peers="class",
        uses=("missed_assignments_share",),
        label_zh="提交作业次数在本班的位置",
        label_en="place of the number of pieces handed in within the class",
        zh="本学期提交作业{own:int}次，在本班由少到多中位置{value:third}。",
        en="{own:int} pieces of work handed in this term: {value:third} third of the class.",
        says=lambda p: {"own": p[_SENT]},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.25, _MATES[0]: 0.75}),
            _FEW,
        ),
    ),
    _indicator(
        "margin_standing",
        parts=(_MARGIN, _MARGINS),
        value=lambda p: p.standing_of(_margin(p)),
        direction=0,
        unit="share",
        peers="class",
        uses=("missed_assignments_share",),
        label_zh="提交作业提前天数在本班的位置",
        label_en="place of days before due within the class",
        zh="提交作业平均提前{own:num}天，在本班由少到多中位置{value:third}。",
        en="Handed in {own:num} days before due on average: {value:third} third of the class.",
        says=lambda p: {"own": _margin(p)},
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.05, _MATES[0]: 0.55}),
            _FEW,
        ),
    ),
    _indicator(
        "margin_place",
        parts=(_PLACE, _PLACED),
        value=lambda p: ratio(p[_PLACE], p[_PLACED]) / 10_000,
        direction=0,
        unit="share",
        label_zh="同一作业中提交早晚的平均位置",
        label_en="mean place in class by day of handing in the same piece",
        zh="已提交的作业，提交早晚在本班由晚到早中平均位置{value:third}。",
        en="Of the same pieces, handed in {value:third} third of the class, from late to early.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 0.05, _MATES[0]: 0.55}),
            _FEW,
        ),
    ),
    _indicator(
        "assignments_to_come",
        parts=(_COMING, _ANY),
        value=lambda p: p[_COMING],
        direction=0,
        unit="count",
        label_zh="尚未到期的作业次数",
        label_en="pieces of set work still to fall due",
        zh="已公布而尚未到期的作业还有{value:int}次。",
        en="{value:int} announced pieces of work are still to fall due.",
        examples=(
            Example(_WORK, FRIDAY, {"a": 1.0}),
            Example({}, FRIDAY, {"a": None}, "no plan of set work"),
        ),
    ),
)
