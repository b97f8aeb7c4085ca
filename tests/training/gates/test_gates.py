"""Every gate answers in plain words and figures; each refuses for its own reason and for no other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.training.factories import (
    COLUMNS,
    answer,
    fitted,
    frame,
    material,
    order,
    predictions,
    quick_recipe,
    trained,
)
from training import answers, gates
from training.bundle import Column
from training.gates import Hearing, calibrated, plausible
from training.material import Looked, Material
from training.predictions import Predictions
from training.recipe import HERE, Recipe, packaged_gates

FORBIDDEN = re.compile("高危|问题学生|原因|导致|因为|差生|预测辍学|排名|because|cause")
BOUNDS = packaged_gates()


def test_gates_are_found_by_folder() -> None:
    """Five gates, the comparison with the rule first, each with a name and a title in both languages."""
    found = gates.load()
    assert list(found) == ["beats_attendance", "calibrated", "fair", "no_future", "plausible"]
    assert all(g.name == name and g.zh and g.en for name, g in found.items())


def test_every_answer_is_plain_data_in_both_languages() -> None:
    """Answers are sentences with figures, without a forbidden word, and survive JSON without a NaN."""
    told = trained().challenger.manifest.checks["gates"]
    assert [one["name"] for one in told] == list(gates.load())
    for one in told:
        assert one["passed"] in (True, False, None)
        assert re.search(r"[\u4e00-\u9fff].*。$", one["zh"])
        assert re.search(r"^[A-Z].*\.$", one["en"])
        assert not FORBIDDEN.search(one["zh"] + one["en"])
    json.dumps(told, allow_nan=False)


def test_an_honest_model_serves() -> None:
    """A gate that cannot be told does not block: the model serves where none failed."""
    made = trained()
    passed = {g["name"]: g["passed"] for g in made.challenger.manifest.checks["gates"]}
    assert passed["beats_attendance"]
    assert passed["plausible"]
    assert passed["fair"] is None
    assert passed["no_future"] is None
    assert made.serving is made.challenger


def test_a_recipe_that_leaves_a_gate_out_leaves_none_open(tmp_path: Path) -> None:
    """Bounds that a recipe does not name are the packaged ones; those it names are its own."""
    assert quick_recipe().gates == BOUNDS
    own = Recipe.read()
    text = HERE.read_text(encoding="utf-8").split("\n[gates")[0]
    for more, most in (("", 0.02), ("\n[gates.calibrated]\nmost = 0.03\n", 0.03)):
        path = tmp_path / "recipe.toml"
        path.write_text(text + more, encoding="utf-8")
        read = Recipe.read(path).gates
        assert read["calibrated"] == {**BOUNDS["calibrated"], "most": most}
        assert read["fair"] == BOUNDS["fair"]
    assert set(own.gates) == set(BOUNDS) == set(gates.load()) - {"beats_attendance"}


def hearing(report: dict[str, object], p: Predictions | None = None, **more: object) -> Hearing:
    held: Material = replace(material(), **more)  # type: ignore[arg-type]
    return Hearing(report, p or predictions([1], [1.0]), held)


# beats_attendance


@pytest.mark.parametrize(("low", "passed"), [(0.001, True), (-0.001, False)])
def test_a_model_must_beat_the_rule_beyond_chance(low: float, passed: bool) -> None:
    """The interval of the difference must lie above zero; the sentence has both figures and it."""
    report = {
        "gate": {"passed": passed, "point": 0.0123, "low": low, "high": 0.03},
        "model": {"average_precision": 0.2},
        "rule": {"average_precision": 0.1877},
    }
    told = gates.load()["beats_attendance"].judge(hearing(report))
    assert told.passed is passed
    assert "+0.0123" in told.zh
    assert "0.1877" in told.en


def test_what_cannot_be_compared_has_not_beaten_the_rule() -> None:
    """Without the outcome in the periods judged the rule serves."""
    report = {
        "gate": {"passed": False, "point": None, "low": None, "high": None},
        "model": {},
        "rule": {},
    }
    assert gates.load()["beats_attendance"].judge(hearing(report)).passed is False


# calibrated


def said(probability: np.ndarray, label: np.ndarray, seed: int = 0) -> Predictions:
    n = len(label)
    held = predictions(label.astype(int).tolist(), np.log(probability / (1 - probability)).tolist())
    assert len(held) == n
    return replace(held, fold=np.arange(n) % 2)


def judged(p: Predictions, outcomes: int = 200) -> gates.Verdict:
    report = {"calibration": {"method": "identity"}, "outcomes": outcomes}
    return calibrated.GATE.judge(hearing(report, p))


def truth(n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(4)
    rate = np.clip(drawn.beta(1, 12, n), 0.001, 0.9)
    return rate, drawn.uniform(size=n) < rate


def test_what_comes_true_as_often_as_said_passes() -> None:
    """Probabilities from which the outcomes were drawn pass."""
    told = judged(said(*truth()))
    assert told.passed is True
    assert told.figures["calibration_error"] <= told.figures["most"]


@pytest.mark.parametrize("shift", [0.4, 2.5])
def test_what_is_said_too_often_or_too_seldom_is_refused(shift: float) -> None:
    """Odds too small or too large by such a factor are refused with the figures."""
    rate, label = truth()
    odds = shift * rate / (1 - rate)
    told = judged(said(odds / (1 + odds), label))
    assert told.passed is False
    assert f"{told.figures['calibration_error']:.4f}" in told.zh


def test_too_few_to_tell_is_an_answer() -> None:
    """With few outcomes, or an error that chance explains, the answer is that it cannot be told."""
    rate, label = truth(400)
    assert judged(said(rate, label), outcomes=9).passed is None
    assert judged(said(rate, label)).passed is None
    assert "不足以判断" in judged(said(rate, label)).zh


def test_a_period_is_judged_by_a_calibration_of_the_others() -> None:
    """A shift in one period alone shows, though a calibration of all periods would half hide it."""
    rate, label = truth()
    p = said(rate, label)
    margin = np.where(p.fold == 1, p.margin + 2.0, p.margin)
    told = calibrated.left_out(replace(p, margin=margin), "platt")
    assert told.probability[p.fold == 1].mean() > 1.5 * label[p.fold == 1].mean()
    one = replace(p, fold=np.zeros(len(p), np.int64))
    assert calibrated.left_out(one, "platt").probability is not None
    assert np.array_equal(calibrated.left_out(one, "platt").probability, p.probability)


def test_a_model_worse_than_the_base_rate_is_refused() -> None:
    """What says less than the base rate of everybody is refused, however near its mean."""
    rate, label = truth()
    told = judged(said(rate[::-1].copy(), label))
    assert told.figures["brier_skill"] < 0
    assert told.passed is False


def test_saying_the_base_rate_of_everybody_is_not_enough() -> None:
    """What tells nobody apart comes true as often as said, and is refused."""
    rate, label = truth()
    told = judged(said(np.full(len(rate), label.mean()), label))
    assert told.figures["calibration_error"] <= told.figures["most"]
    assert told.passed is False


# no_future


def test_what_changes_without_the_future_is_named() -> None:
    """Indicators that changed are named with how many rows, in both languages."""
    seen = Looked(("2026-03-02",), 500, {"exam_standing": 40, "absence_2w": 3})
    told = gates.load()["no_future"].judge(hearing({}, looked=seen))
    assert told.passed is False
    for words in (told.zh, told.en):
        assert words.index("exam_standing") < words.index("absence_2w")
        assert "2026-03-02" in words
    fine = gates.load()["no_future"].judge(hearing({}, looked=replace(seen, differ={})))
    assert fine.passed is True
    assert gates.load()["no_future"].judge(hearing({}, looked=Looked((), 0, {}))).passed is None


# plausible


def leaked(rows: pl.DataFrame, **columns: pl.Expr) -> Material:
    """The world with attributes that somebody dated back."""
    told = rows.with_columns(**columns)
    more = tuple(Column(name, "context", 0, label_zh=name, label_en=name) for name in columns)
    return replace(material(told), columns=(*COLUMNS, *more))


RARE = frame(pupils=400, weeks=14, rate=-6.0)
LEAVES = (pl.col("label") == 1).max().over("student_id")


def test_an_attribute_that_carries_the_outcome_is_refused_and_named() -> None:
    """A back-dated attribute, even one that is empty for all who stayed, is refused by its name."""
    written = pl.when(pl.col("label") == 1).then(pl.lit(1.0))
    made = fitted(leaked(RARE, attribute_note=written))
    told = answer(made, "plausible")
    assert told["passed"] is False
    assert told["figures"]["beyond"] == ["attribute_note"]
    assert "attribute_note" in told["zh"]
    assert "attribute_note" in told["en"]
    assert answer(made, "beats_attendance")["passed"]
    assert made.serving is made.rule


def test_an_attribute_that_says_nothing_passes() -> None:
    """A number without a bearing on the outcome changes no answer."""
    noise = pl.Series(np.random.default_rng(1).normal(size=len(RARE)))
    told = answer(fitted(leaked(RARE, attribute_note=pl.lit(noise))), "plausible")
    assert told["passed"] is True
    assert told["figures"]["indicators"][0]["auc"] < BOUNDS["plausible"]["suspect_auc"]


def test_one_indicator_that_brings_it_all_is_refused() -> None:
    """Below the bound for one alone, yet nearly all of the model's gain: named with its share."""
    drawn = np.random.default_rng(6)
    label = RARE["label"].to_numpy()
    value = np.where(label == 1, drawn.uniform(size=len(label)) < 0.80, False)
    held = leaked(RARE, attribute_note=pl.lit(pl.Series(value.astype(float))))
    auc, _ = plausible.alone(held.label, value.astype(float), held.weight)
    assert BOUNDS["plausible"]["suspect_auc"] < auc < BOUNDS["plausible"]["indicator_auc"]
    gain = {"auc": 0.9, "average_precision": float(label[value].sum() / label.sum())}
    told = plausible.GATE.judge(
        Hearing({"model": gain, "outcomes": 90}, predictions([1], [1]), held)
    )
    assert told.passed is False
    assert list(told.figures["nearly_all"]) == ["attribute_note"]
    more = gain | {"average_precision": 1.4}
    fine = plausible.GATE.judge(
        Hearing({"model": more, "outcomes": 90}, predictions([1], [1]), held)
    )
    assert fine.passed is True
    assert not fine.figures["nearly_all"]


