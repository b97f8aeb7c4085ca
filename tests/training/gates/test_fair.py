"""Nobody may be passed over: a model blind to one group is refused and names it; an even one passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import polars as pl
import pytest

from features.refusal import Refusal
from tests.training.factories import COLUMNS, answer, fitted, frame, groups, material, predictions
from training.bundle import Bundle
from training.evaluate.fairness import by_group, recall_inside
from training.gates import Hearing, fair
from training.groups import ALL, NAMES
from training.material import Material, Trained
from training.predictions import Predictions
from training.promote import check_gates
from training.recipe import packaged_gates

BOUNDS = packaged_gates()["fair"]
HALF = pl.col("student_id").str.tail(4).cast(pl.Int32) % 2 == 1
FEW = pl.col("student_id").str.tail(4).cast(pl.Int32) < 4


def world() -> pl.DataFrame:
    """Four hundred pupils with a strong signal."""
    return frame(pupils=400, weeks=16, signal=1.3, rate=-6.0)


def hidden(rows: pl.DataFrame) -> pl.DataFrame:
    """The same, but what is recorded of the boarders is what is true of somebody else."""
    drawn = np.random.default_rng(3)
    lot = pl.Series("lot", drawn.permutation(len(rows)))
    told = rows.with_columns(lot, inside=HALF)
    names = [c.name for c in COLUMNS]
    mixed = told.with_columns(
        pl.when("inside").then(pl.col(n).gather(pl.col("lot").arg_sort())).otherwise(pl.col(n))
        for n in names
    )
    return mixed.select(rows.columns)


@cache
def even() -> Trained:
    rows = world()
    return fitted(material(rows, groups=groups(rows, boarding=HALF, migrant=FEW)))


@cache
def uneven() -> Trained:
    rows = hidden(world())
    return fitted(material(rows, groups=groups(rows, boarding=HALF, migrant=FEW)))


def test_a_model_that_finds_all_alike_passes() -> None:
    """Where the signal is the same in a group and in the rest, the gate is open."""
    told = answer(even(), "fair")
    assert told["passed"] is True
    assert told["figures"]["standing"]["boarding"] == "within"
    assert not told["figures"]["outside"]


def test_a_model_blind_to_a_group_is_refused_and_names_it() -> None:
    """Where a group's signal is hidden the gate shuts, names the group in both languages, gives figures."""
    made = uneven()
    told = answer(made, "fair")
    assert told["passed"] is False
    assert [one["group"] for one in told["figures"]["outside"]] == ["boarding"]
    outside = told["figures"]["outside"][0]
    assert outside["recall_ratio"]["high"] < 0.8
    assert outside["recall_ratio_alone"]["point"] < 0.8
    assert "住校学生" in told["zh"]
    assert "boarders" in told["en"]
    assert f"{outside['recall_ratio']['point']:.2f}" in told["zh"]
    assert made.serving is made.rule


def test_a_group_pushed_up_the_list_is_refused() -> None:
    """Who is listed because of the group alone is listed in vain: over-listing is no fault of frequency."""
    p = _large(lambda inside, margin: margin + 1.5 * inside)
    told = _many(p, pl.Series(p.rows["inside"]))
    assert told["recall_ratio"]["low"] > 1.25  # type: ignore[index]
    assert fair.standing(told, BOUNDS) == "outside"


@pytest.mark.parametrize("push", [1.0, 2.0, 3.0, 8.0])
def test_pushing_one_of_two_equal_groups_is_never_excused(push: float) -> None:
    """Where the outcome comes as often on both sides, no push of one of them passes for frequency, however
    far: not where the other side has few on the lists, and not where it has none."""
    p = _large(lambda inside, margin: margin + push * inside)
    told = _many(p, pl.Series(p.rows["inside"]))
    assert fair.standing(told, BOUNDS) == "outside"
    zh, en = fair._sentence(told, BOUNDS)
    assert "女生" in zh
    assert "girls" in en
    assert (told["recall_rest"] == 0) == ("无一事先列入名单" in zh)


