"""The special education register on the day. It says what support is due; it is never a listed
reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from features.example import FRIDAY
from features.indicator import Columns, Example, Expr, Indicator, Part

_NEW_NO, _SEEN_NO = (Part("disability", what, "all", "max") for what in ("new_no", "seen_no"))
_YEAR = 365


def _entry(student: str, category: str, *, days: int, **more: object) -> dict[str, object]:
    start = FRIDAY - timedelta(days=days)
    return {"student_id": student, "category": category, "start_on": start} | more


_ROWS = {
    "disability": (
        _entry("a", "5", days=730, level="2", placement="inclusive"),
        _entry("b", "4", days=100, level="0", placement="waiting"),
        _entry("d", "1", days=730, level="4", placement="ordinary", checked_on=FRIDAY),
        _entry("e", "6", days=730, level="1", end_on=FRIDAY - timedelta(days=1)),
    )
}
_TWO = {
    "disability": (
        _entry("a", "4", days=365, level="3", placement="ordinary"),
        _entry("a", "6", days=90, level="2", placement="inclusive"),
    )
}
_PUPILS = ("a", "b", "c", "d", "e")


def _indicator(
    name: str,
    what: str,
    *,
    words: tuple[str, str, str, str],
    expect: tuple[tuple[float | None, ...], float],
    unit: Literal["flag", "number"] = "flag",
) -> Indicator:
    """``expect``: of the five pupils of the long example, and of the one with two entries."""
    part = Part("disability", what, "all", "max")

    def value(p: Columns) -> Expr:
        return p[part] if what != "days" else p[part] / _YEAR

    return Indicator(
        name,
        family="disability",
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
                "c is not registered, e's entry ended yesterday, b is not graded",
            ),
            Example(_TWO, FRIDAY, {"a": expect[1]}, "two entries in force: what holds for either"),
            Example({}, FRIDAY, {"a": None}, "nobody of the school in the register: no evidence"),
        ),
    )


INDICATORS = (
    _indicator(
        "disability_registered",
        "listed",
        words=(
            "特殊教育支持登记",
            "special education register",
            "特殊教育支持登记（有效）：{value:yes}，请核对支持是否到位。",
            "On the special education register: {value:yes}. Please check that support is in place.",
        ),
        expect=((1, 1, 0, 1, 0), 1),
    ),
    _indicator(
        "disability_severity",
        "severity",
        unit="number",
        words=(
            "登记的支持需要程度（1至4，4最高）",
            "registered degree of support, 1 to 4 (most)",
            "登记的支持需要程度为{value:int}（0为未登记，4为最高）。",
            "Registered degree of support {value:int} (0 not registered, 4 most).",
        ),
        expect=((3, None, 0, 1, 0), 3),
    ),
    _indicator(
        "disability_mind",
        "mind",
        words=(
            "登记类别为智力或精神",
            "registered for intellectual or mental support",
            "登记类别含智力或精神支持：{value:yes}。",
            "Registered for intellectual or mental support: {value:yes}.",
        ),
        expect=((1, 0, 0, 0, 0), 1),
    ),
    _indicator(
        "disability_years",
        "days",
        unit="number",
        words=(
            "特殊教育支持登记已持续年数",
            "years on the special education register",
            "特殊教育支持登记已持续{value:num}年。",
            "{value:num} years on the special education register.",
        ),
        expect=((2, 100 / _YEAR, 0, 2, 0), 1),
    ),
    _indicator(
        "disability_new_180d",
        "new",
        words=(
            "近180天新登记特殊教育支持",
            "newly on the special education register, 180 days",
            "近180天新登记特殊教育支持：{value:yes}（登记日期{new:date}）。",
            "Entered the special education register within 180 days: {value:yes} (on {new:date}).",
        ),
        expect=((0, 1, 0, 0, 0), 1),
    ),
    _indicator(
        "disability_unchecked_year",
        "stale",
        words=(
            "特殊教育支持登记超过一年未核查",
            "special education entry not checked for a year",
            "特殊教育支持登记超过一年未见核查：{value:yes}（距最近一次登记或核查{seen:int}天）。",
            "Entry not checked for over a year: {value:yes} (last entered or checked {seen:int} days ago).",
        ),
        expect=((1, 0, 0, 0, 0), 0),
    ),
    _indicator(
        "disability_inclusive",
        "inclusive",
        words=(
            "随班就读安置",
            "placed in an inclusive class",
            "随班就读安置：{value:yes}。",
            "Placed in an inclusive class: {value:yes}.",
        ),
        expect=((1, 0, 0, 0, 0), 1),
    ),
    _indicator(
        "disability_waiting",
        "waiting",
        words=(
            "登记为待安置",
            "waiting for a placement",
            "登记为待安置：{value:yes}，如有请核实安置进度。",
            "Waiting for a placement: {value:yes}. If so, please check how far it has come.",
        ),
        expect=((0, 1, 0, 0, 0), 0),
    ),
)
