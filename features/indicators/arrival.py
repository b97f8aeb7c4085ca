"""Arrival at the start of term, now and before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from features.example import FRIDAY, TERM, Row, Rows
from features.indicator import Columns, Example, Expr, Indicator, Part

_LATE, _NOT, _PAST, _NONE = (
    Part("moves", what, "all", "max")
    for what in ("late_days", "not_arrived", "past_late", "unregistered")
)
_FIRST = date(2026, 9, 1)
_LAST_TERM, _LAST_FIRST = "2025-2026-2", date(2026, 3, 2)


def _row(student: str, status: str, day: date, term: str = TERM) -> Row:
    return {"student_id": student, "term": term, "status": status, "happened_on": day}


_ROWS: Mapping[str, Rows] = {
    "term_registration": (
        _row("a", "not_arrived", _FIRST),
        _row("a", "arrived", _FIRST + timedelta(days=9)),
        _row("b", "arrived", _FIRST - timedelta(days=1)),
        _row("d", "not_arrived", _FIRST),
        _row("e", "on_leave", _FIRST),
    )
}
_PAST_ROWS: Mapping[str, Rows] = {
    "calendar": tuple(
        {"date": d, "term": t, "is_school_day": 1}
        for first, t in ((_LAST_FIRST, _LAST_TERM), (_FIRST, TERM))
        for d in (first + timedelta(days=n) for n in range(30))
    ),
    "enrolments": tuple(
        {"student_id": s, "start_on": date(2025, 9, 1), "end_on": None} for s in "abcd"
    ),
    "term_registration": (
        _row("a", "arrived", _LAST_FIRST + timedelta(days=4), _LAST_TERM),
        _row("a", "arrived", _FIRST),
        _row("b", "arrived", _LAST_FIRST + timedelta(days=3), _LAST_TERM),
        _row("b", "not_arrived", _FIRST),
        _row("c", "not_arrived", _LAST_FIRST, _LAST_TERM),
    ),
}
_WAIT = float((FRIDAY - _FIRST).days)
_NOBODY = Example({}, FRIDAY, {"a": None}, "nobody's registration on record")
_PUPILS = ("a", "b", "c", "d", "e")
_Values = tuple[float | None, ...]


def _indicator(
    name: str,
    part: Part,
    *,
    unit: str,
    words: tuple[str, str, str, str],
    examples: tuple[Example, ...],
) -> Indicator:
    def value(p: Columns) -> Expr:
        return p[part]

    return Indicator(
        name,
        family="mobility",
        unit=unit,  # type: ignore[arg-type]
        direction=1,
        parts=(part,),
        within="school",
        value=value,
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        examples=(*examples, _NOBODY),
    )


def _main(values: _Values, note: str) -> Example:
    return Example(_ROWS, FRIDAY, dict(zip(_PUPILS, values, strict=True)), note)


INDICATORS = (
    _indicator(
        "arrival_delay_days",
        _LATE,
        unit="days",
        words=(
            "本学期报到距开学天数",
            "days from the first day of term to arrival",
            "本学期开学后{value:int}天报到（未报到的计至今日）。",
            "Arrived {value:int} days after the first day of term (to today if not yet arrived).",
        ),
        examples=(_main((9, 0, None, _WAIT, _WAIT), "who has not arrived is counted to today"),),
    ),
    _indicator(
        "not_arrived",
        _NOT,
        unit="flag",
        words=(
            "本学期登记为未报到或请假",
            "registered as not arrived or on leave this term",
            "本学期登记为未报到或请假：{value:yes}。",
            "Registered as not arrived, or on leave, this term: {value:yes}.",
        ),
        examples=(_main((0, 0, None, 1, 1), "the newest known registration counts"),),
    ),
    _indicator(
        "registration_missing",
        _NONE,
        unit="flag",
        words=(
            "本学期未见报到登记",
            "no registration on record this term",
            "本学期未见报到登记：{value:yes}（未登记不等于未到校）。",
            "No registration on record this term: {value:yes} (which does not mean absent).",
        ),
        examples=(
            _main((0, 0, 1, 0, 0), "others of the school are registered, c is not"),
            Example(
                {**_ROWS, "enrolments": ({"student_id": "c", "start_on": date(2026, 10, 12)},)},
                FRIDAY,
                {"c": None},
                "came after the first day: not asked",
            ),
        ),
    ),
    _indicator(
        "late_arrivals_2y",
        _PAST,
        unit="count",
        words=(
            "近2年以往学期未按时报到次数",
            "earlier terms not arrived on time, 2 years",
            "近2年以往学期开学3天内未见报到：{value:int}次。",
            "Earlier terms of 2 years in which the pupil had not arrived within three days: {value:int}.",
        ),
        examples=(
            Example(
                _PAST_ROWS,
                FRIDAY,
                {"a": 1, "b": 0, "c": 1, "d": None},
                "three days are on time; this term is not counted here",
            ),
        ),
    ),
)
