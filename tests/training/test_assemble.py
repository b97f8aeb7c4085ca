"""The course on made-up rows: what is learned, what is refused, what is the same again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.refusal import Refusal
from tests.training.factories import (
    COLUMNS,
    UNTIL,
    frame,
    material,
    order,
    predictions,
    quick_recipe,
    trained,
)
from training import baselines, figures
from training.assemble import UNFITTED, folds, model, rule
from training.baselines import attendance
from training.bundle import Bundle, Column
from training.evaluate import compare, report
from training.evaluate.paired import precision_less
from training.fit import search  # noqa: F401 - named so that a rename shows here
from training.material import Trained
from training.recipe import Recipe

WORDS = ("规则。", "Rule.")


def test_a_real_signal_passes_the_gate() -> None:
    """Where more than attendance tells, the model stands above the rule and serves."""
    made = trained()
    gate = made.challenger.manifest.checks["gate"]
    assert gate["passed"]
    assert gate["low"] <= gate["point"] <= gate["high"]
    assert made.serving is made.challenger
    assert made.challenger.manifest.checks["model"]["auc"] > 0.7


def test_the_base_rate_is_kept() -> None:
    """Imbalance is left alone: mean probability out of fold is near the observed rate."""
    told = trained().model
    assert told is not None
    assert told.probability.mean() == pytest.approx(told.label.mean(), rel=0.35)
    assert trained().challenger.base_rate == pytest.approx(frame()["label"].mean())


def test_the_same_seed_gives_the_same_digest_on_any_number_of_threads() -> None:
    """Training again, with one thread or two, gives the same bundle; another seed another."""
    held = material(order=order(workers=2))
    again = model(held, folds(held), rule(held, notice=WORDS), lambda zh, en: None)
    assert again.challenger.digest == trained().challenger.digest
    assert again.challenger.files["booster.txt"] == trained().challenger.files["booster.txt"]
    assert "num_threads" not in again.challenger.files["booster.txt"]
    assert trained(seed=4).challenger.digest != trained().challenger.digest


def test_row_order_of_pupils_within_a_day_is_part_of_the_data() -> None:
    """Rows come ordered from the builder; the course itself adds no chance of its own."""
    held = material(frame(seed=8))
    first = rule(held, notice=WORDS)
    assert rule(held, notice=WORDS).digest == first.digest


def test_a_model_no_better_than_the_rule_is_refused_and_the_rule_says_so() -> None:
    """Where the outcome is attendance alone by the rule's own score, the rule serves with its notice."""
    held = frame(pupils=200, weeks=14)
    points = rule(material(held), notice=WORDS).score(held).margin
    noise = [float(v) for v in np.random.default_rng(2).normal(size=len(held))]
    label = (points >= np.quantile(points, 0.97)).astype(np.int8)
    spoiled = held.with_columns(
        pl.Series("label", label),
        *[
            pl.Series(c.name, noise)
            for c in COLUMNS
            if c.name not in ("absence_2w", "absence_4w", "unexplained_run")
        ],
    )
    recipe = quick_recipe()
    dull = replace(
        recipe,
        search=replace(recipe.search, rounds=10),
        candidates={"dull": {"num_leaves": 2, "learning_rate": 0.01}},
    )
    given = material(spoiled, order=order(recipe=dull))
    made = model(
        given, folds(given), rule(given, notice=("未通过。", "Refused.")), lambda zh, en: None
    )
    assert not made.challenger.manifest.checks["gate"]["passed"]
    assert made.serving is made.rule
    assert made.rule.manifest.notice_zh == "未通过。"
    assert made.rule.manifest.checks["gate"] == made.challenger.manifest.checks["gate"]
    assert "道检验未通过" in made.rule.files["card.md"]