def test_a_group_held_down_the_list_is_refused() -> None:
    """Lists that leave a group out though its signal is as good refuse it, as a blind model does."""
    p = _large(lambda inside, margin: margin - 1.5 * inside)
    assert fair.standing(_many(p, pl.Series(p.rows["inside"])), BOUNDS) == "outside"


@pytest.mark.parametrize("odds", [1.0, -1.0])
def test_a_group_in_which_it_comes_oftener_is_no_fault_of_the_model(odds: float) -> None:
    """True probabilities find more (less) where more (less) happens: said, and not refused."""
    told = _many(*_frequent(odds))
    point = told["recall_ratio"]["point"]  # type: ignore[index]
    assert not 0.8 <= point <= 1.25
    assert fair.standing(told, BOUNDS) == "by_frequency"


def _frequent(odds: float) -> tuple[Predictions, pl.Series]:
    p = _large(lambda inside, margin: margin, odds)
    return p, pl.Series(p.rows["inside"])


def _large(push: Callable[[np.ndarray, np.ndarray], np.ndarray], odds: float = 0.0) -> Predictions:
    """Forty thousand pupils of one week, half of them in a group; the true log-odds, then ``push``."""
    drawn = np.random.default_rng(12)
    n = 40_000
    inside = drawn.uniform(size=n) < 0.3
    margin = -4.5 + 1.5 * drawn.normal(size=n) + odds * inside
    label = drawn.uniform(size=n) < 1 / (1 + np.exp(-margin))
    said = push(inside.astype(float), margin)
    schools = [f"S{v}" for v in drawn.integers(0, 5, n)]
    p = predictions(label.astype(int).tolist(), said.tolist(), school_id=schools)
    return replace(p, rows=p.rows.with_columns(inside=pl.Series(inside)))


def test_a_refused_model_cannot_be_promoted() -> None:
    """Promotion says which gate, of which group, with the figures."""
    with pytest.raises(Refusal, match="住校学生") as said:
        check_gates(uneven().challenger)
    assert "boarders" in said.value.en


def test_a_group_too_small_is_said_and_does_not_block() -> None:
    """Four pupils tell nothing of a model: insufficient is an answer, in both languages."""
    told = answer(even(), "fair")
    assert told["figures"]["standing"]["migrant"] == "insufficient"
    assert "人数不足" in told["zh"]
    assert "children of migrant workers" in told["en"]


def test_groups_go_with_figures_and_with_nothing_else() -> None:
    """No group is an input, a bundle file or a row of the sample; the report alone tells of them."""
    made = even()
    assert not set(NAMES) & set(made.challenger.indicators)
    assert not set(NAMES) & set(made.sample.columns)
    assert "by_group" not in made.challenger.manifest.checks
    assert '"by_group"' in made.challenger.files["report.json"]


def _many(p: Predictions, inside: pl.Series) -> dict[str, object]:
    rows = p.rows.with_columns(inside.alias("sex"))
    held = Predictions(rows, p.label, p.margin, p.probability, p.weight, p.fold)
    told = by_group(held, confidence=0.95, confidence_pairs=0.99, replicates=200, seed=0)
    assert [one["group"] for one in told] == ["sex"]
    return told[0]


def test_figures_by_group_are_those_counted_by_hand() -> None:
    """Recall, precision and false alarms in the group and the rest, with k anew in every school's list."""
    label = [1, 0, 0, 1, 1] + [0] * 35 + [1, 1] + [0] * 38
    margin = [9.0, 8, 7, -9] + [0.0] * 36 + [9.0, -9, 1] + [0.0] * 37
    held = predictions(label, margin, school_id=["A"] * 40 + ["B"] * 40)
    inside = pl.Series([True] * 20 + [False] * 20 + [True] * 20 + [False] * 20)
    # 3 % of forty is two places a school: all four go to the group, two of its five who left have one
    told = _many(held, inside)
    assert told["recall"] == pytest.approx(0.4)
    assert told["recall_rest"] is None
    assert told["precision"] == pytest.approx(0.5)
    assert told["listed"] == 4
    assert (told["outcomes"], told["outcomes_rest"]) == (5, 0)
    assert told["recall_ratio"]["point"] is None  # type: ignore[index]
    assert fair.standing(told, BOUNDS) == "insufficient"


