"""The household register on the day: in force, watched, living on an allowance, how long, newly,
checked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from features.example import FRIDAY, together
from features.indicator import Columns, Example, Expr, Indicator, Part

_LISTED, _DAYS, _NEW_NO, _SEEN_NO = (
    Part("poverty", what, "all", "max") for what in ("listed", "days", "new_no", "seen_no")
)
_YEAR = 365


def _entry(student: str, category: str, *, days: int, **more: object) -> dict[str, object]:
    start = FRIDAY - timedelta(days=days)
    return {"student_id": student, "category": category, "start_on": start} | more


_ROWS = {
    "poverty": together(
        (
            _entry("a", "低保", days=730),
            _entry("b", "防止返贫致贫对象", days=30, risk_status="open"),
            _entry("d", "脱贫户", days=730, checked_on=FRIDAY - timedelta(days=10)),
            _entry("e", "特困", days=800, end_on=FRIDAY - timedelta(days=40)),
            _entry("f", "边缘易致贫户", days=365, risk_status="resolved"),
        )
    )
}
#: An end learned only tomorrow: today the entry is still in force.
_LATE_END = {
    "poverty": (
        _entry(
            "a",
            "低保",
            days=365,
            end_on=FRIDAY - timedelta(days=5),
            end_known_on=FRIDAY + timedelta(days=1),
        ),
    )
}
_PUPILS = ("a", "b", "c", "d", "e", "f")
_Unit = Literal["flag", "number"]


def _indicator(
    name: str,
    what: Part,
    *,
    words: tuple[str, str, str, str],
    expect: tuple[tuple[float, ...], float],
    direction: Literal[0, 1] = 0,
) -> Indicator:
    """``expect``: of the six pupils of the long example, and of the pupil whose end is not yet known."""

    unit: _Unit = "number" if what == _DAYS else "flag"

    def value(p: Columns) -> Expr:
        return p[what] if unit == "flag" else p[what] / _YEAR

    return Indicator(
        name,
        family="poverty",
        unit=unit,
        direction=direction,
        parts=tuple(dict.fromkeys((what, _NEW_NO, _SEEN_NO))),
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
                "the school has a register: who is not in it is not registered; e's entry has ended",
            ),
            Example(_LATE_END, FRIDAY, {"a": expect[1]}, "an end not yet known has not come"),
            Example({}, FRIDAY, {"a": None}, "nobody of the school in the register: no evidence"),
        ),
    )


INDICATORS = (
    _indicator(
        "poverty_registered",
        _LISTED,
        direction=1,
        words=(
            "家庭经济困难登记（有效）",
            "on the household economy register",
            "家庭经济登记（有效）：{value:yes}。",
            "In force on the household economy register: {value:yes}.",
        ),
        expect=((1, 1, 0, 1, 0, 1), 1),
    ),
    _indicator(
        "poverty_monitored",
        Part("poverty", "monitored", "all", "max"),
        words=(
            "防止返贫致贫监测（风险未消除）",
            "household watched against falling into poverty",
            "防止返贫致贫监测（风险未消除）：{value:yes}，请核对资助是否到位。",
            "Household under watch, risk open: {value:yes}. Please check that aid has arrived.",
        ),
        expect=((0, 1, 0, 0, 0, 0), 0),
    ),
    _indicator(
        "poverty_subsistence",
        Part("poverty", "subsistence", "all", "max"),
        words=(
            "低保或特困登记（有效）",
            "subsistence allowance or destitute support",
            "低保或特困登记（有效）：{value:yes}。",
            "Subsistence allowance or destitute support in force: {value:yes}.",
        ),
        expect=((1, 0, 0, 0, 0, 0), 1),
    ),
    _indicator(
        "poverty_years",
        _DAYS,
        words=(
            "家庭经济登记已持续年数",
            "years on the household economy register",
            "家庭经济登记已持续{value:num}年。",
            "{value:num} years on the household economy register.",
        ),
        expect=((2, 30 / _YEAR, 0, 2, 0, 1), 1),
    ),
    _indicator(
        "poverty_new_90d",
        Part("poverty", "new", "all", "max"),
        words=(
            "近90天家庭新纳入登记",
            "newly on the household economy register, 90 days",
            "近90天家庭新纳入经济登记：{value:yes}（纳入日期{new:date}），请核对资助是否到位。",
            "Entered within 90 days: {value:yes} (on {new:date}). Please check that aid has arrived.",
        ),
        expect=((0, 1, 0, 0, 0, 0), 0),
    ),
    _indicator(
        "poverty_unchecked_year",
        Part("poverty", "stale", "all", "max"),
        words=(
            "家庭经济登记超过一年未核查",
            "register entry not checked for a year",
            "家庭经济登记超过一年未见核查：{value:yes}（距最近一次登记或核查{seen:int}天）。",
            "Entry not checked for over a year: {value:yes} (last entered or checked {seen:int} days ago).",
        ),
        expect=((1, 0, 0, 0, 0, 0), 0),
    ),
)