def test_a_rule_without_outcomes_serves_a_list_without_probabilities() -> None:
    """Without any past dropout there is no probability, no base rate, and still an order and bands."""
    held = frame().with_columns(pl.lit(0, pl.Int8).alias("label"))
    bundle = rule(material(held), notice=WORDS)
    scored = bundle.score(held)
    assert bundle.base_rate is None
    assert np.isnan(scored.probability).all()
    assert len(set(scored.margin)) > 100
    listed = bundle.bands(scored)
    assert 0 < listed.count("priority") <= 0.03 * len(held)
    assert (
        scored.margin[np.array(listed) == "priority"].min()
        > scored.margin[np.array(listed) == "none"].max()
    )


def test_a_rule_with_outcomes_gives_the_rates_observed() -> None:
    """With outcomes the rule's probability is the rate at its score, rising with it."""
    held = frame()
    bundle = trained().rule
    scored = bundle.score(held)
    order_ = np.argsort(scored.margin)
    assert (np.diff(scored.probability[order_]) >= -1e-12).all()
    assert scored.probability.mean() == pytest.approx(held["label"].mean(), rel=0.15)


def test_the_rules_cuts_come_from_today_or_stand_fixed() -> None:
    """Without rows the cuts are fitted to today's cohort, and without pupils they are the fixed ones."""
    nobody = frame().head(0)
    today = frame(weeks=1)
    fitted = rule(material(nobody), notice=WORDS, today=today)
    assert fitted.bands(fitted.score(today)).count("priority") == 7
    assert rule(material(nobody), notice=WORDS, today=nobody).manifest.cuts == UNFITTED
    assert rule(material(nobody), notice=WORDS).manifest.cuts == UNFITTED


def test_nobody_is_listed_for_nothing() -> None:
    """A pupil with nothing against them has no band, however much room there is."""
    calm = frame(weeks=1).with_columns(pl.lit(0.0).alias(c.name) for c in COLUMNS)
    bundle = rule(material(calm), notice=WORDS)
    assert set(bundle.bands(bundle.score(calm))) == {"none"}


def test_the_rule_wants_attendance() -> None:
    """A catalogue without any attendance indicator is refused in words."""
    with pytest.raises(Refusal, match="出勤"):
        attendance.terms([Column("exam_standing", "grades", -1)])


def test_periods_without_the_outcome_are_left_out() -> None:
    """A period is judged only if the outcome came both before and within it; else schools are."""
    held = frame(pupils=60)
    late = held["as_of"].unique().sort()[-2]
    only_late = held.with_columns(
        pl.when(pl.col("as_of") < late).then(0).otherwise(1).cast(pl.Int8).alias("label")
    )
    found = folds(material(only_late))
    assert {fold.begins for fold in found} == {held["as_of"].min()}
    assert folds(material(only_late.filter(pl.col("school_id") == "S0"))) == []


def test_a_first_school_year_is_judged_by_schools() -> None:
    """Where every window ends with the year, groups of schools are judged, and it is recorded."""
    end = pl.lit(UNTIL).alias("window_end")
    held = material(
        frame(pupils=120, weeks=6, rate=-2.5).with_columns(end), order=order(horizon_weeks=None)
    )
    heard: list[str] = []
    made = model(held, folds(held), rule(held, notice=WORDS), lambda zh, en: heard.append(zh + en))
    assert made.challenger.manifest.checks["folds"] == "by_school"
    assert "学校交叉检验" in heard[0]
    assert trained().challenger.manifest.checks["folds"] == "walk_forward"
    assert "by the end of the school year" in made.challenger.files["card.md"]


def test_sampling_weights_keep_the_figures() -> None:
    """Half the negatives at double weight give about the same base rate."""
    held = frame()
    lucky = (pl.col("label") == 1) | (pl.int_range(pl.len()) % 2 == 0)
    half = held.filter(lucky).with_columns(
        pl.when(pl.col("label") == 1).then(1.0).otherwise(2.0).alias("weight")
    )
    bundle = rule(material(half), notice=WORDS)
    assert bundle.base_rate == pytest.approx(held["label"].mean(), rel=0.02)


def test_the_difference_of_equals_is_nothing() -> None:
    """A model compared with itself wins nothing: zero, and below zero only by its own equals."""
    told = trained().model
    assert told is not None
    said = compare({"model": told, "same": told}, "model", replicates=10, seed=1)
    assert (said["clustered_on"], said["clusters"]) == ("student", 240)  # six schools are too few
    for one in said["against"]["same"].values():
        assert one["low"] <= one["point"] <= one["high"] <= 0.0
        assert one["point"] >= -0.05


