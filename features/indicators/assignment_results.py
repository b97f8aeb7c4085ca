"""What came back for set work: the mean, the last piece, the weighted result so far, beside the class."""

from __future__ import annotations

from features.example import FRIDAY, Row, classmates, handed, monday, schedule, together
from features.indicator import Columns, Example, Expr, Indicator, Part, ratio

_SHARE, _SCORED = Part("assignments", "share", "term"), Part("assignments", "scored", "term")
_WEIGHTED, _WEIGHT = (
    Part("assignments", "weighted", "term"),
    Part("assignments", "weight_scored", "term"),
)
_MISSED = Part("assignments", "weight_missed", "term")
_LAST, _LAST_Z = (Part("assignments", what, "all", "max") for what in ("last_share", "last_z"))
_Z_SUM, _Z_N = Part("assignments", "z", "term"), Part("assignments", "z_known", "term")

_PLAN = together(
    schedule({"T1": monday(7)}, weight=10),
    schedule({"T2": monday(5)}, weight=30),
    schedule({"T3": monday(3)}, weight=60),
)
_MATES = classmates(9)


def _work(score1: float, score2: float) -> tuple[Row, ...]:
    """``a`` got these; of the mates four 60 and five 80 for either piece."""
    mates = [
        handed(m, name, day, 60 if n < 4 else 80)
        for n, m in enumerate(_MATES)
        for name, day in (("T1", monday(7)), ("T2", monday(5)))
    ]
    return (handed("a", "T1", monday(7), score1), handed("a", "T2", monday(5), score2), *mates)


_ROWS = {"assignments": _PLAN, "grades": _work(80, 60)}
_NONE = {
    "assignments": _PLAN,
    "grades": (handed("a", "T1", monday(7)), handed("b", "T1", monday(7), 90)),
}
_HIGH = 0.816


def _course(p: Columns) -> Expr:
    """Weighted result of what came back; what was not handed in counts nothing."""
    return ratio(p[_WEIGHTED], p[_WEIGHT] + p[_MISSED]) / 10_000


def _indicator(
    name: str,
    parts: tuple[Part, ...],
    value: object,
    *,
    words: tuple[str, str, str, str],
    examples: tuple[Example, ...],
) -> Indicator:
    return Indicator(
        name,
        family="grades",
        direction=-1,
        changeable=True,
        unit="score",
        parts=parts,
        within="class" if any("z" in p.what.split("_") for p in parts) else "none",
        value=value,  # type: ignore[arg-type]
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"n": p[_SCORED]} if _SCORED in parts else {},
        examples=examples,
    )


INDICATORS = (
    _indicator(
        "assignment_mean",
        (_SHARE, _SCORED),
        lambda p: ratio(p[_SHARE], p[_SCORED]) / 10_000,
        words=(
            "本学期作业平均得分率",
            "mean result of set work, this term",
            "本学期{n:int}次已评作业平均得分率{value:percent}。",
            "Mean result of {n:int} marked pieces of work this term: {value:percent}.",
        ),
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0.7, _MATES[0]: 0.6}),
            Example(_NONE, FRIDAY, {"a": None}, "handed in, not marked yet"),
        ),
    ),
    _indicator(
        "assignment_last",
        (_LAST,),
        lambda p: p[_LAST] / 10_000,
        words=(
            "最近一次已评作业得分率",
            "result of the last marked work",
            "最近一次已评作业得分率{value:percent}。",
            "Result of the last marked work: {value:percent}.",
        ),
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0.6, _MATES[8]: 0.8}),
            Example(_NONE, FRIDAY, {"a": None}, "handed in, not marked yet"),
        ),
    ),
    _indicator(
        "course_result",
        (_WEIGHTED, _WEIGHT, _MISSED),
        _course,
        words=(
            "本学期加权得分率（未交计零）",
            "weighted result so far, work not handed in counting nothing",
            "本学期到目前的加权得分率{value:percent}（未交作业计零）。",
            "Weighted result so far: {value:percent} (work not handed in counts nothing).",
        ),
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0.26, _MATES[8]: 0.32}, "T3 is due and not handed in"),
            Example(
                {"assignments": schedule({"T1": monday(-1)}), "students": ({"student_id": "a"},)},
                FRIDAY,
                {"a": None},
                "nothing due or marked yet",
            ),
        ),
    ),
    _indicator(
        "assignment_standing",
        (_Z_SUM, _Z_N),
        lambda p: ratio(p[_Z_SUM], p[_Z_N]) / 1000,
        words=(
            "本学期作业在本班的平均位置",
            "mean standing of set work in class, this term",
            "本学期已评作业在本班平均位置{value:zband}。",
            "Marked work this term: {value:zband} part of the class on average.",
        ),
        examples=(
            Example(_ROWS, FRIDAY, {"a": (_HIGH - 1) / 2}),
            Example(_NONE, FRIDAY, {"a": None, "b": None}, "fewer than ten results"),
        ),
    ),
    _indicator(
        "assignment_last_standing",
        (_LAST_Z,),
        lambda p: p[_LAST_Z] / 1000,
        words=(
            "最近一次已评作业在本班的位置",
            "standing of the last marked work in class",
            "最近一次已评作业在本班位置{value:zband}。",
            "The last marked work: {value:zband} part of the class.",
        ),
        examples=(
            Example(_ROWS, FRIDAY, {"a": -1.0, _MATES[8]: 1.0}),
            Example(_NONE, FRIDAY, {"a": None, "b": None}, "fewer than ten results"),
        ),
    ),
)
