"""Absence of any kind, as a share of the sessions whose mark is known, over four spans."""

from __future__ import annotations

from features.example import FRIDAY, halves, marks, monday, taken, together
from features.indicator import Example, Indicator, Part, ratio

_SPANS = {
    "2w": ("近2周", "in the last 2 weeks"),
    "4w": ("近4周", "in the last 4 weeks"),
    "8w": ("近8周", "in the last 8 weeks"),
    "term": ("本学期", "this term"),
}


def _examples(span: str) -> tuple[Example, ...]:
    rows = together(
        marks("a", monday(4), "PPPPP PPPPP UUPPP PSPPP"),
        marks("b", monday(4), "PPPPP PPPPP PPPPP PPPP"),
        halves("b", FRIDAY, "PU"),
        marks("c", monday(4), "....."),
    )
    shares: dict[str, dict[str, float | None]] = {
        "2w": {"a": 0.3, "b": 0.05},
        "4w": {"a": 0.15, "b": 0.025},
        "8w": {"a": 0.15, "b": 0.025},
        "term": {"a": 0.15, "b": 0.025},
    }
    return (
        Example(
            {"attendance": rows},
            FRIDAY,
            {**shares[span], "c": None},
            "a half-day weighs one half; a pupil without a mark has no rate",
        ),
        Example(
            {"attendance": marks("a", monday(1), "XXUUP")},
            FRIDAY,
            {"a": 2 / 3},
            "days of exclusion are not school days for the pupil",
        ),
        Example(
            {
                "attendance": together(marks("a", monday(1), "UUU"), marks("b", monday(1), "S")),
                "roll_calls": taken(monday(1), 5),
            },
            FRIDAY,
            {"a": 1.0, "b": 0.2, "c": 0.0},
            "exceptions only: without a mark on a day taken is present, after three unexplained days unknown",
            attendance_mode="exceptions",
        ),
        Example(
            {"attendance": marks("a", monday(1), "U"), "roll_calls": ()},
            FRIDAY,
            {"a": 1.0, "b": None},
            "exceptions only, and nobody called the roll: unknown, not present",
            attendance_mode="exceptions",
        ),
    )


def _rate(span: str) -> Indicator:
    absent, known = Part("days", "absent", span), Part("days", "known", span)
    zh, en = _SPANS[span]
    return Indicator(
        f"absence_{span}",
        family="attendance",
        direction=1,
        changeable=True,
        unit="share",
        parts=(absent, known),
        value=lambda p: ratio(p[absent], p[known]),
        label_zh=f"{zh}缺勤率",
        label_en=f"absence rate {en}",
        zh=f"{zh}有记录的{{n:days}}天中缺勤{{k:days}}天，缺勤率{{value:percent}}。",
        en=f"Absent {{k:days}} of {{n:days}} recorded days {en}: {{value:percent}}.",
        says=lambda p: {"n": p[known], "k": p[absent]},
        examples=_examples(span),
    )


INDICATORS = tuple(_rate(span) for span in _SPANS)