def test_recall_inside_is_the_difference_of_two_systems() -> None:
    """Among the group alone: one finds both who left, the other none."""
    label = [1, 1] + [0] * 98
    found = predictions(label, [9.0, 8.0] + [0.0] * 98)
    blind = predictions(label, [-9.0, -8.0] + [0.0] * 98)
    mask = np.arange(100) < 50
    told = recall_inside(found, blind, mask, replicates=50, seed=1)
    assert told["point"] == pytest.approx(1.0)
    assert told["low"] is not None


OFTEN, SELDOM = {"point": 1.6, "low": 1.2, "high": 2.1}, {"point": 0.6, "low": 0.4, "high": 0.9}
FEW_HITS = {"point": None, "low": None, "high": None}
EVEN = {"point": 1.0, "low": 0.8, "high": 1.2}
LOW, HIGH = {"point": 0.5, "low": 0.4, "high": 0.7}, {"point": 2.0, "low": 1.5, "high": 2.5}


def entry(point: float, low: float, high: float, **more: object) -> dict[str, object]:
    """A row of ``by_group`` with everything even but the recall ratio."""
    return {
        "group": "poverty",
        "outcomes": 100,
        "outcomes_rest": 100,
        "listed": 100,
        "listed_rest": 100,
        "recall": 0.5,
        "recall_rest": 0.5,
        "precision": 0.3,
        "precision_rest": 0.3,
        "recall_ratio": {"point": point, "low": low, "high": high},
        "recall_ratio_alone": {"point": point, "low": low, "high": high},
        "precision_ratio": EVEN,
        "occurs_ratio": EVEN,
        "false_alarm_gap": {"point": 0.0, "low": -0.05, "high": 0.05},
        "calibration_gap": {"point": 0.0, "low": -0.01, "high": 0.01},
    } | more


@pytest.mark.parametrize(("one", "stands"), [
    (entry(1.0, 0.7, 1.4), "within"),
    (entry(0.7, 0.5, 0.9), "unclear"),
    (entry(0.5, 0.4, 0.79), "outside"),
    (entry(1.6, 1.3, 2.0), "outside"),
    (entry(1.4, 1.1, 1.7), "unclear"),
    (entry(0.5, 0.4, 0.6, outcomes=29), "insufficient"),
    (entry(0.5, 0.4, 0.6, outcomes_rest=29), "insufficient"),
    (entry(0.5, 0.4, 0.6, recall_ratio={"point": None, "low": None, "high": None}), "insufficient"),
    (entry(1.6, 1.3, 2.0, recall_ratio_alone=EVEN, occurs_ratio=OFTEN), "by_frequency"),
    (entry(0.6, 0.5, 0.7, recall_ratio_alone=EVEN, occurs_ratio=SELDOM), "by_frequency"),
    (entry(1.4, 1.1, 1.7, recall_ratio_alone=EVEN, occurs_ratio=OFTEN), "by_frequency"),
    (entry(1.6, 1.3, 2.0, recall_ratio_alone=LOW, occurs_ratio=OFTEN), "by_frequency"),
    (entry(0.6, 0.5, 0.7, recall_ratio_alone=HIGH, occurs_ratio=SELDOM), "by_frequency"),
    (entry(1.6, 1.3, 2.0, recall_ratio_alone=EVEN), "outside"),
    (entry(1.6, 1.3, 2.0, recall_ratio_alone=EVEN, occurs_ratio=SELDOM), "outside"),
    (entry(0.6, 0.5, 0.7, recall_ratio_alone=EVEN, occurs_ratio=OFTEN), "outside"),
    (entry(1.6, 1.3, 2.0, recall_ratio_alone={"point": None}, occurs_ratio=OFTEN), "outside"),
    (entry(2.2, 1.9, 2.6, recall_ratio_alone=EVEN, precision_ratio=LOW, occurs_ratio=OFTEN), "outside"),
    (entry(0.4, 0.3, 0.5, recall_ratio_alone=EVEN, precision_ratio=HIGH, occurs_ratio=SELDOM), "outside"),
    (entry(0, 0, 0, recall=0.0), "outside"),
    (entry(0, 0, 0, recall_rest=0.0, recall_ratio=FEW_HITS), "outside"),
    (entry(0, 0, 0, recall=0.0, recall_rest=0.02), "unclear"),
    (entry(0, 0, 0, recall=0.05, recall_rest=0.0, outcomes_rest=40, recall_ratio=FEW_HITS), "unclear"),
    (entry(0, 0, 0, recall=0.0, occurs_ratio=SELDOM), "unclear"),
    (entry(0, 0, 0, recall=0.0, recall_rest=0.0, recall_ratio=FEW_HITS), "insufficient"),
    (entry(1.0, 0.9, 1.1, false_alarm_gap={"point": 0.3, "low": 0.2, "high": 0.4}), "outside"),
    (entry(1.0, 0.9, 1.1, false_alarm_gap={"point": 0.3, "low": 0.1, "high": 0.4}), "unclear"),
    (entry(1.0, 0.9, 1.1, false_alarm_gap={"point": 0.3, "low": 0.2, "high": 0.4}, listed=9), "within"),
    (entry(1.0, 0.9, 1.1, group="sex", false_alarm_gap={"point": -0.3, "low": -0.4, "high": -0.2}), "outside"),
    (entry(1.0, 0.9, 1.1, group="sex", false_alarm_gap={"point": -0.3, "low": -0.4, "high": -0.1}), "unclear"),
    (entry(1.0, 0.9, 1.1, group="sex", false_alarm_gap={"point": 0.3, "low": 0.2, "high": 0.4}), "outside"),
    (entry(1.0, 0.9, 1.1, false_alarm_gap={"point": -0.3, "low": -0.4, "high": -0.2}), "within"),
])  # fmt: skip
def test_a_group_is_refused_only_beyond_the_range_and_beyond_chance(
    one: dict[str, object], stands: str
) -> None:
    """Refused where point and interval lie outside, unless frequency alone explains it on every count."""
    assert fair.standing(one, BOUNDS) == stands


