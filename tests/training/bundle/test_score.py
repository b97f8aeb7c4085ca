"""Scores: contributions add up, equal shap's, the interval holds its point, bands fit the room."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.refusal import Refusal
from tests.training.factories import frame, trained
from training.bundle import Bundle, Calibration, Cuts, Level, Scored, Term
from training.bundle import score as scoring
from training.bundle.bands import bands, cut
from training.bundle.calibration import interval, log_odds, probability
from training.bundle.score import check_additive, rule_contributions

CELL = st.none() | st.floats(-1, 3, allow_nan=False)


def rows_of(values: list[list[float | None]], bundle: Bundle) -> pl.DataFrame:
    return pl.DataFrame(values, schema=dict.fromkeys(bundle.indicators, pl.Float64), orient="row")


@pytest.mark.parametrize("kind", ["model", "rule"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_contributions_add_up_to_the_margin(kind: str, data: st.DataObject) -> None:
    """For any row, with any cell empty, bias and contributions sum to the margin within 1e-6."""
    bundle = trained().challenger if kind == "model" else trained().rule
    width = len(bundle.indicators)
    values = data.draw(
        st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5)
    )
    scored = bundle.score(rows_of(values, bundle))
    assert np.abs(scored.bias + scored.contributions.sum(axis=1) - scored.margin).max() <= 1e-6
    assert (
        (scored.interval_low <= scored.probability) & (scored.probability <= scored.interval_high)
    ).all()
    assert ((scored.probability >= 0) & (scored.probability <= 1)).all()


def test_contributions_are_those_of_shap() -> None:
    """The contributions equal shap.TreeExplainer's within 1e-5, on rows with empty cells."""
    import shap

    bundle = trained().challenger
    rows = frame(pupils=60, weeks=2, seed=5)
    x = scoring.matrix(rows, bundle.indicators)
    assert np.isnan(x).any()
    theirs = np.asarray(shap.TreeExplainer(bundle.booster).shap_values(x))
    assert np.abs(theirs - bundle.score(rows).contributions).max() <= 1e-5


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring in small blocks, with two threads, gives the same bits."""
    bundle, rows = trained().challenger, frame(pupils=50, weeks=1)
    whole = bundle.score(rows)
    monkeypatch.setattr(scoring, "BLOCK", 7)
    parts = bundle.score(rows, threads=2)
    assert whole.contributions.tobytes() == parts.contributions.tobytes()
    assert whole.probability.tobytes() == parts.probability.tobytes()


def test_nobody_gives_an_empty_score() -> None:
    """A frame without rows gives a score without rows."""
    scored = trained().challenger.score(frame(pupils=5, weeks=1).head(0))
    assert len(scored) == 0
    assert scored.contributions.shape == (0, 6)


def test_what_does_not_add_up_is_refused() -> None:
    """A score whose parts do not add up, or are no numbers, is not served."""
    check_additive(np.array([1.0]), np.array([[0.5, 0.5]]), 0.0)
    for margin in (1.1, math.nan):
        with pytest.raises(Refusal, match="不符"):
            check_additive(np.array([margin]), np.array([[0.5, 0.5]]), 0.0)


def test_more_absence_never_lowers_the_estimate() -> None:
    """The estimate never falls as an indicator rises that points up, nor rises for one that points down."""
    bundle = trained().challenger
    rows = frame(pupils=40, weeks=1).select(bundle.indicators)
    for column in bundle.manifest.columns:
        steps = [
            bundle.score(rows.with_columns(pl.lit(v).alias(column.name))).margin
            for v in np.linspace(0, 1.5, 12)
        ]
        rises = np.diff(np.array(steps), axis=0) * column.direction
        assert (rises >= -1e-12).all(), column.name


def test_a_rules_terms_rise_in_a_line_and_then_stay() -> None:
    """A term is 0 at its start, its weight from its full on, empty cells count nothing, and may fall."""
    terms = (Term("a", 2.0, 10.0), Term("b", 1.0, full=0.0, start=0.5))
    got = rule_contributions(
        terms, np.array([[0.0, 0.5], [5.0, 0.25], [20.0, -1.0], [np.nan, np.nan]])
    )
    assert got.tolist() == [[0, 0], [1, 0.5], [2, 1], [0, 0]]


@pytest.mark.parametrize("calibration", [
    Calibration("identity"),
    Calibration("platt", slope=0.7, intercept=-1.0),
    Calibration("isotonic", slope=0.5, knots=((-1.0, -3.0), (0.0, -2.0), (2.0, 1.0))),
])  # fmt: skip
def test_every_map_is_rising_and_recorded(calibration: Calibration) -> None:
    """The map never turns the order around and follows from its numbers alone."""
    margin = np.linspace(-6, 6, 301)
    odds = log_odds(margin, calibration)
    assert (np.diff(odds) > 0).all()
    assert probability(margin, calibration) == pytest.approx(1 / (1 + np.exp(-odds)))


def test_the_knots_are_met_exactly() -> None:
    """The stepwise map passes through its knots and goes on with its slope."""
    calibration = Calibration("isotonic", slope=0.5, knots=((-1.0, -3.0), (2.0, 1.0)))
    assert log_odds(np.array([-3.0, -1.0, 2.0, 4.0]), calibration).tolist() == [
        -4.0,
        -3.0,
        1.0,
        2.0,
    ]


def test_few_pupils_give_a_wide_interval() -> None:
    """The interval is wider where fewer pupils were seen, and absent where no probability is."""
    few, many = (
        Calibration("identity", levels=(Level(0.0, n, n // 10), Level(9.0, n, n // 5)))
        for n in (20, 2000)
    )
    margin = np.array([-2.0, 1.0])
    wide, narrow = interval(margin, few), interval(margin, many)
    assert ((wide[1] - wide[0]) > (narrow[1] - narrow[0])).all()
    assert np.isnan(interval(margin, Calibration("none"))[0]).all()
    assert np.isnan(probability(margin, Calibration("none"))).all()


def test_what_learns_is_less_sure_than_what_counts() -> None:
    """Learning so many times the chance of a counted rate, and a spread, each widen the interval as said."""
    counted = Calibration("identity", levels=(Level(9.0, 200, 40),))
    margin = np.array([-1.0])

    def half(calibration: Calibration) -> float:
        low, high = interval(margin, calibration)
        assert low < probability(margin, calibration) < high
        return float((np.log(high / (1 - high)) - np.log(low / (1 - low)))[0] / 2)

    chance = 1 / 40.5 + 1 / 160.5
    assert half(counted) == pytest.approx(1.6448536 * np.sqrt(chance))
    assert half(replace(counted, learned=2.5)) == pytest.approx(1.6448536 * np.sqrt(2.5 * chance))
    both = replace(counted, learned=2.5, spread=0.3)
    assert half(both) == pytest.approx(1.6448536 * np.sqrt(2.5 * chance + 0.09))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40), st.sampled_from([0.03, 0.1, 0.5, 1.0]))
def test_a_cut_never_lists_more_than_there_is_room_for(values: list[int], share: float) -> None:
    """No more than the share reaches the cut, and the next lower value would be too many."""
    value = np.array(values, float)
    at = cut(value, np.ones(len(value)), share)
    assert (value >= at).sum() <= share * len(value) + 1e-9
    below = value[value < at]
    if len(below):
        assert (value >= below.max()).sum() > share * len(value)


def test_a_cut_of_nobody_is_an_error() -> None:
    """There is no cut without values."""
    with pytest.raises(ValueError, match="no values"):
        cut(np.array([]), np.array([]), 0.1)


def test_bands_follow_the_cuts_and_no_data_is_its_own() -> None:
    """A value at a cut is in the band; without coverage there is no band but no_data; never act_now."""
    value = np.array([0.5, 0.2, 0.1, 0.9])
    nothing = np.zeros((4, 0))
    scored = Scored((), value, value, value, value, nothing, 0.0)
    cuts = Cuts("probability", priority=0.5, watch=0.2)
    assert bands(cuts, scored) == ["priority", "watch", "none", "priority"]
    assert bands(cuts, scored, np.array([1, 0.1, 0.0, np.nan])) == [
        "priority",
        "watch",
        "no_data",
        "no_data",
    ]
    assert bands(replace(cuts, on="margin"), scored.take([2, 3])) == ["none", "priority"]


def test_a_bundles_own_rows_fill_its_room() -> None:
    """On its own out-of-fold rows about three per cent reach priority, never more."""
    told = trained().model
    assert told is not None
    cuts = trained().challenger.manifest.cuts
    share = (told.probability >= cuts.priority).mean()
    assert 0.02 <= share <= 0.03
    assert (
        trained().challenger.bands(trained().challenger.score(frame(pupils=5, weeks=1)), [0] * 5)
        == ["no_data"] * 5
    )
