"""Moves of the last years as the roll tells them: transfers, suspension, leaving and coming back."""

from __future__ import annotations

from datetime import timedelta

from features.example import FRIDAY, Row
from features.indicator import Example, Indicator, Part

_TRANSFERS, _SUSPENDED, _OUT, _RETURNED, _BACK = (
    Part("moves", what, "all", "max")
    for what in ("transfers", "suspended", "out", "returned", "back_no")
)
_OTHER = "3201010002"


def _change(student: str, kind: str, days: int) -> Row:
    day = FRIDAY - timedelta(days=days)
    return {"student_id": student, "kind": kind, "happened_on": day}


def _enrolled(student: str, days: int, *, grade: str, school: str | None = None) -> Row:
    row = {"student_id": student, "start_on": FRIDAY - timedelta(days=days), "grade": grade}
    return row | ({"school_id": school} if school else {})


_ROWS = {
    "status_changes": (
        _change("a", "transfer_in", 100),
        _change("a", "transfer_in", 800),
        _change("b", "suspended", 600),
        _change("b", "resumed", 300),
        _change("d", "dropped_out", 1000),
        _change("d", "returned", 990),
        _change("d", "suspected_dropout", 60),
        _change("d", "returned", 50),
        _change("e", "suspected_dropout", 40),
        _change("e", "suspicion_cleared", 39),
    )
}
_CHANGES = {
    "enrolments": (
        _enrolled("a", 430, grade="6", school=_OTHER),
        _enrolled("a", 66, grade="7"),
        _enrolled("b", 430, grade="7", school=_OTHER),
        _enrolled("b", 66, grade="8"),
    )
}
_NOBODY = Example({}, FRIDAY, {"a": None}, "no change of anybody of the school on record")

INDICATORS = (
    Indicator(
        "transfers_2y",
        family="mobility",
        unit="count",
        direction=1,
        parts=(_TRANSFERS,),
        within="school",
        value=lambda p: p[_TRANSFERS],
        label_zh="近2年转学次数",
        label_en="changes of school, last 2 years",
        zh="近2年转学{value:int}次。",
        en="Changes of school in the last 2 years: {value:int}.",
        examples=(
            Example(_ROWS, FRIDAY, {"a": 1, "b": 0, "c": 0}, "older moves are not counted"),
            Example(
                _CHANGES,
                FRIDAY,
                {"a": 0, "b": 1},
                "seen in the enrolments; going up to junior school is no transfer",
            ),
            _NOBODY,
        ),
    ),
    Indicator(
        "suspended_2y",
        family="mobility",
        unit="flag",
        direction=1,
        parts=(_SUSPENDED,),
        within="school",
        value=lambda p: p[_SUSPENDED],
        label_zh="近2年有休学记录",
        label_en="suspension of schooling on record, last 2 years",
        zh="近2年休学记录：{value:yes}。",
        en="Suspension of schooling on record in the last 2 years: {value:yes}.",
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0, "b": 1}),
            Example(
                {"status_changes": (_change("a", "suspended", 730), _change("a", "resumed", 400))},
                FRIDAY,
                {"a": 0},
                "two years and a day count back from today",
            ),
            _NOBODY,
        ),
    ),
    Indicator(
        "left_before",
        family="mobility",
        unit="count",
        direction=1,
        parts=(_OUT,),
        within="school",
        value=lambda p: p[_OUT],
        label_zh="此前疑似辍学或辍学记录次数",
        label_en="earlier records of suspected or confirmed leaving",
        zh="此前有疑似辍学或辍学记录{value:int}次。",
        en="Earlier records of suspected or confirmed leaving: {value:int}.",
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0, "d": 2, "e": 1}, "a suspicion that was cleared counts"),
            _NOBODY,
        ),
    ),
    Indicator(
        "returned_before",
        family="mobility",
        unit="count",
        direction=1,
        parts=(_RETURNED,),
        within="school",
        value=lambda p: p[_RETURNED],
        label_zh="此前劝返复学次数",
        label_en="earlier returns to school",
        zh="此前劝返复学{value:int}次，请留意回访安排。",
        en="Earlier returns to school: {value:int}. Please mind the follow-up visits.",
        examples=(
            Example(_ROWS, FRIDAY, {"a": 0, "d": 2, "e": 0}),
            _NOBODY,
        ),
    ),
    Indicator(
        "days_since_return",
        family="mobility",
        unit="days",
        direction=-1,
        parts=(_BACK,),
        value=lambda p: p.today - p[_BACK],
        label_zh="距最近一次劝返复学天数",
        label_en="days since the last return to school",
        zh="{back:date}劝返复学，距今{value:int}天，请留意回访安排。",
        en="Returned to school on {back:date}, {value:int} days ago. Please mind the follow-up visits.",
        says=lambda p: {"back": p[_BACK]},
        examples=(
            Example(_ROWS, FRIDAY, {"a": None, "d": 50, "e": None}, "no return: no number"),
            _NOBODY,
        ),
    ),
)
