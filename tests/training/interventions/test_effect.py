"""Laws of the comparisons: known effects come back, and no time is counted on the wrong side."""

from __future__ import annotations

from datetime import timedelta
from math import log, sqrt

import numpy as np
import polars as pl
import pytest

from tests.training.interventions.world import RATIO, D, by_hand, on, pairs, practice
from training.interventions.effect import _cells, _trials, bands, delayed, naive, with_bands
from training.interventions.panel import first_days, ripe, visits_of
from training.interventions.pooled import CELLS, pooled


def arms(panel: pl.DataFrame) -> list[float]:
    cells = _cells(_trials(with_bands(panel, 1), ("as_of", "band"), 7, 42))
    return [float(cells[name].sum()) for name in CELLS]


def test_one_stratum_is_the_plain_ratio_with_the_plain_variance() -> None:
    """With one stratum the ratio is that of the two risks, its variance 1/a - 1/n1 + 1/b - 1/n0."""
    cells = pl.DataFrame(
        {"stratum": ["x"], "school_id": ["s"], "visited_events": [10.0], "visited": [100.0],
         "other_events": [40.0], "other": [200.0]}
    )  # fmt: skip
    found = pooled(cells, "m")
    assert found.ratio == pytest.approx(0.5)
    assert found.spread == pytest.approx(sqrt(1 / 10 - 1 / 100 + 1 / 40 - 1 / 200))
    assert log(found.high / found.low) == pytest.approx(2 * 1.959964 * found.spread)


def test_pooling_is_not_summing() -> None:
    """Two strata of equal ratio keep it, though the summed table says otherwise."""
    cells = pl.DataFrame(
        {"stratum": ["x", "y"], "school_id": ["s", "s"], "visited_events": [2.0, 40.0],
         "visited": [100.0, 200.0], "other_events": [40.0, 40.0], "other": [1000.0, 100.0]}
    )  # fmt: skip
    assert pooled(cells, "m").ratio == pytest.approx(0.5)


def test_schools_that_differ_widen_the_interval() -> None:
    """Where single schools decide the ratio, the interval is wider than of independent pupils."""
    alike = [(5.0, 100.0, 10.0, 100.0)] * 6
    apart = [(0.0, 100.0, 20.0, 100.0), (10.0, 100.0, 0.0, 100.0)] * 3
    wide = []
    for counts in (alike, apart):
        rows = [("x", f"s{k}", *c) for k, c in enumerate(counts)]
        cells = pl.DataFrame(rows, schema=["stratum", "school_id", *CELLS], orient="row")
        found = pooled(cells, "m")
        wide.append(found.high / found.low)
    assert wide[1] > 2 * wide[0]


def test_nobody_visited_gives_no_number() -> None:
    """Without visits, or without outcomes among them, there is no ratio and no bound."""
    for panel in (by_hand("ab", outcomes=pairs(a=3)), by_hand("ab", visits=pairs(a=0))):
        for method in (naive, bands, delayed):
            found = method(panel)
            assert not found.enough
            assert (found.low, found.high) == (0.0, float("inf"))


def test_an_outcome_before_the_visit_counts_for_those_who_wait() -> None:
    """On the day of a visit the arms are those visited and those still there: earlier outcomes are in neither."""
    panel = by_hand("abcd", visits=pairs(a=2, b=4), outcomes=pairs(a=5, c=1, d=3))
    # the trial of day 2: a visited, leaves; b waits; d waits and leaves; the trial of day 4: b, nobody else left
    hits, visited, other_hits, other = arms(panel)
    assert (hits, visited, other_hits) == (1.0, 2.0, 1.0)
    assert other == pytest.approx(
        1 + 2 / 7
    )  # d whole, b two days of seven; d had gone before day 4


def test_what_comes_after_the_wait_is_over_is_not_of_those_who_wait() -> None:
    """A pupil who waits counts as not visited until visited: an outcome after that is of the visited."""
    panel = by_hand("abc", visits=pairs(a=2, b=4), outcomes=pairs(b=6))
    hits, visited, other_hits, other = arms(panel)
    assert (hits, visited, other_hits) == (1.0, 2.0, 0.0)
    assert other == pytest.approx(2 / 7 + 1 + 1)


def test_who_was_visited_first_does_not_wait_for_the_second() -> None:
    """Of two visited in one week the earlier is in no arm on the day of the later."""
    panel = by_hand("abc", visits=pairs(a=1, b=3))
    trials = _trials(with_bands(panel, 1), ("as_of", "band"), 7, 42)
    later = trials.filter(pl.col("stratum").struct.field("start") == on(3))
    assert set(later["student_id"]) == {"b", "c"}


def test_listed_twice_is_compared_once_a_week() -> None:
    """A pupil listed again stands in the comparison of the later list alone."""
    panel = by_hand(
        "abc", weeks=3, visits=pairs(b=14), lists=pairs(a=(0, 14), b=14, c=14), outcomes=pairs(c=16)
    )
    found = delayed(panel)
    assert (found.visited, found.other, found.other_events) == (1, 2, 1)


