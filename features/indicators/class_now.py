"""The class of late: how many take part at all, how many have left it, and how fast."""

from __future__ import annotations

from datetime import date, timedelta

from features.example import FRIDAY, Rows, classmates, log, monday, together
from features.indicator import Columns, Example, Expr, Indicator, Part, given, ratio

_THERE = Part("departures", "there", "all", "max")
_LEFT, _LEFT_TERM, _PUPIL_DAYS = (
    Part("departures", what, "all", "max") for what in ("left", "left_term", "pupil_days")
)
#: Half a departure in twenty pupil-weeks is added: a class that nobody left has left no chance of nothing.
_HALF, _ADDED_DAYS = 0.5, 140
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


def _rate(p: Columns) -> Expr:
    """Departures a pupil and week: since the term began, the last four weeks counting twice."""
    gone = p[_LEFT] + p[_LEFT_TERM] + _HALF
    return given(p[_PUPIL_DAYS], gone * 7 / (p[_PUPIL_DAYS] + _ADDED_DAYS))


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
        "class_departure_rate",
        family="context",
        direction=1,
        changeable=False,
        unit="number",
        parts=(_LEFT, _LEFT_TERM, _PUPIL_DAYS),
        within="class",
        value=_rate,
        label_zh="本班离开的快慢（每名学生每周）",
        label_en="pace of leaving the class, a pupil and week",
        zh="本学期以来本班有{k:int}名学生离开（含转出），其中近4周{n:int}名。",
        en="{k:int} pupils left the class since the term began, {n:int} of them in the last 4 weeks,"
        " moves included.",
        says=lambda p: {"k": p[_LEFT_TERM], "n": p[_LEFT]},
        examples=(
            Example(
                {"status_changes": _move(FRIDAY - timedelta(days=10))},
                FRIDAY,
                {"a": 2.5 * 7 / (3 * 67 + 3 * 28 + 140), "b": 2.5 * 7 / 425},
                "one of three has moved away, on the 67th day of the term",
            ),
            Example({}, FRIDAY, {"a": 0.5 * 7 / (67 + 28 + 140)}, "nobody left"),
        ),
    ),
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
