"""Sentences carry a pupil's values in words of either language."""

from __future__ import annotations

from datetime import date

import pytest

from features.sentence import FORMATS, fields, render


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
