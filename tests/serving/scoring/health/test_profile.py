"""Laws of figures and effect sizes: they say what their frames say, and nothing of a pupil."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl
import pytest

from features.catalogue import load
from serving.scoring.health import stats
from serving.scoring.health.limits import limit
from serving.scoring.health.profile import (
    cohort_figures,
    indicator_figures,
    marks_figures,
    results_figures,
    school_weeks,
    score_figures,
    steady,
    unbroken,
)
from serving.scoring.health.stats import Level

DAY = date(2026, 11, 20)


def features() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "student_id": ["s1", "s2", "s3"],
            "as_of": [DAY] * 3,
            "school_id": ["a", "a", "b"],
            "class_id": ["1", "1", "1"],
            "grade": ["7", "8", "8"],
            "x": [1.0, None, 3.0],
            "never": [None, None, None],
        },
        schema_overrides={"never": pl.Float64},
    )


def test_figures_count_what_is_known() -> None:
    """Pupils, known values, mean and spread of each indicator; no value gives no mean."""
    x, never = indicator_figures(features(), DAY).rows(named=True)
    assert (x["name"], x["pupils"], x["known"], x["mean"]) == ("x", 3, 2, 2.0)
    assert x["sd"] == pytest.approx(math.sqrt(2))
    assert (never["known"], never["mean"]) == (0, None)


def test_estimates_are_figures_by_their_log_odds() -> None:
    """The estimates go under one name, on the scale on which they add."""
    (row,) = score_figures(pl.DataFrame({"margin": [-3.0, -1.0]}), DAY).rows(named=True)
    assert (row["name"], row["known"], row["mean"]) == ("score", 2, -2.0)


def test_the_cohort_is_counted_by_school_and_grade() -> None:
    """One row a school and grade that has pupils."""
    rows = cohort_figures(features(), DAY).select("school_id", "grade", "pupils").rows()
    assert rows == [("a", "7", 1), ("a", "8", 1), ("b", "8", 1)]


def test_marks_are_counted_in_pupil_days() -> None:
    """A half-day late is one day with a mark; unknown days are no days."""
    days = pl.DataFrame(
        {
            "class_key": ["a|1|2026", "a|1|2026", "b|1|2026"],
            "expected": [2, 2, 2],
            "known": [2, 1, 0],
            "late": [1, 0, 0],
            "early": [0, 0, 0],
            "excused": [0, 1, 0],
            "unexplained": [0, 0, 0],
        }
    )
    a, b = marks_figures(days, DAY).rows(named=True)
    assert (a["school_id"], a["expected"], a["known"], a["days"]) == ("a", 4.0, 3.0, 2.0)
    assert (a["late"], a["excused"]) == (1.0, 1.0)
    assert (b["expected"], b["known"], b["days"]) == (2.0, 0.0, 0.0)


def test_results_are_shares_of_the_full_mark() -> None:
    """Papers without a full mark or without a score count for nothing."""
    grades = pl.DataFrame(
        {"score": [60.0, 75.0, 50.0, None], "full_score": [100.0, 150.0, 0.0, 100.0]}
    )
    (row,) = results_figures(grades, DAY).rows(named=True)
    assert (row["known"], row["mean"]) == (2, pytest.approx(0.55))


def test_steady_is_what_no_term_or_holiday_moves() -> None:
    """Registers and short attendance windows; never what counts a term, a season, results or aid."""
    kinds = steady(load())
    assert kinds["poverty_registered"] == "register"
    assert kinds["absence_4w"] == "attendance"
    for name in ("absence_term", "absence_8w", "term_progress", "activity_1w", "aid_unpaid", "poverty_without_aid",
                 "exam_standing", "class_size", "poverty_years"):  # fmt: skip
        assert name not in kinds
    assert {load()[name].family for name in kinds} <= {
        "attendance",
        "poverty",
        "left_behind",
        "disability",
    }


def test_weeks_without_school_are_left_out() -> None:
    """A week is held if any day of its seven is a school day; unbroken if it and three before are."""
    days = [DAY - timedelta(days=n) for n in range(60) if not 14 <= n < 21]
    held = school_weeks(days, DAY, weeks=6)
    assert held == [DAY - timedelta(weeks=n) for n in (5, 4, 3, 1, 0)]
    early = DAY - timedelta(weeks=3)
    assert unbroken(days, [DAY, early]) == {early}
    assert school_weeks([DAY + timedelta(days=1)], DAY, weeks=6) == []


def test_an_effect_is_the_difference_over_the_spread() -> None:
    """Signed; in units of the spread of both times."""
    weeks = [Level(100, 1.0, 2.0), Level(100, 1.2, 2.0)]
    told = stats.shift(Level(100, 2.1, 2.0), weeks)
    assert told.effect == pytest.approx(0.5)
    assert stats.shift(Level(100, 0.1, 2.0), weeks).effect == pytest.approx(-0.5)


def test_what_never_moved_and_does_not_move_is_nothing() -> None:
    """Equal constants: no effect and no surprise; a step from a constant is both."""
    still = [Level(100, 1.0, 0.0)] * 3
    told = stats.shift(Level(100, 1.0, 0.0), still)
    assert (told.effect, told.surprise) == (0.0, 0.0)
    moved = stats.shift(Level(100, 2.0, 0.0), still)
    assert moved.effect > 100
    assert moved.surprise > 100


def test_more_difference_among_the_weeks_is_less_surprise() -> None:
    """The same step surprises less where weeks differ among themselves, and where few are known."""
    calm = [Level(900, m, 1.0) for m in (1.0, 1.01, 0.99, 1.0)]
    wild = [Level(900, m, 1.0) for m in (1.0, 1.4, 0.6, 1.0)]
    step = Level(900, 1.5, 1.0)
    assert stats.shift(step, calm).surprise > stats.shift(step, wild).surprise
    assert stats.shift(step, calm).surprise > stats.shift(Level(10, 1.5, 1.0), calm).surprise


def test_cohens_h_is_of_shares_only() -> None:
    """Known value for a half and a quarter; none for what is no share."""
    assert stats.cohen_h(0.5, 0.25) == pytest.approx(math.pi / 6)
    assert math.isnan(stats.cohen_h(1.2, 0.5))
    assert math.isnan(stats.cohen_h(0.5, -0.1))


def test_a_rate_is_told_by_ratio_and_surprise() -> None:
    """Twice as many in more days surprise more; restless weeks surprise less; nothing from nothing is one."""
    calm, wild = [(20.0, 1000.0)] * 8, [(5.0, 1000.0), (35.0, 1000.0)] * 4
    told = stats.rate((80, 2000), calm)
    assert told.ratio == pytest.approx(2.0)
    assert told.surprise > stats.rate((8, 200), calm).surprise > 0
    assert told.surprise > stats.rate((80, 2000), wild).surprise
    assert stats.rate((0, 2000), calm).surprise < 0
    assert stats.rate((0, 2000), [(0.0, 1000.0)] * 3).ratio == 1.0
    assert stats.rate((3, 2000), [(0.0, 1000.0)] * 3).ratio == math.inf
    assert stats.rate((0, 0), [(0.0, 0.0)] * 2).now == 0.0


def test_a_share_lies_in_its_interval() -> None:
    """Also at none and at all, where the interval reaches the end."""
    for hits in (0, 1, 10, 20):
        low, high = stats.share_interval(hits, 20)
        assert 0 <= low <= hits / 20 <= high <= 1
    assert stats.share_interval(0, 20)[0] == 0.0
    assert stats.share_interval(20, 20)[1] == 1.0


def test_numbers_are_data_and_named() -> None:
    """A number that is not in the file is an error, not a default."""
    assert limit("reference", "least") > 1
    with pytest.raises(KeyError):
        limit("reference", "unheard")
