"""The care registers on the day: by which standard, who is away, who cares, how long, newly,
looked through.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from features.example import FRIDAY
from features.indicator import Columns, Example, Expr, Indicator, Part

_NEW_NO, _SEEN_NO = (Part("left_behind", what, "all", "max") for what in ("new_no", "seen_no"))
_YEAR = 365


def _entry(student: str, kind: str, *, days: int, **more: object) -> dict[str, object]:
    start = FRIDAY - timedelta(days=days)
    row = {"student_id": student, "standard": "register", "kind": kind, "start_on": start}
    return row | more


_ROWS = {
    "left_behind": (
        _entry("a", "2", days=730, carer="grandparents"),
        _entry("a", "2", days=366, carer="grandparents", standard="civil"),
        _entry("b", "1", days=90 - 1, carer="parent"),
        _entry("d", "2", days=400, carer="none", checked_on=FRIDAY),
        _entry("e", "2", days=400, carer="none", end_on=FRIDAY - timedelta(days=1)),
        _entry("f", "2", days=365, end_on=FRIDAY),
    )
}
_ONE_STANDARD = {"left_behind": (_entry("b", "1", days=90, carer="relatives"),)}
_PUPILS = ("a", "b", "c", "d", "e", "f")
_Values = tuple[float | None, ...]


def _indicator(
    name: str,
    what: str,
    *,
    words: tuple[str, str, str, str],
    expect: tuple[_Values, float | None],
    unit: Literal["flag", "number"] = "flag",
) -> Indicator:
    """``expect``: of the six pupils of the long example, and of the one of the short."""
    part = Part("left_behind", what, "all", "max")

    def value(p: Columns) -> Expr:
        return p[part] if unit == "flag" else p[part] / _YEAR

    return Indicator(
        name,
        family="left_behind",
        unit=unit,
        parts=(part, _NEW_NO, _SEEN_NO),
        within="school",
        value=value,
        label_zh=words[0],
        label_en=words[1],
        zh=words[2],
        en=words[3],
        says=lambda p: {"new": p[_NEW_NO], "seen": p.today - p[_SEEN_NO]},
        examples=(
            Example(
                _ROWS,
                FRIDAY,
                dict(zip(_PUPILS, expect[0], strict=True)),
                "c is not registered, e's entry ended yesterday, f's ends today and names no carer",
            ),
            Example(_ONE_STANDARD, FRIDAY, {"b": expect[1]}, "only the school's own register"),
            Example({}, FRIDAY, {"a": None}, "nobody of the school in the register: no evidence"),
        ),
    )


INDICATORS = (
    _indicator(
        "left_behind_register",
        "register",
        words=(
            "照护登记（学籍口径）",
            "care register, school roll standard",
            "照护登记（学籍口径，父母一方或双方外出）：{value:yes}。",
            "On the school's care register, a parent away: {value:yes}.",
        ),
        expect=((1, 1, 0, 1, 0, 1), 1),
    ),
    _indicator(
        "left_behind_civil",
        "civil",
        words=(
            "照护登记（民政口径）",
            "care register, civil affairs standard",
            "照护登记（民政口径）：{value:yes}。",
            "On the civil affairs care register: {value:yes}.",
        ),
        expect=((1, 0, 0, 0, 0, 0), None),
    ),
    _indicator(
        "left_behind_both_away",
        "both_away",
        words=(
            "登记为父母双方外出",
            "both parents registered as away",
            "登记为父母双方外出：{value:yes}。",
            "Both parents registered as away: {value:yes}.",
        ),
        expect=((1, 0, 0, 1, 0, 1), 0),
    ),
    _indicator(
        "left_behind_no_carer",
        "no_carer",
        words=(
            "登记为无照护人",
            "registered without a carer",
            "登记为无照护人：{value:yes}，请当日核实。",
            "Registered without a carer: {value:yes}. Please check the same day.",
        ),
        expect=((0, 0, 0, 1, 0, None), 0),
    ),
    _indicator(
        "left_behind_grandparents",
        "grandparents",
        words=(
            "登记由祖辈照护",
            "grandparents registered as carers",
            "登记由祖辈照护：{value:yes}。",
            "Grandparents registered as carers: {value:yes}.",
        ),
        expect=((1, 0, 0, 0, 0, None), 0),
    ),
    _indicator(
        "left_behind_years",
        "days",
        unit="number",
        words=(
            "照护登记已持续年数",
            "years on the care register",
            "照护登记已持续{value:num}年。",
            "{value:num} years on the care register.",
        ),
        expect=((2, 89 / _YEAR, 0, 400 / _YEAR, 0, 1), 90 / _YEAR),
    ),
    _indicator(
        "left_behind_new_90d",
        "new",
        words=(
            "近90天新纳入照护登记",
            "newly on the care register, 90 days",
            "近90天新纳入照护登记：{value:yes}（登记日期{new:date}）。",
            "Entered the care register within 90 days: {value:yes} (on {new:date}).",
        ),
        expect=((0, 1, 0, 0, 0, 0), 0),
    ),
    _indicator(
        "left_behind_unchecked_year",
        "stale",
        words=(
            "照护登记超过一年未核查",
            "care register entry not checked for a year",
            "照护登记超过一年未见核查：{value:yes}（距最近一次登记或核查{seen:int}天）。",
            "Entry not checked for over a year: {value:yes} (last entered or checked {seen:int} days ago).",
        ),
        expect=((1, 0, 0, 0, 0, 0), 0),
    ),
)
