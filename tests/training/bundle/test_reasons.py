"""Reasons: gathered by family, said with the pupil's own values, background never."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from features.indicator import Columns, Indicator
from tests.training.factories import COLUMNS, frame, trained
from training.bundle import Column, Scored
from training.bundle.reasons import Teller, family_word, words


def value(p: Columns) -> object:
    return None


ABSENCE = Indicator(
    "absence_4w", family="attendance", parts=(), value=value, label_zh="近4周缺勤率", label_en="absence",  # type: ignore[arg-type]
    zh="近4周应到{n:days}天，缺勤率{value:percent}。", en="Of {n:days} days absent {value:percent}.", changeable=True,
)  # fmt: skip


def scored(parts: list[list[float]]) -> Scored:
    made = np.array(parts, float)
    margin = made.sum(axis=1)
    return Scored(tuple(c.name for c in COLUMNS), margin, margin, margin, margin, made, 0.0)


VALUES = {
    "absence_2w": 0.4,
    "absence_4w": 0.35,
    "exam_standing": 0.1,
    "poverty_now": 1.0,
    "school_week": 9.0,
    "unexplained_run": 3.0,
}


def told(parts: list[float], lang: str = "zh", **values: float | None):  # type: ignore[no-untyped-def]
    details = pl.DataFrame([VALUES | {"absence_4w__n": 38.0} | values])
    return Teller(COLUMNS, [ABSENCE]).tell(scored([parts]), details, lang=lang)[0]


def test_a_family_is_one_reason_with_its_strongest_sentence() -> None:
    """Contributions of a family add up to one reason, said by the indicator that raised it most."""
    one = told([0.2, 0.9, 0.5, 0.0, 0.0, -0.1])
    first = one.listed[0]
    assert (first.family, first.code, first.changeable) == ("attendance", "absence_4w", True)
    assert first.sentence == "近4周应到19天，缺勤率35%。"
    assert first.contribution == 1.0
    assert first.own == 0.9
    assert first.more == ("近2周缺勤率：40%。",)
    assert [r.family for r in one.listed] == ["attendance", "grades"]


def test_a_change_of_nothing_is_no_ground() -> None:
    """A change that rounds to none is not listed, however much it moved the estimate; a larger one is."""
    drift = replace(
        ABSENCE, name="exam_standing", family="grades", zh="位置变化{value:signed}个标准差。",
        en="Standing changed by {value:signed}.",
    )  # fmt: skip
    teller = Teller(COLUMNS, [ABSENCE, drift])
    for change, families in ((0.2, ["attendance"]), (-0.8, ["attendance", "grades"])):
        details = pl.DataFrame([VALUES | {"absence_4w__n": 38.0, "exam_standing": change}])
        one = teller.tell(scored([[0.2, 0.9, 0.5, 0.0, 0.0, -0.1]]), details)[0]
        assert [reason.family for reason in one.listed] == families
        assert one.families["grades"] == 0.5


def test_background_is_one_sum_and_never_a_reason() -> None:
    """However strong, a background family is summed and stays unlisted in either direction."""
    for strength in (5.0, -5.0):
        one = told([0.1, 0.1, 0.1, strength, 0.1, 0.1])
        assert one.background == strength
        assert "poverty" not in {r.family for r in (*one.listed, *one.protective)}


def test_only_what_raises_is_a_reason() -> None:
    """A family that lowers the estimate is protective, never listed."""
    one = told([-0.3, -0.4, 0.2, 0.0, 0.0, 0.0])
    assert [r.family for r in one.listed] == ["grades"]
    assert [r.code for r in one.protective] == ["absence_4w"]
    assert told([0.0] * 6).listed == ()


def test_at_most_three_are_listed_in_order_of_weight() -> None:
    """No pupil has more than three listed reasons, the weightiest first."""
    columns = tuple(Column(f"i{n}", f"f{n}", 0, label_zh=f"第{n}") for n in range(5))
    made = Scored(
        tuple(c.name for c in columns),
        *[np.zeros(1)] * 4,
        np.array([[0.1, 0.5, 0.3, 0.2, 0.4]]),
        0.0,
    )
    details = pl.DataFrame([{f"i{n}": 1.0 for n in range(5)}])
    one = Teller(columns, []).tell(made, details)[0]
    assert [r.code for r in one.listed] == ["i1", "i4", "i2"]


def test_what_is_not_recorded_is_not_worded() -> None:
    """An indicator without a value gives no sentence; the family speaks through the next or not at all."""
    one = told([0.2, 0.9, 0.5, 0.0, 0.0, 0.0], absence_4w=None, exam_standing=None)
    assert [r.code for r in one.listed] == ["absence_2w"]
    assert one.listed[0].contribution == 1.1


def test_bare_values_are_said_by_their_label() -> None:
    """Without what a sentence wants, label and value are said, in either language."""
    column = COLUMNS[1]
    assert words(column, ABSENCE, {"value": 0.5}, "zh") == "近4周缺勤率：50%。"
    assert words(column, None, {"value": 0.5}, "en") == "absence, 4 weeks: 50%."
    assert words(Column("x", "context", 0), None, {"value": 2.0}, "zh") == "x：2。"
    assert words(column, ABSENCE, {"value": None}, "zh") is None
    assert family_word("attendance") == "出勤"
    assert family_word("attendance", "en") == "attendance"
    assert told([0, 0.9, 0, 0, 0, 0], lang="en").listed[0].sentence == "Of 19 days absent 35%."


def test_families_and_bias_are_the_margin() -> None:
    """The sums by family, background among them, add up with the bias to the margin for every row."""
    bundle = trained().challenger
    rows = frame(pupils=30, weeks=1)
    made = bundle.score(rows)
    for n, one in enumerate(bundle.reasons(made, rows, catalogue=[ABSENCE])):
        assert abs(made.bias + sum(one.families.values()) - made.margin[n]) <= 1e-6
        assert len(one.listed) <= 3
        assert all(r.contribution > 0 and r.own > 0 for r in one.listed)


SAT = replace(
    ABSENCE,
    name="exam_standing",
    zh="最近一次考试（{day:date}）。",
    en="Latest examination ({day:date}).",
)


@pytest.mark.parametrize(
    ("as_of", "zh"),
    [
        (date(2025, 12, 26), "最近一次考试（12月20日）。"),
        (date(2026, 1, 9), "最近一次考试（2025年12月20日）。"),
        (None, "最近一次考试（12月20日）。"),
    ],
)
def test_a_day_of_another_year_than_the_list_has_its_year(as_of: date | None, zh: str) -> None:
    """In January the examination of December is last year's; where the list's day is unknown, no year."""
    sat = (date(2025, 12, 20) - date(1970, 1, 1)).days
    row = VALUES | {"exam_standing__day": float(sat)} | ({"as_of": as_of} if as_of else {})
    one = scored([[0.0, 0.0, 0.9, 0.0, 0.0, 0.0]])
    for lang, said in (("zh", zh), ("en", "Latest examination (2025-12-20).")):
        made = Teller(COLUMNS, [SAT]).tell(one, pl.DataFrame([row]), lang=lang)[0]
        assert made.listed[0].sentence == said


def test_a_list_says_what_the_page_says() -> None:
    """Briefly told, a row has the reasons of the whole telling, with its Chinese and its English sentence."""
    rng = np.random.default_rng(5)
    teller = Teller(COLUMNS, [ABSENCE])
    made = scored(np.round(rng.normal(0, 0.5, (60, len(COLUMNS))), 2).tolist())
    rows = [
        VALUES
        | {"absence_4w__n": 38.0, "exam_standing": None if at % 3 else 0.1, "absence_4w": None if at % 5 else 0.3}
        for at in range(60)
    ]  # fmt: skip
    details = pl.DataFrame(rows)
    zh, en = (teller.tell(made, details, lang=lang) for lang in ("zh", "en"))
    brief = teller.tell_briefly(made, details)
    assert len({len(listed) for listed, _ in brief}) > 2
    for one, other, (listed, background) in zip(zh, en, brief, strict=True):
        assert [replace(reason, more=()) for reason in one.listed] == [r for r, _ in listed]
        assert [reason.sentence for reason in other.listed] == [sentence for _, sentence in listed]
        assert background == one.background
