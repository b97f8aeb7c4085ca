"""Set work not handed in: how much, how much in a row, whether the last; and when the next falls due."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, classmates, handed, monday, schedule, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_DUE, _MISSED = Part("assignments", "due", "term"), Part("assignments", "missed", "term")
_WEIGHT, _WEIGHT_MISSED = (
    Part("assignments", what, "term") for what in ("weight_due", "weight_missed")
)
_ORD = Part("assignments", "due_ord", "all", "max")
_FIRST = Part("assignments", "due_ord", "all", "min")
_HANDED_ORD = Part("assignments", "handed_ord", "all", "max")
_LAST = Part("assignments", "last", "all", "max")
_LAST_NO = Part("assignments", "due_no", "all", "max")
_NEXT = Part("assignments", "next_no", "all", "min")
_LATE, _HANDED = Part("assignments", "late", "term"), Part("assignments", "handed", "term")
_HANDED_NO = Part("assignments", "handed_no", "all", "max")

_PLAN = schedule(
    {"T1": monday(7), "T2": monday(5), "T3": monday(3), "T4": monday(1), "T5": monday(-1)}
)
_WORK = {
    "assignments": _PLAN,
    "grades": (
        handed("a", "T1", monday(7)),
        handed("a", "T2", monday(5) + timedelta(days=2)),
        handed("b", "T1", monday(7)),
        handed("b", "T2", monday(5)),
        handed("b", "T3", monday(3)),
        handed("b", "T4", monday(1)),
    ),
    "enrolments": ({"student_id": "d", "start_on": monday(2)},),
}
_PEOPLE = ("a", "b", "c", "d")
_NEW = {
    "assignments": _PLAN,
    "enrolments": ({"student_id": "a", "start_on": FRIDAY},),
}
_CARRIED = {
    "assignments": _PLAN,
    "grades": tuple(
        {**handed("a", name, monday(9)), "exam": "banked"} for name in ("T1", "T2", "T3", "T4")
    ),
}


def _run(p: Columns) -> Expr:
    """Ordinals are dense within the class, so the run is what lies after the last handed in."""
    return given(p[_DUE], p[_ORD] - p[_HANDED_ORD].fill_null(p[_FIRST] - 1))


def _last_missed(p: Columns) -> Expr:
    return p[_LAST] % 2


def _four(values: tuple[float | None, ...]) -> dict[str, float | None]:
    return dict(zip(_PEOPLE, values, strict=True))


def _examples(
    main: tuple[float | None, ...], *, new: float | None = None, carried: float | None
) -> tuple[Example, ...]:
    """a handed in T1 and T2 (late), b all four, c nothing, d came before T4 fell due."""
    return (
        Example(
            _WORK,
            FRIDAY,
            _four(main),
            "four pieces due; work due before the first day is not asked",
        ),
        Example(_NEW, FRIDAY, {"a": new}, "came today: nothing was due yet"),
        Example(_CARRIED, FRIDAY, {"a": carried}, "carried over from before: nothing is missing"),
    )


INDICATORS = (
    Indicator(
        "missed_assignments_term",
        family="engagement",
        direction=1,
        changeable=True,
        unit="count",
        parts=(_MISSED, _DUE),
        value=lambda p: given(p[_DUE], p[_MISSED]),
        label_zh="本学期未交作业次数",
        label_en="set work not handed in, this term",
        zh="本学期到期作业{n:int}次，其中{value:int}次没有提交记录。",
        en="{n:int} pieces of work due this term, {value:int} without a record of handing in.",
        says=lambda p: {"n": p[_DUE]},
        examples=_examples((2.0, 0.0, 4.0, 1.0), carried=0.0),
    ),
    Indicator(
        "missed_assignments_share",
        family="engagement",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_MISSED, _DUE),
        value=lambda p: ratio(p[_MISSED], p[_DUE]),
        label_zh="本学期未交作业比例",
        label_en="share of set work not handed in, this term",
        zh="本学期到期作业{n:int}次，未提交的占{value:percent}。",
        en="{value:percent} of {n:int} pieces of work due this term were not handed in.",
        says=lambda p: {"n": p[_DUE]},
        examples=_examples((0.5, 0.0, 1.0, 1.0), carried=0.0),
    ),
    Indicator(
        "missed_weight_share",
        family="engagement",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_WEIGHT, _WEIGHT_MISSED),
        value=lambda p: ratio(p[_WEIGHT_MISSED], p[_WEIGHT]),
        label_zh="本学期未交作业所占权重",
        label_en="share of weight not handed in, this term",
        zh="本学期到期作业中，未提交的占总权重的{value:percent}。",
        en="Work not handed in makes up {value:percent} of the weight due this term.",
        examples=(
            Example(
                {
                    "assignments": together(
                        schedule({"T1": monday(7)}, weight=30), schedule({"T2": monday(5)})
                    ),
                    "grades": (handed("a", "T2", monday(5)), handed("b", "T1", monday(7))),
                },
                FRIDAY,
                {"a": 0.75, "b": 0.25},
            ),
            Example(_NEW, FRIDAY, {"a": None}, "nothing was due yet"),
        ),
    ),
    Indicator(
        "missed_assignments_run",
        family="engagement",
        direction=1,
        changeable=True,
        unit="count",
        parts=(_ORD, _HANDED_ORD, _FIRST, _DUE),
        value=_run,
        label_zh="连续未交作业次数",
        label_en="set work not handed in, in a row up to now",
        zh="截至最近一次到期，连续{value:int}次作业没有提交记录。",
        en="The last {value:int} pieces of work due have no record of handing in.",
        examples=_examples((2.0, 0.0, 4.0, 1.0), carried=0.0),
    ),
    Indicator(
        "last_assignment_missed",
        family="engagement",
        direction=1,
        changeable=True,
        unit="flag",
        parts=(_LAST, _LAST_NO),
        value=_last_missed,
        label_zh="最近一次到期作业未交",
        label_en="the last set work not handed in",
        zh="最近一次作业（{due:date}到期）有无提交记录：{handed:yes}。",
        en="The last work, due on {due:date}, has a record of handing in: {handed:yes}.",
        says=lambda p: {"due": p[_LAST_NO], "handed": 1 - _last_missed(p)},
        examples=_examples((1.0, 0.0, 1.0, 1.0), carried=0.0),
    ),
    Indicator(
        "days_to_next_due",
        family="engagement",
        direction=0,
        changeable=False,
        unit="days",
        parts=(_NEXT,),
        value=lambda p: p[_NEXT] - p.today,
        label_zh="距下一次作业到期天数",
        label_en="days until the next work falls due",
        zh="下一次作业{next:date}到期，还有{value:int}天。",
        en="The next work falls due on {next:date}, in {value:int} days.",
        says=lambda p: {"next": p[_NEXT]},
        examples=(
            Example(_WORK, FRIDAY, _four((10.0, 10.0, 10.0, 10.0))),
            Example(
                {"assignments": schedule({"T1": FRIDAY})},
                FRIDAY,
                {"a": None},
                "the last falls due today: nothing to come",
            ),
        ),
    ),
    Indicator(
        "late_submissions_share",
        family="engagement",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_LATE, _HANDED),
        value=lambda p: ratio(p[_LATE], p[_HANDED]),
        label_zh="本学期逾期提交作业比例",
        label_en="share of work handed in late, this term",
        zh="本学期提交作业{n:int}次，其中逾期{k:int}次。",
        en="{n:int} pieces of work handed in this term, {k:int} of them late.",
        says=lambda p: {"n": p[_HANDED], "k": p[_LATE]},
        examples=_examples((0.5, 0.0, None, None), carried=0.0),
    ),
    Indicator(
        "days_since_submission",
        family="engagement",
        direction=1,
        changeable=True,
        unit="days",
        parts=(_HANDED_NO,),
        value=lambda p: p.today - p[_HANDED_NO],
        label_zh="距最近一次提交作业天数",
        label_en="days since work was last handed in",
        zh="最近一次提交作业是{last:date}，距今{value:int}天。",
        en="Work was last handed in on {last:date}, {value:int} days ago.",
        says=lambda p: {"last": p[_HANDED_NO]},
        examples=_examples((30.0, 4.0, None, None), carried=None),
    ),
    Indicator(
        "missed_assignments_standing",
        family="engagement",
        direction=1,
        changeable=True,
        unit="share",
        parts=(),
        peers="class",
        uses=("missed_assignments_share",),
        value=lambda p: p.standing("missed_assignments_share"),
        label_zh="未交作业比例在本班的位置",
        label_en="place of work not handed in within the class",
        zh="本学期未提交作业的比例为{own:percent}，在本班由少到多中位置{value:third}。",
        en="{own:percent} of the term's work not handed in: {value:third} third of the class.",
        says=lambda p: {"own": p.indicator("missed_assignments_share")},
        examples=(
            Example(
                {
                    "assignments": _PLAN,
                    "grades": tuple(handed(m, "T1", monday(7)) for m in classmates(9)),
                },
                FRIDAY,
                {"a": 0.95, "c01": 0.45},
            ),
            Example(_WORK, FRIDAY, _four((None,) * 4), "fewer than ten peers"),
        ),
    ),
)