@pytest.mark.parametrize(("area", "auc", "passed"), [
    ("county", 0.90, True), ("county", 0.98, False), ("oulad-2013B", 0.90, False), ("oulad-2013B", 0.8, True),
])  # fmt: skip
def test_a_question_already_known_has_its_own_bound(area: str, auc: float, passed: bool) -> None:
    """What is possible elsewhere is too good on the open data whose best is known."""
    held = replace(material(RARE.with_columns(area=pl.lit(area))))
    report = {"model": {"auc": auc, "average_precision": 0.9}, "outcomes": 90}
    told = plausible.GATE.judge(Hearing(report, predictions([1], [1.0]), held))
    assert told.passed is passed


def test_few_outcomes_tell_nothing_of_plausibility() -> None:
    """With few who left a high figure comes by chance: it cannot be told."""
    report = {"model": {"auc": 1.0, "average_precision": 1.0}, "outcomes": 8}
    assert plausible.GATE.judge(hearing(report)).passed is True
    few = RARE.with_columns(label=pl.when(pl.int_range(pl.len()) < 8).then(1).otherwise(0))
    told = plausible.GATE.judge(Hearing(report, predictions([1], [1.0]), material(few)))
    assert told.passed is None


def test_an_indicator_ranks_whichever_way_it_points() -> None:
    """Much or little, or empty for all who stayed or left: what tells, tells."""
    label = np.array([1.0, 1, 0, 0, 0])
    one = np.ones(5)
    nan = float("nan")
    for value in (
        [5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [7, 7, nan, nan, nan], [nan, nan, 7, 7, 7],
        [nan, 5, 3, 2, 1], [nan, 1, 3, 4, 5],
    ):  # fmt: skip
        auc, score = plausible.alone(label, np.array(value, float), one)
        assert auc == 1.0
        assert score[:2].min() > score[2:].max()
    assert plausible.alone(label, np.full(5, nan), one)[0] == 0.5
    assert plausible.alone(label, one, one)[0] == 0.5


# in words


def test_answers_of_older_versions_are_read() -> None:
    """A version with the first gate alone is judged by it; one on which nothing is recorded has failed."""
    assert not answers.failed({"gate": {"passed": True, "point": 0.1}})
    old = answers.failed({"gate": {"passed": False, "point": -0.01}})
    assert "-0.0100" in old[0]["zh"]
    assert answers.failed({})[0]["passed"] is False
    checks = trained().challenger.manifest.checks
    assert not answers.failed(checks)
    shut = {**checks, "gate": {**checks["gate"], "passed": False}}
    assert [one["name"] for one in answers.failed(shut)] == ["beats_attendance"]


def test_answers_stand_in_a_table_and_on_lines() -> None:
    """One row and one line an answer, what cannot be told as such."""
    told = answers.answers(trained().challenger.manifest.checks)
    table = answers.table(told)
    assert len(table) == len(told) + 3
    assert "不足以判断 cannot be told" in "".join(table)
    zh, en = answers.line(told[0])
    assert zh.startswith("检验·优于出勤规则：通过。")
    assert en.startswith("Gate, better than the attendance rule: passed.")


def test_the_same_model_gets_the_same_answers() -> None:
    """Nothing a gate draws is left to chance: another run gives the same words."""
    held = material(order=order())
    assert answers.answers(fitted(held).challenger.manifest.checks) == answers.answers(
        trained().challenger.manifest.checks
    )
