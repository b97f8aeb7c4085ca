"""Subjects below the pass mark or at the lowest level, and papers the class sat and the pupil did not."""

from __future__ import annotations

from datetime import date

from features.example import FRIDAY, sat, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_FAILING, _SAT = Part("grades", "failing_latest"), Part("grades", "sat_latest")
_FAILING_YEAR, _SAT_YEAR = Part("grades", "failing", "1y"), Part("grades", "sat", "1y")
_UNSAT, _HELD = Part("grades", "unsat"), Part("grades", "held")
_DAY = Part("grades", "latest_no", "all", "max")
_FIRST, _SECOND = date(2026, 9, 28), date(2026, 11, 2)
_ROWS = {
    "grades": together(
        sat("a", "midterm", _FIRST, math=59.5, chinese=60, english=80, physics=40),
        sat("a", "mock", _SECOND, math=59, chinese="待合格", english="良"),
        sat("b", "mock", _SECOND, math=60, chinese="合格", english="E", physics=70),
        sat("c", "mock", _SECOND, math=90, physics=95),
    )
}
_NONE = {"grades": sat("b", "mock", _SECOND, math=60), "students": ({"student_id": "a"},)}
_NEW = {
    "grades": together(*(sat(p, "mock", _SECOND, math=60) for p in ("b", "c", "d"))),
    "enrolments": ({"student_id": "a", "start_on": date(2026, 11, 4)},),
}


def _failing(p: Columns) -> Expr:
    return given(p[_SAT], p[_FAILING])


INDICATORS = (
    Indicator(
        "failing_subjects",
        family="grades",
        direction=1,
        changeable=True,
        unit="count",
        parts=(_FAILING, _SAT, _DAY),
        value=_failing,
        label_zh="最近一次考试待合格学科数",
        label_en="subjects below the pass mark, latest examination",
        zh="最近一次考试（{day:date}）{n:int}门学科中有{value:int}门为“待合格”，建议了解学习支持需求。",
        en="{value:int} of {n:int} subjects not yet passed in the latest examination ({day:date}).",
        says=lambda p: {"n": p[_SAT], "day": p[_DAY]},
        examples=(
            Example(_ROWS, FRIDAY, {"a": 2.0, "b": 1.0, "c": 0.0}, "60 of 100 is passed"),
            Example(_NONE, FRIDAY, {"a": None}, "no examination, no number"),
        ),
    ),
    Indicator(
        "failing_share_latest",
        family="grades",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_FAILING, _SAT, _DAY),
        value=lambda p: ratio(p[_FAILING], p[_SAT]),
        label_zh="最近一次考试待合格学科比例",
        label_en="share of subjects below the pass mark, latest examination",
        zh="最近一次考试（{day:date}）待合格学科占{value:percent}。",
        en="{value:percent} of the subjects not yet passed in the latest examination ({day:date}).",
        says=lambda p: {"day": p[_DAY]},
        examples=(
            Example(_ROWS, FRIDAY, {"a": 2 / 3, "b": 0.25, "c": 0.0}),
            Example(_NONE, FRIDAY, {"a": None}, "no examination, no share"),
        ),
    ),
    Indicator(
        "failing_share_year",
        family="grades",
        direction=1,
        changeable=True,
        unit="share",
        parts=(_FAILING_YEAR, _SAT_YEAR),
        value=lambda p: ratio(p[_FAILING_YEAR], p[_SAT_YEAR]),
        label_zh="近一年考试待合格比例",
        label_en="share of papers below the pass mark, last year",
        zh="近一年{n:int}次学科考试中，待合格的占{value:percent}。",
        en="{value:percent} of {n:int} papers of the last year not yet passed.",
        says=lambda p: {"n": p[_SAT_YEAR]},
        examples=(
            Example(_ROWS, FRIDAY, {"a": 4 / 7, "b": 0.25, "c": 0.0}),
            Example(_NONE, FRIDAY, {"a": None}, "no examination, no share"),
        ),
    ),
    Indicator(
        "missed_exams",
        family="grades",
        direction=1,
        changeable=True,
        unit="count",
        parts=(_UNSAT, _HELD),
        within="class",
        value=lambda p: given(p[_HELD], p[_UNSAT]),
        label_zh="本班最近一次考试缺考学科数",
        label_en="papers not sat in the class's latest examination",
        zh="本班最近一次考试有{n:int}门学科，其中{value:int}门没有成绩记录。",
        en="The class's latest examination had {n:int} papers; {value:int} have no result on record.",
        says=lambda p: {"n": p[_HELD]},
        examples=(
            Example(
                _ROWS,
                FRIDAY,
                {"a": 1.0, "b": 0.0, "c": 2.0},
                "a paper sat by at least half of the class",
            ),
            Example(_NEW, FRIDAY, {"a": None, "b": 0.0}, "came after the examination"),
        ),
    ),
)
