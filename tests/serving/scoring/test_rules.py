"""Dated values: each with its reference; local ones laid over them or refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from features.refusal import Refusal
from serving.scoring.rules import BASES, Duty, Value, load_duties

NEVER = ("高危", "问题学生", "原因", "导致", "因为", "差生", "预测辍学", "排名")


def test_every_number_has_its_source() -> None:
    """A value without a reference, a basis or the day it was checked does not exist."""
    for duty in load_duties().values():
        for values in duty.numbers.values():
            assert values
            for value in values:
                assert value.reference
                assert value.basis in BASES
                assert value.checked_on <= date(2027, 9, 1)
                assert value.start <= value.checked_on


def test_no_sentence_blames() -> None:
    """Labels and sentences pass the word list."""
    for duty in load_duties().values():
        for text in (duty.zh, duty.label_zh, *duty.words.values()):
            assert not [word for word in NEVER if word in text.replace("原因不明", "")]


def test_the_value_in_force() -> None:
    """A value holds from its day; before the first the first holds."""
    old = Value(date(2020, 9, 1), 5, "系统默认", "x", date(2026, 1, 1))
    new = Value(date(2026, 9, 1), 3, "国家文件", "y", date(2026, 1, 1))
    said = dict.fromkeys(
        ("label_zh", "label_en", "zh", "en", "responsible", "basis", "reference"), ""
    )
    duty = Duty(code="x", checked_on=date(2026, 1, 1), numbers={"n": (new, old)}, **said)
    assert duty.number("n", date(2026, 8, 31)) == 5
    assert duty.number("n", date(2026, 9, 1)) == 3
    assert duty.number("n", date(2019, 1, 1)) == 5


def test_a_local_value_holds_from_its_day() -> None:
    """Before its day the default stands; from it the locality's number, marked as such."""
    change = {"value": 2, "reference": "某县〔2026〕1号", "from": date(2026, 9, 1)}
    duty = load_duties(
        {"unexplained_absence": {"listed_after_days": change, "responsible": "counselor"}}
    )["unexplained_absence"]
    assert duty.number("listed_after_days", date(2026, 8, 31)) == 3
    assert duty.at("listed_after_days", date(2026, 9, 1)).basis == "地方规定"
    assert duty.responsible == "counselor"


@pytest.mark.parametrize(
    "local",
    [
        {"no_such": {}},
        {"unexplained_absence": {"no_such": {"value": 1, "reference": "x"}}},
        {"unexplained_absence": {"listed_after_days": 2}},
        {"unexplained_absence": {"listed_after_days": {"value": 2}}},
        {"unexplained_absence": {"listed_after_days": {"value": -1, "reference": "x"}}},
        {"unexplained_absence": {"listed_after_days": {"value": True, "reference": "x"}}},
        {"unexplained_absence": {"responsible": "somebody"}},
    ],
)
def test_a_wrong_override_is_refused(local: dict[str, Any]) -> None:
    """Unknown names, bare numbers and numbers without a reference are refused."""
    with pytest.raises(Refusal):
        load_duties(local)
