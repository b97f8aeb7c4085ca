"""Folds: what is judged lies after what was learned from, by one horizon and the lag."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.folds import as_of_days, by_school, walk_forward

FIRST = date(2026, 3, 1)


def rows(weeks: int, horizon: int, each: int = 3) -> pl.DataFrame:
    days = [FIRST + timedelta(weeks=n) for n in range(weeks) for _ in range(each)]
    return pl.DataFrame({"as_of": days, "window_end": [d + timedelta(weeks=horizon) for d in days]})


@given(st.integers(1, 30), st.integers(1, 9), st.integers(1, 6), st.integers(0, 14))
def test_nothing_judged_was_known_when_learning(
    weeks: int, horizon: int, folds: int, lag: int
) -> None:
    """Every training row's window and lag end by the first day judged; no row is judged twice."""
    held = rows(weeks, horizon)
    found = walk_forward(held, folds=folds, lag_days=lag)
    judged: list[int] = []
    for fold in found:
        ended = held["window_end"][fold.train].max()
        asked = held["as_of"][fold.judge].min()
        assert isinstance(ended, date)
        assert ended + timedelta(days=lag) <= fold.begins == asked
        judged += fold.judge.tolist()
    assert len(judged) == len(set(judged))
    assert len(found) <= folds


def test_the_gap_is_one_horizon_exactly() -> None:
    """A row is learned from as soon as its window has ended, not a week later."""
    held = rows(12, 4, each=1)
    last = walk_forward(held, folds=2)[-1]
    assert last.begins == FIRST + timedelta(weeks=8)
    assert last.train.tolist() == [0, 1, 2, 3, 4]


def test_days_are_counted_back_from_the_last() -> None:
    """As-of days end with the last that can be mature and none lies before the first."""
    assert as_of_days(FIRST, FIRST + timedelta(days=20), 1) == [
        FIRST + timedelta(days=d) for d in (6, 13, 20)
    ]
    assert as_of_days(FIRST, FIRST + timedelta(days=20), 2) == [
        FIRST + timedelta(days=d) for d in (6, 20)
    ]
    assert as_of_days(FIRST, FIRST - timedelta(days=1)) == []


@pytest.mark.parametrize("weeks", [0, 1])
def test_too_little_time_gives_no_folds(weeks: int) -> None:
    """Without a period before there is nothing to judge."""
    assert walk_forward(rows(weeks, 4), folds=4) == []


def test_schools_stand_in_where_time_does_not_allow() -> None:
    """Every school is judged once, by the others; with one school there is nobody to judge by."""
    held = pl.DataFrame({"as_of": [FIRST] * 10, "school_id": list("ABCDEABCDE")})
    found = by_school(held, folds=3)
    assert len(found) == 3
    assert sorted(n for fold in found for n in fold.judge.tolist()) == list(range(10))
    for fold in found:
        assert not set(held["school_id"][fold.train]) & set(held["school_id"][fold.judge])
    assert by_school(held.filter(pl.col("school_id") == "A"), folds=3) == []
    assert by_school(held.head(0), folds=3) == []
