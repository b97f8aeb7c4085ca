"""Absence beside the pupil's own: the rate of the term, the runs and the weekdays usual until now."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_ABSENT, _KNOWN = Part("days", "absent", "term"), Part("days", "known", "term")
_RUN = Part("spells", "absent_current", "all", "max")
_LONGEST, _USUAL = (Part("absence_own", what, "all", "max") for what in ("longest", "usual"))
_ATTENDED, _TWO = (Part("absence_own", what, "all", "max") for what in ("attended", "on_two"))
_ROWS = together(
    marks("a", monday(4), "PPPPP PSPPP PSSPP PPPUU"),
    marks("b", monday(4), "PPPPP PPPPP PPPPP PPPPP"),
)
_LAST = marks("a", monday(4), "PPPPP PPPPP PPPPP PPPPU")
_SPANS = {"2w": ("近2周", "last 2 weeks"), "4w": ("近4周", "last 4 weeks")}


def _against_term(span: str) -> Indicator:
    absent, known = Part("days", "absent", span), Part("days", "known", span)
    zh, en = _SPANS[span]
    return Indicator(
        f"absence_{span}_vs_term",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(absent, known, _ABSENT, _KNOWN),
        value=lambda p: ratio(p[absent], p[known]) - ratio(p[_ABSENT], p[_KNOWN]),
        label_zh=f"{zh}缺勤率与本学期平均之差",
        label_en=f"absence rate of the {en} less the term's",
        zh=f"{zh}缺勤率{{now:percent}}，本学期到目前{{term:percent}}。",
        en=f"Absence rate {{now:percent}} in the {en}, {{term:percent}} over the term so far.",
        says=lambda p: {
            "now": ratio(p[absent], p[known]),
            "term": ratio(p[_ABSENT], p[_KNOWN]),
        },
        examples=(
            Example(
                {"attendance": together(marks("a", monday(8), "PPPPP PPPPP"), _LAST)},
                FRIDAY,
                {"a": {"2w": 1 / 10, "4w": 1 / 20}[span] - 1 / 30, "c": None},
            ),
            Example(
                {"attendance": marks("a", monday(1), "PPPPU")}, FRIDAY, {"a": 0.0}, "one week old"
            ),
        ),
    )


def _run(p: Columns) -> Expr:
    return p[_RUN].fill_null(0)


def _run_against(
    name: str, part: Part, *, words: tuple[str, str, str, str], expect: float
) -> Indicator:
    return Indicator(
        name,
        family="attendance",
        direction=0,
        changeable=True,
        unit="days",
        parts=(_RUN, part, _ATTENDED),
        value=lambda p: given(p[_ATTENDED], _run(p) - p[part]),
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"run": _run(p), "own": p[part]},
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, {"a": expect, "b": 0.0, "c": None}),
            Example(
                {"attendance": marks("a", monday(1), "UUUUU")},
                FRIDAY,
                {"a": None},
                "never at school this term: nothing to compare with",
            ),
        ),
    )


INDICATORS = (
    *(_against_term(span) for span in _SPANS),
    _run_against(
        "absence_run_vs_longest",
        _LONGEST,
        words=(
            "目前连续缺勤与本学期此前最长一次之差",
            "current run of absence less the longest earlier one",
            "目前连续{run:int}个上课日未到校，本学期此前最长一次为{own:int}个上课日（含请假）。",
            "Absent on the last {run:int} school days; the longest earlier run this term was {own:int}.",
        ),
        expect=0.0,
    ),
    _run_against(
        "absence_run_vs_usual",
        _USUAL,
        words=(
            "目前连续缺勤与本人通常缺勤长度之差",
            "current run of absence less the pupil's usual one",
            "目前连续{run:int}个上课日未到校；此前十次到校中有九次，间隔缺勤不超过{own:int}个上课日。",
            "Absent on the last {run:int} school days; nine of ten earlier returns came within {own:int}.",
        ),
        expect=1.0,
    ),
    Indicator(
        "attended_on_two_weekdays",
        family="attendance",
        direction=0,
        changeable=True,
        unit="share",
        parts=(_TWO, _ATTENDED),
        value=lambda p: ratio(p[_TWO], p[_ATTENDED]),
        label_zh="到校日集中在两个星期几的比例",
        label_en="share of days attended on the pupil's two most attended weekdays",
        zh="本学期到校{n:int}天，其中{value:percent}集中在到校最多的两个星期几。",
        en="{value:percent} of {n:int} days attended fall on the two most attended weekdays.",
        says=lambda p: {"n": p[_ATTENDED]},
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, {"a": 7 / 15, "b": 0.4, "c": None}),
            Example({"attendance": marks("a", monday(2), "PSSSS PSPSS")}, FRIDAY, {"a": 1.0}),
        ),
    ),
)
