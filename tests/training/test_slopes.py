"""Lines beside the level: what a regression sees, held to directions, written as trees of steps."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from training.joined import joined
from training.slopes import Held, Slopes, differing, fitted, trees

NAMES = ["risen", "fallen", "same", "flag"]
UP = np.array([1, -1, 0, 0])


def world(rows: int = 6_000, seed: int = 3) -> Held:
    """Two numbers that count, one the same for a whole group, one often empty, where empty counts."""
    drawn = np.random.default_rng(seed)
    x = drawn.normal(size=(rows, 4))
    x[:, 2] = np.repeat(drawn.normal(size=rows // 30), 30)
    x[:, 3] = np.where(drawn.uniform(size=rows) < 0.3, np.nan, x[:, 3])
    odds = -2.0 + 0.8 * x[:, 0] - 0.5 * x[:, 1] + 0.7 * np.isnan(x[:, 3])
    label = (drawn.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    return Held(x, label, np.ones(rows), np.zeros(rows))


def groups(rows: int = 6_000) -> np.ndarray:
    """Thirty rows a group."""
    return np.repeat(np.arange(rows // 30), 30)


def drawn_in(held: Held, direction: np.ndarray = UP, penalty: float = 1.0) -> Slopes:
    """The lines in every column."""
    found = fitted(held, np.arange(4), direction=direction, penalty=penalty)
    assert found is not None
    return found


def said(slopes: Slopes, x: np.ndarray) -> np.ndarray:
    """What the lines add, without steps."""
    told: np.ndarray = np.sum([slopes.of(n, x[:, c]) for n, c in enumerate(slopes.at)], axis=0)
    return told


def test_the_lines_are_found() -> None:
    """Slopes, the intercept and what an empty value counts for are those of the world."""
    found = drawn_in(world())
    assert found.slope[:2] == pytest.approx([0.8, -0.5], abs=0.1)
    assert found.empty[3] == pytest.approx(0.7, abs=0.2)
    assert not found.empty[:3].any()
    told = 1 / (1 + np.exp(-said(found, world().x)))
    assert told.mean() == pytest.approx(world().label.mean(), rel=1e-3)


def test_directions_hold() -> None:
    """A line never runs against the direction of its indicator: it stays level."""
    found = drawn_in(world(), -UP)
    assert found.slope[0] == 0.0
    assert found.slope[1] == 0.0
    kept = drawn_in(world(), UP)
    x = np.linspace(-9, 9, 50)
    assert (np.diff(kept.of(0, x)) >= 0).all()
    assert (np.diff(kept.of(1, x)) <= 0).all()


def test_a_larger_penalty_draws_flatter_lines() -> None:
    """Shrinkage shrinks."""
    few, many = drawn_in(world(), penalty=1.0), drawn_in(world(), penalty=2_000.0)
    assert abs(many.slope[0]) < abs(few.slope[0]) / 2


def test_what_was_said_before_is_left_as_it_is() -> None:
    """The lines stand on the offset: what it says already they do not say again."""
    held = world()
    told = Held(held.x, held.label, held.weight, 0.8 * held.x[:, 0])
    assert drawn_in(told).slope[0] == pytest.approx(0.0, abs=0.1)


def test_lines_are_blind_to_what_a_group_shares() -> None:
    """A column that is the same for every row of a group, or empty, is no place for a line."""
    held = world()
    x = np.column_stack([held.x, np.full(len(held.x), np.nan)])
    assert differing(x, groups()).tolist() == [0, 1, 3]
    assert differing(x, None).tolist() == [0, 1, 2, 3]


def test_nothing_to_draw_is_no_line() -> None:
    """Without a column, or where no column says anything, there is no line."""
    held = world()
    assert fitted(held, np.array([], np.intp), direction=UP[:0], penalty=1.0) is None
    empty = Held(np.full_like(held.x, np.nan), held.label, held.weight, held.offset)
    assert fitted(empty, np.arange(4), direction=UP, penalty=1.0) is None


def test_steps_follow_the_lines() -> None:
    """Trees of steps say what the lines say, the empty value and the far ends included."""
    held = world()
    found = drawn_in(held)
    x = held.x.copy()
    x[::50] = np.nan  # nowhere empty when the steps of the first columns were laid
    x[1::50] = 40.0
    grown = trees(found, held.x, NAMES, steps=32)
    told = joined([(tree, 1.0) for tree in grown]).predict(x, raw_score=True)
    assert np.abs(told - said(found, x)).mean() < 0.06
    assert np.abs(told - said(found, x))[::50].max() < 0.06
    assert len(grown) == len(found.used)


def test_steps_never_run_against_a_direction() -> None:
    """More of what raises never lowers the margin of the steps either."""
    held = world()
    grown = joined([(tree, 1.0) for tree in trees(drawn_in(held), held.x, NAMES, steps=16)])
    x = np.zeros((400, 4))
    x[:, 0] = np.linspace(-6, 6, 400)
    assert (np.diff(np.asarray(grown.predict(x, raw_score=True))) >= -1e-12).all()


def boosters() -> tuple[np.ndarray, list[lightgbm.Booster]]:
    """Two boosters of different trees on the same columns."""
    held = world()
    params = {"objective": "binary", "num_leaves": 7, "verbosity": -1, "num_threads": 1}
    found = []
    for seed in (1, 2):
        own = params | {"seed": seed, "bagging_fraction": 0.5, "bagging_freq": 1}
        data = lightgbm.Dataset(held.x, held.label, feature_name=NAMES)
        found.append(lightgbm.train(own, data, num_boost_round=12))
    return held.x, found


def test_a_joint_says_the_weighted_sum() -> None:
    """Margin and contributions of a joint are those of its parts by their shares, also read as text."""
    x, (one, other) = boosters()
    both = joined([(one, 0.3), (other, 0.7)])
    again = lightgbm.Booster(model_str=both.model_to_string())
    for how in ({"raw_score": True}, {"pred_contrib": True}):
        expected = 0.3 * one.predict(x, **how) + 0.7 * other.predict(x, **how)
        assert np.abs(both.predict(x, **how) - expected).max() < 1e-12
        assert np.abs(again.predict(x, **how) - expected).max() < 1e-12
    assert both.num_trees() == one.num_trees() + other.num_trees()


def test_a_joint_of_one_is_that_one() -> None:
    """Nothing is copied where there is nothing to join, and nothing joins to nothing."""
    _, (one, _) = boosters()
    assert joined([(one, 1.0)]) is one
    with pytest.raises(ValueError, match="nothing to join"):
        joined([])
    bare = lightgbm.Booster({"verbosity": -1}, lightgbm.Dataset(np.ones((30, 1)), np.ones(30)))
    with pytest.raises(ValueError, match="without a tree"):
        joined([(bare, 0.5), (one, 0.5)])