def test_who_was_visited_lately_is_in_neither_arm() -> None:
    """Weeks after an earlier visit are not compared with anything."""
    panel = by_hand("abc", weeks=3, visits=pairs(a=0, b=7))
    only = _trials(with_bands(panel, 1), ("as_of", "band"), 7, 42)
    second = only.filter(pl.col("as_of") == on(7))
    assert set(second["student_id"]) == {"b", "c"}


def test_who_has_left_lawfully_is_not_compared() -> None:
    """An exit before the visit's day takes a pupil out of both arms."""
    panel = by_hand("abc", visits=pairs(a=2), exits=pairs(b=1))
    only = _trials(with_bands(panel, 1), ("as_of", "band"), 7, 42)
    assert set(only["student_id"]) == {"a", "c"}


def test_delayed_compares_only_those_listed_together() -> None:
    """A pupil who was never listed, or in another week, stands in no comparison."""
    panel = by_hand(
        "abcd", weeks=3, visits=pairs(a=0, b=7), lists=pairs(a=0, b=0, c=7),
        outcomes=pairs(a=6, b=12, d=5),
    )  # fmt: skip
    found = delayed(panel)
    # week 0: a visited, b waits; week 1: b visited, nobody listed with it waits
    assert (found.visited, found.visited_events, found.other, found.other_events) == (1, 1, 1, 0)


def test_the_known_ratio_comes_back_where_the_naive_one_does_not() -> None:
    """Bands and delayed visits hold the true ratio in their intervals; the naive one is more than twice it."""
    inside = {"bands": 0, "delayed": 0}
    for seed in range(6):
        panel = practice(seed).panel
        assert naive(panel).low > 2 * RATIO
        for method in (bands, delayed):
            found = method(panel)
            inside[found.method] += found.contains(RATIO)
            assert found.ratio < 1
    assert min(inside.values()) >= 5


def test_no_effect_is_found_where_there_is_none() -> None:
    """Visits that change nothing have a ratio whose interval holds 1."""
    panel = practice(11, ratio=1.0).panel
    assert naive(panel).low > 1
    assert bands(panel).contains(1.0)
    assert delayed(panel).contains(1.0)


def test_order_of_rows_changes_nothing() -> None:
    """The same panel in another order of rows gives the same figures."""
    panel = practice(3, pupils=800).panel
    mixed = panel.sample(fraction=1.0, shuffle=True, seed=1)
    for method in (naive, bands, delayed):
        one, other = method(panel), method(mixed)
        assert other.ratio == pytest.approx(one.ratio, abs=1e-12)
        assert other.spread == pytest.approx(one.spread, abs=1e-12)


def test_further_columns_part_the_strata() -> None:
    """Columns named beside the band make strata of their own."""
    panel = practice(3, pupils=800).panel.with_columns(half=pl.col("school_id") > "s07")
    assert bands(panel, beside=("half",)).strata > bands(panel).strata


def test_scores_of_two_makers_are_never_held_against_each_other() -> None:
    """Stretching the scores of one maker changes nothing, and no band holds two makers' pupils."""
    later = pl.col("as_of") >= D + timedelta(weeks=10)
    made = practice(4).panel.with_columns(scale=pl.when(later).then(1).otherwise(0))
    other = made.with_columns(
        score=pl.when(later).then(pl.col("score").sqrt() - 9).otherwise("score")
    )
    one, again = bands(made), bands(other)
    assert one.contains(RATIO)
    assert (again.ratio, again.low, again.strata) == (one.ratio, one.low, one.strata)
    held = with_bands(other, 20).group_by("band").agg(pl.col("scale").n_unique().alias("makers"))
    assert held["makers"].max() == 1


def test_by_another_score_than_the_lists_those_visited_look_worse() -> None:
    """A score that sees half of what the lists saw leaves those visited worse off than their band."""
    rng = np.random.default_rng(0)
    panel = practice(5, pupils=6000).panel
    halved = panel.with_columns(
        score=pl.Series(rng.binomial(panel["score"].cast(int).to_numpy(), 0.5))
    )
    assert bands(halved).ratio > 1.3 * bands(panel).ratio


def test_visits_and_lists_are_read_by_kind() -> None:
    """Of the measures only those that are a visit count as one, each day once."""
    rows = pl.DataFrame({"student_id": ["a", "a", "a"], "kind": ["入户走访", "入户走访", "资助"],
                         "happened_on": [on(0), on(0), on(1)]})  # fmt: skip
    assert visits_of(rows).rows() == [("a", on(0))]


def test_outcomes_and_leaves_are_told_apart() -> None:
    """Lawful and unexplained leaves are days after which nothing is seen, not outcomes."""
    events = pl.DataFrame(
        [("a", on(1), "outcome"), ("b", on(2), "exit"), ("c", on(3), "unresolved"), ("d", on(4), "start")],
        schema=["student_id", "on", "what"], orient="row",
    )  # fmt: skip
    outcomes, leaves = first_days(events)
    assert set(outcomes["student_id"]) == {"a"}
    assert set(leaves["student_id"]) == {"b", "c"}


def test_weeks_that_have_not_passed_are_left_out() -> None:
    """A week counts only when it lies within what is known."""
    panel = by_hand("a", weeks=4)
    assert ripe(panel, on(20))["as_of"].to_list() == [on(0), on(7)]
