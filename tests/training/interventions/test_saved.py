"""Laws of telling saved from false alarms."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.training.interventions.world import RATIO, by_hand, pairs, practice
from training.interventions.effect import COVER_DAYS, delayed
from training.interventions.pooled import Effect
from training.interventions.saved import precision_without_visits, told_apart, told_apart_of

NAN = float("nan")


def effect(ratio: float, spread: float = 0.1) -> Effect:
    return Effect("given", ratio, 0.0, 9.0, spread, 1, 1, 1, 1, 1, 1)


def test_what_left_over_the_ratio_would_have_left() -> None:
    """Twenty left at ratio one half: forty would have, twenty are saved, the rest false alarms."""
    found = told_apart_of(100, 20, effect(0.5))
    assert (found.left, found.stayed) == (20, 80)
    assert found.saved.value == pytest.approx(20)
    assert found.false_alarms.value == pytest.approx(60)
    assert found.saved.low < 20 < found.saved.high
    assert found.false_alarms.low < 60 < found.false_alarms.high


def test_saved_and_false_alarms_are_all_who_stayed() -> None:
    """The two add up to those who stayed, and nobody can be saved who was not visited."""
    for left in (0, 3, 60, 100):
        found = told_apart_of(100, left, effect(0.25))
        assert found.saved.value + found.false_alarms.value == pytest.approx(found.stayed)
        assert found.saved.value <= found.stayed
        assert found.false_alarms.low >= 0


def test_a_ratio_above_one_saves_nobody() -> None:
    """Where more left than without visits, the number saved is negative and said so."""
    assert told_apart_of(100, 20, effect(2.0)).saved.value == pytest.approx(-10)


def test_an_unknown_ratio_tells_nothing_apart() -> None:
    """Without a ratio there is no number and no bound."""
    found = told_apart_of(100, 20, effect(NAN, NAN))
    assert np.isnan(found.saved.value)
    assert found.saved.high == float("inf")
    rows = pl.DataFrame({"label": [1, 0], "visited": [1, 1]})
    assert np.isnan(precision_without_visits(rows, effect(NAN, NAN)).without_visits.value)


def test_those_saved_are_about_as_many_as_the_practice_saved() -> None:
    """On a practice of known effect the interval holds the number who stayed only for the visit."""
    held = 0
    for seed in range(5):
        made = practice(seed)
        saved = made.untreated.join(made.outcomes, on="student_id", how="anti").height
        found = told_apart(made.panel, delayed(made.panel), days=COVER_DAYS)
        held += found.saved.low <= saved <= found.saved.high
    assert held >= 4
    assert RATIO < 1


def test_short_followed_visits_are_left_out() -> None:
    """A visit after which the pupil exits within the time says nothing; an outcome does."""
    panel = by_hand(
        "abc", visits=pairs(a=0, b=0, c=0), exits=pairs(a=20, b=30), outcomes=pairs(b=10)
    )
    found = told_apart(panel, effect(0.5))
    assert (found.visited, found.left) == (2, 1)


def test_precision_without_visits_is_what_it_would_have_been() -> None:
    """Only outcomes after a visit are scaled up; a list nobody acted on stays as it was seen."""
    rows = pl.DataFrame(
        {"label": [1, 1, 0, 0, 0, 0, 0, 0, 0, 0], "visited": [1, 0, 1, 1, 1, 1, 0, 0, 0, 0]}
    )
    found = precision_without_visits(rows, effect(0.5))
    assert found.seen == pytest.approx(0.2)
    assert found.without_visits.value == pytest.approx(0.3)
    untouched = precision_without_visits(rows.with_columns(visited=pl.lit(0)), effect(0.5))
    assert untouched.without_visits.value == untouched.seen == pytest.approx(0.2)
