"""The class and the school around the pupil: sizes, usual absence, usual work, share on the
registers.

Means are taken where ten pupils or more have a value; about fewer nothing is said.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from features.example import (
    FRIDAY,
    Row,
    classmates,
    handed,
    log,
    marks,
    monday,
    schedule,
    together,
)
from features.indicator import Columns, Example, Expr, Family, Indicator, Part

_SIZE, _CLASSES = (Part("context", what, "all", "max") for what in ("class_size", "school_classes"))
_MATES = classmates(9)
_MARKS = together(
    marks("a", monday(2), "UUPPP PPPPP"),
    *(marks(mate, monday(2), "PPPPP PPPPP") for mate in _MATES),
)
_START = date(2026, 9, 1)
_ALONE = Example({}, FRIDAY, {"a": None}, "fewer than ten peers with a value")


def _enrolled(students: tuple[str, ...], class_id: str) -> tuple[Row, ...]:
    return tuple({"student_id": s, "start_on": _START, "class_id": class_id} for s in students)


def _entries(students: tuple[str, ...], **more: str) -> tuple[Row, ...]:
    start = FRIDAY - timedelta(days=99)
    return tuple({"student_id": s, "start_on": start} | more for s in students)


_TWO_CLASSES = {
    "attendance": together(_MARKS, *(marks(f"d{n}", monday(2), "PPPPP PPPPP") for n in range(10))),
    "enrolments": together(
        _enrolled(("a", *_MATES), "1"), _enrolled(tuple(f"d{n}" for n in range(10)), "2")
    ),
}


def _class_mean(
    name: str,
    of: str,
    *,
    family: Family,
    words: tuple[str, str, str, str],
    example: Example,
) -> Indicator:
    """Mean of a column over the class."""
    unit: Literal["share", "number"] = "number" if of == "activity_4w" else "share"

    def value(p: Columns) -> Expr:
        return p.mean(of)

    return Indicator(
        name,
        family=family,
        unit=unit,
        parts=(),
        peers="class",
        within="school" if family in {"poverty", "left_behind"} else "class",
        uses=(of,),
        value=value,
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"n": p.count(of)},
        examples=(example, _ALONE),
    )


INDICATORS = (
    Indicator(
        "class_size",
        family="context",
        unit="count",
        parts=(_SIZE,),
        within="class",
        value=lambda p: p[_SIZE],
        label_zh="班级在读人数",
        label_en="pupils in the class",
        zh="本班在读{value:int}人。",
        en="{value:int} pupils in the class.",
        examples=(
            Example({}, FRIDAY, {"a": 2, "b": 2}, "two pupils in force"),
            Example(
                {
                    "enrolments": (
                        *_enrolled(("a", "b"), "1"),
                        {
                            "student_id": "c",
                            "start_on": _START,
                            "end_on": FRIDAY - timedelta(days=1),
                        },
                    )
                },
                FRIDAY,
                {"a": 2, "b": 2},
                "c left yesterday",
            ),
        ),
    ),
    Indicator(
        "school_classes",
        family="context",
        unit="count",
        parts=(_CLASSES,),
        within="school",
        value=lambda p: p[_CLASSES],
        label_zh="学校班级数",
        label_en="classes in the school",
        zh="学校有{value:int}个班。",
        en="{value:int} classes in the school.",
        examples=(
            Example({"enrolments": _TWO_CLASSES["enrolments"]}, FRIDAY, {"a": 2, "d1": 2}),
            Example({}, FRIDAY, {"a": 1}, "one class"),
        ),
    ),
    _class_mean(
        "class_absence_4w",
        "absence_4w",
        family="context",
        words=(
            "本班近4周平均缺勤率",
            "mean absence rate of the class, last 4 weeks",
            "本班{n:int}名学生近4周平均缺勤率{value:percent}。",
            "Mean absence rate of {n:int} pupils of the class in the last 4 weeks: {value:percent}.",
        ),
        example=Example({"attendance": _MARKS}, FRIDAY, {"a": 0.02, "c01": 0.02}),
    ),
    Indicator(
        "class_absence_vs_school",
        family="context",
        unit="share",
        parts=(),
        peers="school",
        uses=("absence_4w", "class_absence_4w"),
        value=lambda p: p.indicator("class_absence_4w") - p.mean("absence_4w"),
        label_zh="本班近4周缺勤率与全校平均之差",
        label_en="absence of the class less the school's mean, last 4 weeks",
        zh="近4周平均缺勤率：本班{own:percent}，全校{mean:percent}。",
        en="Mean absence rate in the last 4 weeks: class {own:percent}, school {mean:percent}.",
        says=lambda p: {
            "own": p.indicator("class_absence_4w"),
            "mean": p.mean("absence_4w"),
        },
        examples=(
            Example(_TWO_CLASSES, FRIDAY, {"a": 0.01, "d1": -0.01}),
            _ALONE,
        ),
    ),
    _class_mean(
        "class_missed_share",
        "missed_assignments_share",
        family="context",
        words=(
            "本班未交作业平均比例",
            "mean share of set work not handed in, class",
            "本班{n:int}名学生本学期到期作业平均有{value:percent}没有提交记录。",
            "Of {n:int} pupils of the class {value:percent} of the work due was not handed in.",
        ),
        example=Example(
            {
                "assignments": schedule({"T1": monday(7), "T2": monday(5)}),
                "grades": tuple(handed(m, "T1", monday(7)) for m in _MATES),
            },
            FRIDAY,
            {"a": 0.55, "c01": 0.55},
            "nine handed in one of two, a none",
        ),
    ),
    _class_mean(
        "class_activity_4w",
        "activity_4w",
        family="context",
        words=(
            "本班近4周平均参与次数",
            "mean activity of the class, last 4 weeks",
            "本班{n:int}名学生近4周平均学习参与{value:num}次。",
            "{n:int} pupils of the class were active {value:num} times on average in the last 4 weeks.",
        ),
        example=Example(
            {"activity": together(*(log(m, "platform", {FRIDAY: 2}) for m in _MATES))},
            FRIDAY,
            {"a": 1.8, "c01": 1.8},
        ),
    ),
    _class_mean(
        "class_poverty_share",
        "poverty_registered",
        family="poverty",
        words=(
            "本班家庭经济登记比例",
            "share of the class on the household register",
            "本班{n:int}名学生中有家庭经济登记的占{value:percent}。",
            "{value:percent} of {n:int} pupils of the class are on the household register.",
        ),
        example=Example(
            {"poverty": _entries(("a", "c01"), category="低保")},
            FRIDAY,
            {"a": 0.2} | dict.fromkeys(_MATES, 0.2),
        ),
    ),
    _class_mean(
        "class_left_behind_share",
        "left_behind_register",
        family="left_behind",
        words=(
            "本班照护登记比例",
            "share of the class on the care register",
            "本班{n:int}名学生中有照护登记的占{value:percent}。",
            "{value:percent} of {n:int} pupils of the class are on the care register.",
        ),
        example=Example(
            {"left_behind": _entries(("a",), standard="register", kind="1")},
            FRIDAY,
            {"a": 0.1} | dict.fromkeys(_MATES, 0.1),
        ),
    ),
)
