"""The level of a class: a line learned from all rows, written as one tree that the others grow on."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from training.bundle.manifest import Column
from training.bundle.score import tree_contributions
from training.fit import Data, grow, text_of
from training.level import LAID_ON, STEPS, Line, _laid_on, line, stump

COLUMNS = (Column("own", "grades", 1), Column("rate", "context", 1))
PARAMS = {
    "objective": "binary", "num_leaves": 8, "learning_rate": 0.1, "num_threads": 1, "verbosity": -1,
    "monotone_constraints": [1, 1],
}  # fmt: skip


def world(slope: float, *, classes: int = 60, pupils: int = 300, seed: int = 4) -> Data:
    """Classes of different pace; the outcome follows it by ``slope``, and the pupil's own number."""
    drawn = np.random.default_rng(seed)
    rate = np.repeat(np.exp(drawn.normal(-4.5, 0.8, classes)), pupils)
    own = drawn.normal(size=len(rate))
    odds = slope * np.log(rate) + 0.8 * own
    label = (drawn.uniform(size=len(rate)) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    return Data(np.column_stack([own, rate]), label, np.ones(len(rate)), COLUMNS)


def test_the_slope_is_found() -> None:
    """The line is as steep as the classes are, and says what happens on the whole."""
    data = world(0.7)
    found = line(data.x[:, 1], data.label, data.weight)
    assert found.slope == pytest.approx(0.65, abs=0.1)
    told = 1 / (1 + np.exp(-found.at(data.x[:, 1])))
    assert told.mean() == pytest.approx(data.label.mean(), rel=1e-6)


@pytest.mark.parametrize(("true", "held"), [(-0.6, 0.0), (0.0, 0.0), (1.6, 1.0)])
def test_the_slope_is_held(true: float, held: float) -> None:
    """A class that many left is never the safer for it, and never worse than in proportion."""
    data = world(true)
    assert line(data.x[:, 1], data.label, data.weight).slope == pytest.approx(held, abs=0.06)


def test_an_unknown_rate_is_the_usual_one() -> None:
    """Where nothing is known of the class its pupils begin where a usual class does."""
    data = world(0.7)
    rate = data.x[:, 1].copy()
    rate[::7] = np.nan
    found = line(rate, data.label, data.weight)
    assert found.at(np.array([np.nan]))[0] == found.at(np.array([found.usual]))[0]
    blank = line(np.full(len(rate), np.nan), data.label, data.weight)
    assert blank.slope == 0.0
    told = 1 / (1 + np.exp(-blank.at(rate)))
    assert told == pytest.approx(data.label.mean(), rel=1e-6)


def test_the_tree_follows_the_line() -> None:
    """One tree of few leaves never falls and lies close to the line."""
    data = world(0.7)
    found = line(data.x[:, 1], data.label, data.weight)
    tree = stump(data.x, 1, found, ["own", "rate"])
    said = np.asarray(tree.predict(data.x, raw_score=True))
    assert tree.num_trees() == 1
    assert len(np.unique(said)) <= STEPS
    assert np.abs(said - found.at(data.x[:, 1])).max() < 0.1
    assert (np.diff(said[np.argsort(data.x[:, 1])]) >= 0).all()


def test_pupils_that_all_differ_lay_the_same_steps() -> None:
    """Where every row has a rate of its own the tree lies as close to the line, ends and empties too."""
    drawn = np.random.default_rng(2)
    rate = np.exp(drawn.normal(-4.5, 0.8, 50_000))
    x = np.column_stack(
        [np.zeros(len(rate)), np.where(drawn.uniform(size=len(rate)) < 0.01, np.nan, rate)]
    )
    label = (drawn.uniform(size=len(rate)) < 3 * rate / (1 + 3 * rate)).astype(np.float64)
    found = line(x[:, 1], label, np.ones(len(rate)))
    said = np.asarray(stump(x, 1, found, ["own", "rate"]).predict(x, raw_score=True))
    away = np.abs(said - found.at(x[:, 1]))
    assert away.max() < 0.6  # a thousandth at either end is one step
    assert np.quantile(away, 0.99) < 0.1
    known = ~np.isnan(x[:, 1])
    assert (np.diff(said[known][np.argsort(x[known, 1])]) >= 0).all()
    assert len(_laid_on(x[:, 1])[0]) <= LAID_ON
    assert _laid_on(x[:, 1])[1].sum() == known.sum()


def test_trees_grow_on_the_level() -> None:
    """Level and trees are one booster of the rounds asked for, whose contributions add up as text too."""
    data = world(0.7)
    booster = grow(data, PARAMS | {"level": "rate"}, rounds=30)
    assert booster.num_trees() == 30
    first = np.asarray(booster.predict(data.x, raw_score=True, num_iteration=1))
    found = line(data.x[:, 1], data.label, data.weight)
    assert np.abs(first - found.at(data.x[:, 1])).max() < 0.1
    again = lightgbm.Booster(model_str=text_of(booster))
    margin, parts, bias = tree_contributions(again, data.x)
    assert np.abs(margin - parts.sum(axis=1) - bias).max() < 1e-9
    told = 1 / (1 + np.exp(-margin))
    assert told.mean() == pytest.approx(data.label.mean(), rel=0.01)


def test_a_level_that_is_not_there_changes_nothing() -> None:
    """Without the indicator the trees are those of a recipe that names none."""
    data = world(0.7)
    named = grow(data, PARAMS | {"level": "elsewhere"}, rounds=5)
    assert text_of(named) == text_of(grow(data, PARAMS, rounds=5))


def test_the_first_indicator_that_is_there_is_the_level() -> None:
    """Of several names the first that the rows hold is taken, whatever comes after it."""
    data = world(0.7)
    one = text_of(grow(data, PARAMS | {"level": "rate"}, rounds=5))
    assert text_of(grow(data, PARAMS | {"level": ["elsewhere", "rate", "own"]}, rounds=5)) == one
    assert text_of(grow(data, PARAMS | {"level": ["own", "rate"]}, rounds=5)) != one


def test_the_level_reaches_beyond_what_was_seen() -> None:
    """In a class calmer than all before it the level alone is lower than trees alone would say."""
    data = world(0.9, classes=12, seed=8)
    calm = np.array([[0.0, float(data.x[:, 1].min())]])
    usual = np.array([[0.0, float(np.median(data.x[:, 1]))]])

    def gap(params: dict[str, object]) -> float:
        booster = grow(data, params, rounds=20)
        low, mid = (booster.predict(x, raw_score=True)[0] for x in (calm, usual))
        return float(mid - low)

    assert gap(PARAMS | {"level": "rate"}) > gap(PARAMS)


def test_the_line_goes_on_beyond_what_was_seen() -> None:
    """A class that was left less, or more, than any before is placed by the line and not beside the last."""
    data = world(0.7)
    found = line(data.x[:, 1], data.label, data.weight)
    seen = data.x[:, 1]
    alone = np.full((4, 2), np.nan)
    alone[:, 1] = [seen.min() / 4, seen.min() / 2, seen.max() * 2, seen.max() * 4]
    told = np.asarray(stump(data.x, 1, found, ["own", "rate"]).predict(alone, raw_score=True))
    assert told == pytest.approx(found.at(alone[:, 1]), abs=0.1)
    blank = np.full((1, 2), np.nan)
    usual = np.asarray(stump(data.x, 1, found, ["own", "rate"]).predict(blank, raw_score=True))
    assert usual == pytest.approx(found.at(np.array([np.nan])), abs=0.1)


def test_few_rates_of_uneven_weight_are_laid_all_the_same() -> None:
    """Classes of six, three, two and forty-nine rows: weighted rows made LightGBM count a leaf empty and stop;
    every rate is told by its own step."""
    often = np.array([6, 3, 2, 49])
    rate = np.repeat([0.0041, 0.0022, 0.0067, 0.0281], often)
    x, told = np.column_stack([np.zeros(often.sum()), rate]), Line(1.0, 0.0, 0.01)
    said = np.asarray(stump(x, 1, told, ["own", "rate"]).predict(x, raw_score=True))
    assert len(set(said)) == len(often)
    assert said == pytest.approx(told.at(rate), abs=0.05)