def test_enough_schools_are_drawn_whole() -> None:
    """With twenty schools or more whole schools are drawn again, and fewer than all of them differ."""
    n = 200
    p = predictions(
        [i % 7 == 0 for i in range(n)], [float(i % 11) for i in range(n)],
        school_id=[f"s{i % 25}" for i in range(n)],
    )  # fmt: skip
    said = compare({"model": p}, "model", replicates=50, seed=1)
    assert (said["clustered_on"], said["clusters"]) == ("school", 25)
    own = said["own"]["average_precision"]
    assert own["low"] < own["point"] < own["high"]


def test_average_precision_alone_is_as_in_the_whole_comparison() -> None:
    """The short way draws the same clusters and finds the same difference and interval."""
    n = 300
    label, pupils = [i % 9 == 0 for i in range(n)], [f"p{i % 80}" for i in range(n)]
    ours = predictions(label, [float(i % 13 + 3 * (i % 9 == 0)) for i in range(n)])
    theirs = predictions(label, [float(i % 17) for i in range(n)])
    ours, theirs = (replace(p, rows=p.rows.with_columns(student_id=pl.Series(pupils)))
                    for p in (ours, theirs))  # fmt: skip
    whole = compare({"a": ours, "b": theirs}, "a", replicates=20, seed=3)
    alone = precision_less(ours, theirs, replicates=20, seed=3)
    assert alone == whole["against"]["b"]["average_precision"]


def test_a_report_counts_pupils_and_periods() -> None:
    """The report counts distinct pupils and judges every period and day by itself."""
    told = trained().model
    assert told is not None
    said = report(trained().systems, replicates=10)
    assert said["pupils"] == 240
    assert len(said["by_fold"]) == len(folds(material()))
    assert sum(one["rows"] for one in said["by_fold"]) == said["rows"] == len(told)
    assert sum(one["rows"] for one in said["by_day"]) == len(told)


def test_everybody_is_compared_on_the_same_rows() -> None:
    """All five baselines stand beside the model: same rows, same labels, each with intervals."""
    made = trained()
    assert set(made.systems) == {"model", "attendance", "abc", "last_week", "logistic", "school"}
    for p in made.systems.values():
        assert p.rows.equals(made.systems["model"].rows)
    said = json.loads(made.challenger.files["report.json"])["compared"]["against"]
    assert set(said) == set(made.systems) - {"model"}
    assert all(one["low"] <= one["high"] for system in said.values() for one in system.values())


def test_last_weeks_list_says_what_was_said_a_week_ago() -> None:
    """Its margin is the model's of the as-of day before; on the first day nothing is said."""
    systems = trained().systems
    keys = ["student_id", "as_of"]
    now = systems["model"].rows.select(keys).with_columns(m=systems["model"].margin)
    old = systems["last_week"].rows.select(keys).with_columns(m=systems["last_week"].margin)
    first = now["as_of"].min()
    assert old.filter(pl.col("as_of") == first)["m"].is_nan().all()
    both = old.join(now.with_columns(pl.col("as_of") + timedelta(weeks=1)), on=keys, suffix="_then")
    assert both.height > 100
    assert both["m"].to_list() == pytest.approx(both["m_then"].to_list())


def test_every_baseline_could_serve(tmp_path: Path) -> None:
    """Each is a bundle: written, loaded, scored; its parts add up; its bands fit the capacity."""
    made, today = trained(), frame(weeks=1)
    assert set(made.baselines) == {"abc", "attendance", "last_week", "logistic", "school"}
    for name, bundle in made.baselines.items():
        bundle.write(tmp_path / name)
        again = Bundle.load(tmp_path / name)
        assert again.digest == bundle.digest
        scored = again.score(today)
        assert scored.margin == pytest.approx(scored.bias + scored.contributions.sum(axis=1))
        assert len(again.bands(scored)) == today.height
    assert made.baselines["last_week"].lag_weeks == 1


