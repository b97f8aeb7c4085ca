"""Weekly as-of days and walk-forward splits: what is judged lies after what was learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    """Row numbers to learn from and to judge on; ``begins`` is the first day judged."""

    begins: date
    train: Rows
    judge: Rows
    by: Literal["walk_forward", "by_school"] = "walk_forward"


def as_of_days(first: date, last: date, every_weeks: int = 1) -> list[date]:
    """Days ``every_weeks`` apart, counted back from ``last``, none before ``first``."""
    step = timedelta(weeks=every_weeks)
    days = []
    day = last
    while day >= first:
        days.append(day)
        day -= step
    return days[::-1]


def walk_forward(rows: pl.DataFrame, *, folds: int, lag_days: int = 0) -> list[Fold]:
    """Split rows (as_of, window_end) into at most ``folds`` periods judged one after another.

    The first period only trains. A row trains a fold only if its whole outcome window, with the
    lag, lay before the fold's first day: the gap of one horizon. Periods with nothing to learn
    from are left out.
    """
    days = sorted(rows["as_of"].unique().to_list())
    periods = [list(part) for part in np.array_split(np.array(days, dtype=object), folds + 1)]
    rows = rows.cast({"as_of": pl.Date, "window_end": pl.Date})
    done = rows["window_end"].to_numpy() + np.timedelta64(lag_days, "D")
    asked = rows["as_of"].to_numpy()
    found = []
    for period in periods[1:]:
        if not period:
            continue
        begins, ends = np.datetime64(period[0]), np.datetime64(period[-1])
        train = np.flatnonzero(done <= begins)
        judge = np.flatnonzero((asked >= begins) & (asked <= ends))
        if len(train) and len(judge):
            found.append(Fold(period[0], train, judge))
    return found


def by_school(rows: pl.DataFrame, *, folds: int) -> list[Fold]:
    """Where time does not allow it: schools in at most ``folds`` groups, each judged by the others.

    ``rows``: as_of, school_id. No pupil is judged by what was learned from their own school.
    """
    number = rows["school_id"].rank("dense").to_numpy().astype(np.int64) - 1
    groups = min(folds, int(number.max()) + 1) if len(number) else 0
    if groups < 2:
        return []
    return [
        Fold(
            rows["as_of"].min(),  # type: ignore[arg-type] # a column of dates, not empty
            np.flatnonzero(number % groups != group),
            np.flatnonzero(number % groups == group),
            "by_school",
        )
        for group in range(groups)
    ]
