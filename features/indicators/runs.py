"""Runs of school days without attendance: the one still going on, the longest of the term, how many."""

from __future__ import annotations

from features.example import FRIDAY, marks, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given

_ROWS = together(
    marks("a", monday(3), "PUUUU PPPPP PPPSU"),
    marks("b", monday(3), "PPPPP PPPPP PPPPP"),
    marks("c", monday(3), "....."),
)
_KNOWN = Part("days", "known", "term")


def _run(name: str, part: Part, *, words: dict[str, str], expect: tuple[float, float]) -> Indicator:
    """``expect``: of pupil ``a`` in the long example, and in the one that ends unexplained."""

    def value(p: Columns) -> Expr:
        return given(p[_KNOWN], p[part].fill_null(0))

    return Indicator(
        name,
        family="attendance",
        direction=1,
        changeable=True,
        unit="days" if part.what != "absent_spell" else "count",
        parts=(part, _KNOWN),
        value=value,
        label_zh=words["label_zh"],
        label_en=words["label_en"],
        zh=words["zh"],
        en=words["en"],
        examples=(
            Example({"attendance": _ROWS}, FRIDAY, {"a": expect[0], "b": 0.0, "c": None}),
            Example(
                {"attendance": marks("a", monday(2), "PPSUU .UU..")},
                FRIDAY,
                {"a": expect[1]},
                "unknown days neither extend nor break a run, weekends are skipped",
            ),
        ),
    )


INDICATORS = (
    _run(
        "absence_run",
        Part("spells", "absent_current", "all", "max"),
        words={
            "label_zh": "目前连续缺勤天数",
            "label_en": "current run of absence",
            "zh": "截至最近一次有记录的上课日，连续{value:int}个上课日未到校（含请假）。",
            "en": "Absent on the last {value:int} recorded school days in a row, leave included.",
        },
        expect=(2.0, 5.0),
    ),
    _run(
        "unexplained_run",
        Part("spells", "unexplained_current", "all", "max"),
        words={
            "label_zh": "目前连续未请假缺勤天数",
            "label_en": "current run without leave",
            "zh": "截至最近一次有记录的上课日，连续{value:int}个上课日未到校，无请假记录，待核实。",
            "en": "The last {value:int} recorded school days in a row without leave, to be verified.",
        },
        expect=(1.0, 4.0),
    ),
    _run(
        "longest_absence_term",
        Part("spells", "absent_length", "term", "max"),
        words={
            "label_zh": "本学期最长连续缺勤天数",
            "label_en": "longest run of absence this term",
            "zh": "本学期最长一次连续{value:int}个上课日未到校（含请假）。",
            "en": "Longest absence this term: {value:int} school days in a row, leave included.",
        },
        expect=(4.0, 5.0),
    ),
    _run(
        "longest_unexplained_term",
        Part("spells", "unexplained_length", "term", "max"),
        words={
            "label_zh": "本学期最长连续未请假缺勤天数",
            "label_en": "longest run without leave this term",
            "zh": "本学期最长一次连续{value:int}个上课日未到校且无请假记录。",
            "en": "Longest absence without leave this term: {value:int} school days in a row.",
        },
        expect=(4.0, 4.0),
    ),
    _run(
        "absence_spells_8w",
        Part("spells", "absent_spell", "8w"),
        words={
            "label_zh": "近8周缺勤次数（连续缺勤计一次）",
            "label_en": "spells of absence, last 8 weeks",
            "zh": "近8周缺勤{value:int}次（连续缺勤计一次）。",
            "en": "{value:int} spells of absence in the last 8 weeks.",
        },
        expect=(2.0, 1.0),
    ),
)
