"""Rows that trees are grown on: thinned where the outcome is rare, and the base rate kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import lightgbm
import numpy as np
import pytest

from tests.training.factories import quick_recipe
from training.bundle.manifest import Column
from training.bundle.score import tree_contributions
from training.bundle.tables import contributions, made
from training.fit import Choice, Data, Growth, finished, grown, search, text_of, thinned
from training.folds import Fold
from training.recipe import Joint, Recipe, SearchRecipe


def test_thinned_rows_keep_every_positive_and_the_base_rate() -> None:
    """Trees are grown on all positives and a weighted share of the others: the weights add up as before."""
    rng = np.random.default_rng(5)
    label = (rng.random(200_000) < 0.005).astype(np.int8)
    data = Data(
        rng.random((len(label), 1)), label, np.ones(len(label)), (Column("a", "grades", 0),),
        per_positive=40, lot=rng.random(len(label)),
    )  # fmt: skip
    rows, stress = thinned(data, slice(None))
    assert label[rows].sum() == label.sum()
    assert len(rows) < 0.3 * len(label)
    assert stress.sum() == pytest.approx(len(label), rel=0.02)
    whole, same = thinned(replace(data, per_positive=0), slice(None))
    assert len(whole) == len(label)
    assert (same == 1).all()


def lines_world(rows: int = 4_000, seed: int = 2) -> Data:
    """Four numbers that count alike and evenly: what lines see at once and few trees do not."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    x[rng.uniform(size=x.shape) < 0.1] = np.nan
    odds = -2.0 + np.nan_to_num(x) @ np.full(4, 0.8)
    label = (rng.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    columns = tuple(Column(name, "grades", 1) for name in "abcd")
    return Data(x, label, np.ones(rows), columns, group=np.arange(rows) // 20)


def joint_recipe(line: float = 0.8) -> Recipe:
    """Two settings of few trees, and both together with lines."""
    return replace(
        quick_recipe(),
        search=SearchRecipe(20, 10, "log_loss"),
        joints=(Joint("both", ("few", "more"), line), Joint("gone", ("few", "nowhere"))),
    )


def periods(rows: int = 4_000) -> list[Fold]:
    """Two periods judged one after the other."""
    cut = [np.arange(at * rows // 3, (at + 1) * rows // 3) for at in range(3)]
    day = date(2026, 9, 1)
    return [Fold(day, cut[0], cut[1]), Fold(day, np.concatenate(cut[:2]), cut[2])]


def test_settings_that_serve_together_are_judged_together() -> None:
    """What a joint is chosen and calibrated by is what its booster of that period says of the rows."""
    data, recipe = lines_world(), joint_recipe()
    choice = search(data, periods(), recipe, seed=3)
    assert choice.name == "both"
    assert [one["setting"] for one in choice.table] == ["few", "more", "both"]
    for n, fold in enumerate(periods()):
        booster = grown(data, recipe, Growth("both", choice.rounds, 3), rows=fold.train)
        said = np.asarray(booster.predict(data.x[fold.judge], raw_score=True))
        assert np.abs(choice.margin[fold.judge] - said).max() < 1e-5
        assert (choice.fold[fold.judge] == n).all()


def test_what_serves_together_is_one_booster() -> None:
    """A joint's contributions, read from text or from tables, add up to its margin, and directions hold."""
    data, recipe = lines_world(), joint_recipe(0.4)
    choice = Choice("both", 20, data.label, np.zeros(0, np.int64), ())
    text = text_of(finished(data, recipe, choice, seed=3))
    booster = lightgbm.Booster(model_str=text)
    margin, parts, bias = tree_contributions(booster, data.x[:500])
    assert np.abs(parts.sum(axis=1) + bias - margin).max() < 1e-9
    same, looked_up = contributions(made(booster, text), data.x[:500])
    assert np.abs(same - margin).max() < 1e-9
    assert np.abs(looked_up[:, :4] - parts).max() < 1e-9
    x = np.zeros((200, 4))
    x[:, 2] = np.linspace(-4, 4, 200)
    assert (np.diff(np.asarray(booster.predict(x, raw_score=True))) >= -1e-12).all()


def test_what_is_taken_away_is_seen_by_neither_trees_nor_lines() -> None:
    """A joint grown without an indicator says the same whatever its value."""
    data, recipe = lines_world(), joint_recipe()
    booster = grown(data, recipe, Growth("both", 20, 3, less=("b",)))
    other = data.x.copy()
    other[:, 1] = 5.0
    assert (booster.predict(other) == booster.predict(data.x)).all()


def test_without_a_line_to_draw_the_trees_share_everything() -> None:
    """Where no indicator differs within a class the joint is the mean of its trees."""
    data = lines_world()
    data = replace(data, group=np.arange(len(data.label)))
    recipe = joint_recipe()
    both = grown(data, recipe, Growth("both", 10, 3))
    alone = [grown(data, recipe, Growth(name, 10, 3)) for name in ("few", "more")]
    mean = np.mean([one.predict(data.x, raw_score=True) for one in alone], axis=0)
    assert np.abs(np.asarray(both.predict(data.x, raw_score=True)) - mean).max() < 1e-12
    choice = search(data, periods(), recipe, seed=3)
    assert {one["setting"] for one in choice.table} == {"few", "more", "both"}