def test_what_a_baseline_serves_is_what_was_judged() -> None:
    """The bundle's margins equal those of the learned score, empty cells included."""
    made, held = trained(), material()
    for name in ("abc", "logistic", "school"):
        learned = baselines.load()[name].learn(held.lesson)  # type: ignore[misc]
        assert learned is not None
        expected = learned.margin(held.rows.frame)
        assert made.baselines[name].score(held.rows.frame).margin == pytest.approx(expected)


def test_a_school_not_seen_stands_in_the_middle() -> None:
    """The school-average list gives a new school the average of all, and needs the school's id."""
    bundle = trained().baselines["school"]
    new = frame(weeks=1).with_columns(school_id=pl.lit("elsewhere"))
    assert set(bundle.score(new).margin) == {bundle.manifest.intercept}
    with pytest.raises(Refusal):
        bundle.score(new.drop("school_id"))


def test_without_an_interval_above_zero_the_rule_serves() -> None:
    """A model that only seems better (its interval reaches zero) does not pass the first gate."""
    rng = np.random.default_rng(3)
    n = 400
    label = (rng.uniform(size=n) < 0.05).astype(int).tolist()
    rule_says = rng.normal(size=n) + 1.5 * np.array(label)
    seems = rule_says + rng.normal(0, 0.05, n)
    ours, theirs = predictions(label, list(seems)), predictions(label, list(rule_says))
    said = report({"model": ours, "attendance": theirs}, replicates=60)
    assert said["gate"]["low"] <= 0 <= said["gate"]["high"]
    assert not said["gate"]["passed"]
    better = predictions(label, list(rule_says + 3.0 * np.array(label)))
    assert report({"model": better, "attendance": theirs}, replicates=60)["gate"]["passed"]


@pytest.mark.parametrize("by", ["auc", "log_loss"])
def test_another_yardstick_may_choose(by: str) -> None:
    """Settings and rounds may be chosen by AUC or log loss instead."""
    recipe = quick_recipe()
    held = material(
        frame(pupils=120, weeks=12),
        order=order(recipe=replace(recipe, search=replace(recipe.search, choose_by=by))),
    )
    made = model(held, folds(held), rule(held, notice=WORDS), lambda zh, en: None)
    assert made.challenger.manifest.recipe["rounds"] in (10, 20, 30, 40)


def test_the_recipe_is_data() -> None:
    """The packaged recipe reads, and what it says is recorded in the bundle."""
    recipe = Recipe.read()
    assert recipe.candidates
    assert trained().challenger.manifest.recipe["chosen"] in ("few", "more")
    assert trained().challenger.manifest.trained_until == UNTIL.isoformat()


def test_figures_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each figure has its axes named, in Chinese where a font has the characters, else in English."""
    made: Trained = trained()
    assert made.model is not None
    assert made.baseline is not None
    drawn = [
        figures.precision_recall(made.model, made.baseline),
        figures.reliability(made.model),
        figures.shap_summary(made.challenger, frame(pupils=40, weeks=1)),
    ]
    assert all(figure.axes[0].get_xlabel() for figure in drawn)
    monkeypatch.setattr(figures, "_CJK", ())
    assert figures.precision_recall(made.model, made.baseline).axes[0].get_xlabel() == "recall"


def test_a_bundle_of_rules_needs_no_trees() -> None:
    """A rule's bundle holds no booster."""
    bundle: Bundle = trained().rule
    assert bundle.booster is None
    assert "booster.txt" not in bundle.files


def test_a_setting_for_few_is_tried_only_where_there_are_few() -> None:
    """What suits a handful of outcomes is offered up to so many, and never reaches the trees' parameters."""
    recipe = Recipe.read()
    few = next(iter(recipe.up_to))
    most = recipe.up_to[few]
    assert few in recipe.tried(most).candidates
    assert few not in recipe.tried(most + 1).candidates
    assert len(recipe.tried(most + 1).candidates) >= 2
    assert all("most_outcomes" not in one for one in recipe.candidates.values())