@pytest.mark.parametrize("name", list(ALL))
def test_every_group_has_plain_words(name: str) -> None:
    """Groups are called by what is recorded of them, in both languages, never by a judgement."""
    group = ALL[name]
    assert group.zh
    assert group.en
    assert not any(w in group.zh for w in ("高危", "差生", "问题", "贫困生"))


def heard(table: list[dict[str, object]]) -> object:
    held: Material = material()
    return fair.GATE.judge(Hearing({"by_group": table}, predictions([1], [1.0]), held))


def test_what_was_not_recorded_is_not_judged() -> None:
    """Without groups, or with all too small, the answer is that nothing can be told."""
    assert heard([]).passed is None  # type: ignore[attr-defined]
    assert heard([entry(0.2, 0.1, 0.3, outcomes=3)]).passed is None  # type: ignore[attr-defined]


def test_false_alarms_and_doubts_are_said_in_words() -> None:
    """A gap of false alarms is refused with its own figures; a point outside its range is said."""
    alarms = entry(
        1.0, 0.9, 1.1, precision=0.1, false_alarm_gap={"point": 0.2, "low": 0.16, "high": 0.3}
    )
    often = entry(1.6, 1.3, 2.0, recall_ratio_alone=EVEN, occurs_ratio=OFTEN, group="migrant")
    told = heard([alarms, entry(0.7, 0.5, 0.9, group="sex"), often])
    assert "1组之比超出范围，与结果本来更常见或更少见相符（随迁子女）" in told.zh  # type: ignore[attr-defined]
    assert told.passed is False  # type: ignore[attr-defined]
    assert "90%" in told.zh  # type: ignore[attr-defined]
    assert "女生" in told.zh  # type: ignore[attr-defined]
    assert "keep watching" in told.en  # type: ignore[attr-defined]


def test_a_gate_shut_is_written_on_the_card() -> None:
    """The card of the model and of the rule that serves in its place holds the table of gates."""
    for bundle in (uneven().challenger, uneven().rule):
        assert isinstance(bundle, Bundle)
        assert "各类学生同等受到关注" in bundle.files["card.md"]
        assert "未通过" in bundle.files["card.md"]
