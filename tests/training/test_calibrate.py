"""Calibration: the map that says what happens, few numbers, the order never turned around."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from training import calibrate
from training.bundle import Calibration
from training.bundle.calibration import log_odds, probability, sigmoid


def world(slope: float, level: float, *, n: int = 20_000, bend: float = 0.0, seed: int = 3):  # type: ignore[no-untyped-def]
    drawn = np.random.default_rng(seed)
    margin = drawn.normal(-2, 1.5, n)
    odds = slope * margin + level + bend * np.maximum(margin, -1.5)
    label = (drawn.uniform(size=n) < sigmoid(odds)).astype(float)
    return label, margin, np.ones(n), (np.arange(n) * 4 // n).astype(np.int64)


def test_a_calibrated_margin_is_left_alone() -> None:
    """Where the margin already says what happens, the map is the identity."""
    label, margin, weight, fold = world(1.0, 0.0)
    assert calibrate.fit(label, margin, weight=weight, fold=fold)[0].method == "identity"


def test_platts_two_numbers_are_found() -> None:
    """Margins twice too sure and too high are mended by slope and intercept."""
    label, margin, weight, fold = world(0.5, -1.0)
    found, losses = calibrate.fit(label, margin, weight=weight, fold=fold)
    assert found.method == "platt"
    assert found.slope == pytest.approx(0.5, abs=0.05)
    assert found.intercept == pytest.approx(-1.0, abs=0.1)
    assert losses["platt"] < losses["identity"]


def test_a_bent_truth_takes_the_stepwise_map() -> None:
    """Where no straight line fits, the stepwise map wins and stays rising."""
    label, margin, weight, fold = world(0.05, -3.0, bend=1.6, n=60_000)
    found, _ = calibrate.fit(label, margin, weight=weight, fold=fold)
    assert found.method == "isotonic"
    assert (np.diff(log_odds(np.linspace(-8, 4, 200), found)) > 0).all()
    assert probability(margin, found).mean() == pytest.approx(label.mean(), abs=0.01)


def test_the_order_is_never_turned_around() -> None:
    """Margins that point the wrong way only get another level, never a falling map."""
    label, margin, weight, _ = world(-0.8, -2.0)
    assert calibrate.platt(label, margin, weight).slope == 1.0
    knots = calibrate.isotonic(label, margin, weight, tail=0.0).knots
    assert len(knots) == 1


def test_weights_stand_for_rows() -> None:
    """A row of weight two counts as two rows."""
    label, margin, _, _ = world(0.7, 0.3, n=4000)
    weight = np.where(np.arange(4000) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(4000), weight.astype(int))
    ours = calibrate.platt(label, margin, weight)
    theirs = calibrate.platt(label[twice], margin[twice], np.ones(len(twice)))
    assert ours.slope == pytest.approx(theirs.slope)
    assert ours.intercept == pytest.approx(theirs.intercept)


def test_one_period_is_halved() -> None:
    """With a single period the map is judged on the other half of it."""
    label, margin, weight, _ = world(0.5, -1.0)
    one = np.zeros(len(label), np.int64)
    assert calibrate.fit(label, margin, weight=weight, fold=one)[0].method == "platt"


def test_equal_margins_share_a_bin() -> None:
    """A rule's few scores are its knots: the rates observed at them, with half a pupil either side."""
    margin = np.repeat([0.0, 1.0, 2.0], 100)
    label = np.concatenate([np.arange(100) < k for k in (20, 40, 60)]).astype(float)
    found = calibrate.isotonic(label, margin, np.ones(300), tail=0.0)
    assert [k[0] for k in found.knots] == [0.0, 1.0, 2.0]
    assert sigmoid(np.array([k[1] for k in found.knots])) == pytest.approx(
        [20.5 / 101, 40.5 / 101, 60.5 / 101]
    )


def test_levels_count_pupils_once() -> None:
    """A pupil seen in many weeks is one pupil in the interval's counts."""
    rows = pl.DataFrame({"student_id": [f"p{i % 50}" for i in range(500)]})
    margin = np.linspace(0, 1, 500)
    label = (np.arange(500) % 50 < 5).astype(float)
    found = calibrate.levels(rows, label, margin)
    assert all(level.pupils <= 50 and level.events <= 5 for level in found)
    assert found[0].pupils == 50
    assert found[-1].until == 1.0
    assert calibrate.levels(rows.head(0), np.array([]), np.array([])) == ()
    assert calibrate.with_levels(Calibration("identity"), found).levels == found


def test_a_period_without_outcomes_elsewhere_judges_nothing() -> None:
    """A fold whose other folds hold no outcome cannot judge a map; the rest do."""
    label, margin, weight, fold = world(0.5, -1.0, n=4000)
    only = np.where(fold == 0, label, 0.0)
    _, losses = calibrate.fit(only, margin, weight=weight, fold=fold)
    assert all(np.isfinite(value) for value in losses.values())


def test_a_map_that_wins_by_chance_is_not_taken() -> None:
    """A gain within two standard errors, a pupil's weeks counted as one, leaves the margin alone."""
    label, margin, weight, fold = world(0.85, 0.0, n=3000)
    each = np.arange(3000)
    alone, losses = calibrate.fit(label, margin, weight=weight, fold=fold, pupils=each)
    assert losses["platt"] < losses["identity"]
    assert alone.method != "identity"
    # the same rows of a hundred pupils: what they share is no evidence thirty times over
    few = np.random.default_rng(1).integers(0, 100, 300)
    small = [a[few] for a in (label, margin, weight)]
    held, _ = calibrate.fit(
        small[0], small[1], weight=small[2], fold=few % 4, pupils=(few % 100).astype(np.int64)
    )
    assert held.method == "identity"


def test_a_beta_map_bends_the_ends_apart() -> None:
    """Where sure and unsure are wrong by different slopes, three numbers find both, rising all along."""
    drawn = np.random.default_rng(5)
    margin = drawn.normal(-1, 2, 60_000)
    low, high = -np.logaddexp(0, -margin), np.logaddexp(0, margin)
    truth = 0.5 * low + 1.5 * high - 0.3
    label = (drawn.uniform(size=len(margin)) < sigmoid(truth)).astype(float)
    found = calibrate.beta(label, margin, np.ones(len(margin)))
    inside = (margin > -5) & (margin < 4)
    off = np.abs(log_odds(margin, found) - truth)[inside]
    assert off.mean() < 0.05  # the ends are chance, with so few rows there
    assert off.mean() < 0.2 * np.abs(margin - truth)[inside].mean()
    assert (np.diff(log_odds(np.linspace(-12, 9, 300), found)) > 0).all()


def test_the_spread_is_what_periods_show_beyond_learning() -> None:
    """Periods that differ from what was said have a spread; those that differ as learning does have none."""
    label, margin, weight, fold = world(1.0, 0.0)
    pupils = pl.Series([f"p{i}" for i in range(len(label))])
    calm = calibrate.spread(sigmoid(margin), label, weight=weight, pupils=pupils, fold=fold)
    assert calm == 0
    drawn = np.random.default_rng(2)
    moved = margin + np.array([-1.0, 1.0, -1.0, 1.0])[fold]
    shifted = (drawn.uniform(size=len(margin)) < sigmoid(moved)).astype(float)
    rough = calibrate.spread(sigmoid(margin), shifted, weight=weight, pupils=pupils, fold=fold)
    assert rough == pytest.approx(1.0, abs=0.3)
    assert (
        calibrate.spread(sigmoid(margin), label * 0, weight=weight, pupils=pupils, fold=fold) == 0
    )
