"""How the pupil attends: grade, boarding, boarding while small, the way to school."""

from __future__ import annotations

from datetime import date

from features.example import FRIDAY, Row
from features.indicator import Columns, Example, Expr, Indicator, Part

_GRADE, _BOARDS, _EARLY, _DISTANCE = (
    Part("context", what, "all", "max") for what in ("grade", "boards", "boards_early", "distance")
)


def _enrolled(student: str, grade: str, boarding: str | None) -> Row:
    return {
        "student_id": student, "start_on": date(2026, 9, 1), "grade": grade, "boarding": boarding,
        "class_id": grade,
    }  # fmt: skip


_ROWS = {
    "enrolments": (
        _enrolled("a", "3", "2"),
        _enrolled("b", "8", "2"),
        _enrolled("c", "8", "1"),
        _enrolled("d", "1", None),
    )
}
_PUPILS = ("a", "b", "c", "d")


def _four(values: tuple[float | None, ...]) -> dict[str, float | None]:
    return dict(zip(_PUPILS, values, strict=True))


def _flag(
    name: str, part: Part, *, words: tuple[str, str, str, str], expect: tuple[float, ...]
) -> Indicator:
    def value(p: Columns) -> Expr:
        return p[part]

    return Indicator(
        name,
        family="context",
        unit="flag",
        parts=(part,),
        value=value,
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        examples=(
            Example(_ROWS, FRIDAY, _four((*expect, None)), "of d it is not on record"),
            Example({}, FRIDAY, {"a": None}, "way of attending not on record"),
        ),
    )


INDICATORS = (
    Indicator(
        "grade_level",
        family="context",
        unit="number",
        parts=(_GRADE,),
        value=lambda p: p[_GRADE],
        label_zh="年级",
        label_en="grade",
        zh="就读{value:int}年级。",
        en="In grade {value:int}.",
        examples=(
            Example(_ROWS, FRIDAY, _four((3, 8, 8, 1))),
            Example({}, FRIDAY, {"a": 7}),
        ),
    ),
    _flag(
        "boarding",
        _BOARDS,
        words=("住校", "boards at school", "住校：{value:yes}。", "Boards at school: {value:yes}."),
        expect=(1, 1, 0),
    ),
    _flag(
        "boarding_primary",
        _EARLY,
        words=(
            "小学阶段住校",
            "boards in primary school",
            "小学阶段住校：{value:yes}。",
            "Boards at school in the primary grades: {value:yes}.",
        ),
        expect=(1, 0, 0),
    ),
    Indicator(
        "distance_km",
        family="context",
        unit="number",
        parts=(_DISTANCE,),
        value=lambda p: p[_DISTANCE] / 100,
        label_zh="上下学距离（公里）",
        label_en="distance to school, km",
        zh="上下学距离{value:num}公里。",
        en="{value:num} km to school.",
        examples=(
            Example(
                {"students": ({"student_id": "a", "distance_km": 2.5}, {"student_id": "b"})},
                FRIDAY,
                {"a": 2.5, "b": None},
            ),
            Example({}, FRIDAY, {"a": None}, "not on record"),
        ),
    ),
)
