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


@pytest.mark.parametrize(
    ("near", "zh"),
    [
        (date(2026, 11, 6), "自2025年9月1日起。"),
        (date(2025, 11, 6), "自9月1日起。"),
        (None, "自9月1日起。"),
    ],
)
def test_a_date_of_another_year_is_said_with_its_year(near: date | None, zh: str) -> None:
    """Near a list's day a date of another year carries it; English dates always do; nothing known has none."""
    values = {"since": date(2025, 9, 1)}
    assert render("自{since:date}起。", values, near=near) == zh
    assert render("since {since:date}.", values, "en", near=near) == "since 2025-09-01."
    assert render("自{since:date}起。", {"since": None}, near=near) == "自不详起。"


@pytest.mark.parametrize(
    ("before", "now", "zh", "en"),
    [
        (0.1, 0.2, "与上一次考试相比变化不大（居中，最近一次11月3日）。", "little changed, middle part on 2025-11-03."),
        (0.1, -0.9, "由上一次考试的居中到最近一次（11月3日）的靠下。", "middle part before, lower part on 2025-11-03."),
    ],
)  # fmt: skip
def test_the_same_place_twice_is_little_changed(
    before: float, now: float, zh: str, en: str
) -> None:
    """Two examinations in the same part of the class are not told as a move from it to itself."""
    from features.catalogue import load

    (one,) = [i for i in load() if i.name == "exam_standing_change"]
    values = {"before": before, "now": now, "day": date(2025, 11, 3), "value": now - before}
    assert render(one.zh, values).endswith(zh)
    assert render(one.en, values, "en").endswith(en)
