"""The class of late: how many take part at all, and how many have left it."""

from __future__ import annotations

from datetime import date, timedelta

from features.example import FRIDAY, Rows, classmates, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, ratio

_THERE = Part("departures", "there", "all", "max")
_MATES = classmates(9)
_LOG = together(*(log(m, "platform", {monday(1): 4}) for m in _MATES))


def _move(day: date) -> Rows:
    """Somebody's move to another school."""
    return (
        {
            "student_id": "x",
            "kind": "transfer_out",
            "happened_on": day,
            "receiver_confirmed_on": day,
        },
    )


def _active(p: Columns) -> Expr:
    days = p.indicator("active_days_4w")
    return days.clip(0, 1)


def _departures(span: str, what: str, *, words: tuple[str, str], early: float) -> Indicator:
    """``early``: with one of three gone forty days ago."""
    left = Part("departures", what, "all", "max")
    zh, en = words
    return Indicator(
        f"class_departures_{span}",
        family="context",
        direction=1,
        changeable=False,
        unit="share",
        parts=(left, _THERE),
        within="class",
        value=lambda p: ratio(p[left], p[left] + p[_THERE]),
        label_zh=f"{zh}本班离开学生的比例",
        label_en=f"share of the class that left {en}",
        zh=f"{zh}本班有{{k:int}}名学生离开（含转出）。",
        en=f"{{k:int}} pupils left the class {en}, moves included.",
        says=lambda p: {"k": p[left]},
        examples=(
            Example(
                {"status_changes": _move(FRIDAY - timedelta(days=10))},
                FRIDAY,
                {"a": 1 / 3, "b": 1 / 3},
                "one of three has moved away",
            ),
            Example(
                {"status_changes": _move(FRIDAY - timedelta(days=40))},
                FRIDAY,
                {"a": early, "b": early},
            ),
            Example({"status_changes": _move(FRIDAY - timedelta(days=80))}, FRIDAY, {"a": 0.0}),
        ),
    )


INDICATORS = (
    _departures("4w", "left", words=("近4周", "in the last 4 weeks"), early=0.0),
    _departures("term", "left_term", words=("本学期", "since the term began"), early=1 / 3),
    Indicator(
        "class_active_share_4w",
        family="context",
        direction=0,
        changeable=False,
        unit="share",
        parts=(),
        peers="class",
        uses=("active_days_4w",),
        value=lambda p: p.mean_of(_active(p)),
        label_zh="近4周本班有参与记录学生的比例",
        label_en="share of the class that took part in the last 4 weeks",
        zh="近4周本班有{value:percent}的学生有学习参与记录。",
        en="{value:percent} of the class took part in the last 4 weeks.",
        examples=(
            Example({"activity": _LOG}, FRIDAY, {"a": 0.9, _MATES[0]: 0.9}),
            Example({"activity": _LOG[:2]}, FRIDAY, {"a": None}, "fewer than ten peers"),
        ),
    ),
)
