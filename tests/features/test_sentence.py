"""Sentences carry a pupil's values in words of either language."""

from __future__ import annotations

from datetime import date

import pytest

from features.sentence import FORMATS, fields, render, tells_no_change


@pytest.mark.parametrize(
    ("template", "value", "zh", "en"),
    [
        ("{v:days}", 19, "9.5", "9.5"),
        ("{v:days}", 20, "10", "10"),
        ("{v:int}", 2.0, "2", "2"),
        ("{v:num}", 2.25, "2.2", "2.2"),
        ("{v:percent}", 0.4, "40%", "40%"),
        ("{v:date}", date(2026, 3, 4), "3月4日", "2026-03-04"),
        ("{v:date}", 20_516, "3月4日", "2026-03-04"),
        ("{v:month}", date(2026, 3, 4), "3月", "2026-03"),
        ("{v:third}", 0.9, "靠上", "upper"),
        ("{v:third}", 0.5, "居中", "middle"),
        ("{v:zband}", -0.6, "靠下", "lower"),
        ("{v:yes}", 1.0, "有", "yes"),
        ("{v:signed}", -0.25, "-0.2", "-0.2"),
        ("{v:points}", 0.031, "+3", "+3"),
        ("{v}", "math", "math", "math"),
        ("{v:percent}", None, "不详", "unknown"),
        ("{v:int}", float("nan"), "不详", "unknown"),
    ],
)
def test_values_are_said_in_both_languages(template: str, value: object, zh: str, en: str) -> None:
    """Each format says its value in Chinese and in English; what is not known is said to be so."""
    assert render(template, {"v": value}) == zh
    assert render(template, {"v": value}, "en") == en


def test_a_template_names_what_it_wants() -> None:
    """The fields of a template are known without a value, and a missing one is an error."""
    assert fields("近4周{n:days}天，{value:percent}") == {"n", "value"}
    assert "days" in FORMATS
    with pytest.raises(KeyError):
        render("{n:int}", {})


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [(0, "是3月4日，今天。", "on 2026-03-04, today."), (1, "是3月4日，距今1天。", "on 2026-03-04, 1 day ago."),
     (10, "是3月4日，距今10天。", "on 2026-03-04, 10 days ago.")],
)  # fmt: skip
def test_no_days_ago_is_today(days: int, zh: str, en: str) -> None:
    """A count of no days is said as today, one day in the singular, ten as they are."""
    values = {"last": date(2026, 3, 4), "value": float(days)}
    assert render("是{last:date}，距今{value:int}天。", values) == zh
    assert render("on {last:date}, {value:int} days ago.", values, "en") == en


@pytest.mark.parametrize(
    ("template", "value", "none"),
    [
        ("{v:signed}", 0.2, True), ("{v:signed}", -0.2, True), ("{v:signed}", 0.3, False),
        ("{v:points}", 0.004, True), ("{v:points}", -0.006, False), ("{v:int}", 0.0, False),
        ("{v:signed}", None, False),
    ],
)  # fmt: skip
def test_a_change_that_is_none_is_recognised(
    template: str, value: float | None, none: bool
) -> None:
    """A change that prints as nothing, or less than a quarter of a deviation, tells no change."""
    assert tells_no_change(template, {"v": value}) is none
