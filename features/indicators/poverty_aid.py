"""Aid of the current term: who is registered without any, and what is due but not paid."""

from __future__ import annotations

from datetime import date, timedelta

from features.example import FRIDAY, TERM, Row
from features.indicator import Example, Family, Indicator, Part

_POVERTY = Part("poverty", "listed", "all", "max")
_DISABILITY = Part("disability", "listed", "all", "max")
_GIVEN, _UNPAID = Part("aid", "given", "all", "max"), Part("aid", "unpaid", "all", "max")


def _aid(student: str, status: str, *, term: str = TERM, days: int = 30) -> Row:
    known = FRIDAY - timedelta(days=days)
    return {
        "student_id": student, "programme": "生活补助", "term": term, "status": status, "known_on": known,
    }  # fmt: skip


_AID = (
    _aid("a", "due"),
    _aid("b", "due"),
    _aid("b", "paid", days=5),
    _aid("c", "granted"),
    _aid("e", "refused"),
    _aid("f", "due"),
    # paid, as will be known tomorrow only
    _aid("f", "paid", days=-1),
)
_OLD = (_aid("a", "due", term="2025-2026-2", days=200),)
_PUPILS = ("a", "b", "c", "d", "e", "f")


def _register(table: str, category: str, students: str) -> dict[str, tuple[Row, ...]]:
    start = date(2025, 9, 1)
    return {
        table: tuple({"student_id": s, "category": category, "start_on": start} for s in students)
    }


def _without(family: Family, listed: Part, *, category: str, words: tuple[str, ...]) -> Indicator:
    """Registered, and no aid of the term granted or paid."""
    table = listed.table
    rows = _register(table, category, "abcde")
    return Indicator(
        f"{table}_without_aid",
        family=family,
        unit="flag",
        changeable=True,
        parts=(listed, _GIVEN),
        within="school",
        value=lambda p: p[listed] * (1 - p[_GIVEN]),
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        examples=(
            Example(
                {"aid": _AID, **rows},
                FRIDAY,
                dict(zip(_PUPILS, (1, 0, 0, 1, 1, 0), strict=True)),
                "due is not granted; d has no row; f is not registered",
            ),
            Example({"aid": _OLD, **rows}, FRIDAY, {"a": None}, "nothing of this term on record"),
            Example(
                {"aid": _AID[:1], **rows},
                FRIDAY,
                {"a": None},
                "before the first grants none is late",
            ),
            Example({"aid": _AID}, FRIDAY, {"a": None}, "no register"),
        ),
    )


INDICATORS = (
    _without(
        "poverty",
        _POVERTY,
        category="低保",
        words=(
            "有经济登记而本学期资助未见批准",
            "registered, and no aid granted this term",
            "有家庭经济登记而本学期资助未见批准或发放：{value:yes}，请核对资助。",
            "Registered, no aid granted or paid this term: {value:yes}. Please check the aid.",
        ),
    ),
    _without(
        "disability",
        _DISABILITY,
        category="4",
        words=(
            "有残疾登记而本学期资助未见批准",
            "registered for special support, and no aid granted this term",
            "有残疾登记而本学期资助未见批准或发放：{value:yes}，请核对资助。",
            "Registered disability, no aid granted or paid this term: {value:yes}. Please check the aid.",
        ),
    ),
    Indicator(
        "aid_unpaid",
        family="poverty",
        unit="flag",
        changeable=True,
        parts=(_UNPAID,),
        within="school",
        value=lambda p: p[_UNPAID],
        label_zh="本学期资助应发未发",
        label_en="aid of the term due and not paid",
        zh="本学期资助已列入应发、未见发放：{value:yes}，请核对。",
        en="Aid of this term due and not paid: {value:yes}. Please check.",
        examples=(
            Example(
                {"aid": _AID},
                FRIDAY,
                dict(zip(_PUPILS, (1, 0, 1, 0, 0, 1), strict=True)),
                "a refusal is not due; a payment known only tomorrow has not come",
            ),
            Example({"aid": _OLD}, FRIDAY, {"a": None}, "nothing of this term on record"),
        ),
    ),
)
