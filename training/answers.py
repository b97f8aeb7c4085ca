"""What the gates answered, in words: for the card, the page and the command line.

An answer is plain data (see ``gates.hear``): name, title_zh, title_en, passed (None: cannot be told),
zh, en; ``partly`` where of some of what was asked nothing could be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Answer = Mapping[str, Any]
_WORDS = {
    True: ("通过", "passed"),
    False: ("未通过", "not passed"),
    None: ("不足以判断", "cannot be told"),
}
_PARTLY = ("部分通过，其余不足以判断", "passed in part, the rest cannot be told")
_FIRST = ("优于出勤规则", "better than the attendance rule")


def word(one: Answer) -> tuple[str, str]:
    """Passed, passed as far as it could be told, not passed, or cannot be told."""
    if one["passed"] and one.get("partly"):
        return _PARTLY
    return _WORDS[one["passed"]]


def answers(checks: Mapping[str, Any]) -> list[Answer]:
    """All answers recorded with a model; of one trained before there were several, the first gate's.

    A model on which nothing is recorded has passed nothing: one answer says so.
    """
    if "gates" in checks:
        return [_with_first(one, checks) for one in checks["gates"]]
    gate = checks.get("gate", {})
    return [_answer(bool(gate.get("passed")), gate.get("point"))]


def _with_first(one: Answer, checks: Mapping[str, Any]) -> Answer:
    """``checks["gate"]`` is read by older programs too: where the two differ the stricter counts."""
    gate = checks.get("gate", {})
    if one["name"] != "beats_attendance" or gate.get("passed", True) or not one["passed"]:
        return one
    return _answer(False, gate.get("point"))


def _answer(passed: bool, point: float | None) -> Answer:
    said = ("未记录", "not recorded") if point is None else (f"{point:+.4f}", f"{point:+.4f}")
    return {
        "name": "beats_attendance",
        "title_zh": _FIRST[0],
        "title_en": _FIRST[1],
        "passed": passed,
        "zh": f"平均精确率与出勤规则之差 {said[0]}（区间应大于0）。",
        "en": f"Average precision less the attendance rule's: {said[1]} (the interval must lie above 0).",
    }


def failed(checks: Mapping[str, Any]) -> list[Answer]:
    """Those that block."""
    return [one for one in answers(checks) if one["passed"] is False]


def line(one: Answer) -> tuple[str, str]:
    """One answer as a line in both languages."""
    said = word(one)
    return (
        f"检验·{one['title_zh']}：{said[0]}。{one['zh']}",
        f"Gate, {one['title_en']}: {said[1]}. {one['en']}",
    )


def table(told: Sequence[Answer]) -> list[str]:
    """A Markdown table with a line for each; Chinese first."""
    rows = []
    for one in told:
        said = word(one)
        rows.append(
            f"| {one['title_zh']}<br>{one['title_en']} | {said[0]} {said[1]} |"
            f" {one['zh']}<br>{one['en']} |"
        )
    head = ["| 检验 gate | 结果 answer | 依据 figures |", "| --- | --- | --- |"]
    return [*head, *(row.replace("\n", " ") for row in rows), ""]
