"""A small practice with a known effect, and panels made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from training.interventions.panel import weekly

D = date(2026, 3, 6)
RATIO = 0.4
PAIR = {"student_id": pl.String, "on": pl.Date}


def on(days: int) -> date:
    """The day so many days after ``D``."""
    return D + timedelta(days=days)


def pairs(**days: int | tuple[int, ...]) -> pl.DataFrame:
    """student_id, on: by pupil one day or several, counted from ``D``."""
    rows = [
        {"student_id": pupil, "on": on(day)}
        for pupil, found in days.items()
        for day in (found if isinstance(found, tuple) else (found,))
    ]
    return pl.DataFrame(rows, schema=PAIR)


def by_hand(pupils: str, weeks: int = 1, **more: Any) -> pl.DataFrame:
    """A panel of single-letter pupils of one school with equal scores."""
    rows = pl.DataFrame(
        [
            {"student_id": p, "school_id": "s", "as_of": on(7 * w), "score": 1.0}
            for w in range(weeks)
            for p in pupils
        ]
    )
    blank = pl.DataFrame(schema=PAIR)
    return weekly(
        rows,
        more.get("visits", blank),
        more.get("outcomes", blank),
        exits=more.get("exits"),
        lists=more.get("lists"),
    )


@dataclass(frozen=True)
class Practice:
    """Rows, visits, lists, outcomes; ``untreated``: pupils who would have left, with the day."""

    rows: pl.DataFrame
    visits: pl.DataFrame
    lists: pl.DataFrame
    outcomes: pl.DataFrame
    untreated: pl.DataFrame

    @property
    def panel(self) -> pl.DataFrame:
        """The weekly panel."""
        return weekly(self.rows, self.visits, self.outcomes, lists=self.lists)


def practice(
    seed: int = 0, *, pupils: int = 3000, weeks: int = 20, ratio: float = RATIO
) -> Practice:
    """Scores wander, risk grows with the score, schools list the worst and go when they can."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"p{n:05d}" for n in range(pupils)])
    school = np.array([f"s{n % 15:02d}" for n in range(pupils)])
    score = rng.poisson(1.0, pupils).astype(float)
    gone, visit = np.zeros(pupils, bool), np.full(pupils, -100)
    due, spared = np.full(pupils, -1), np.zeros(pupils, bool)
    would = np.full(pupils, -1)
    told: dict[str, list[Any]] = {"rows": [], "visits": [], "lists": [], "outcomes": []}
    for week in range(weeks):
        score = np.maximum(score + rng.integers(-1, 2, pupils), 0)
        here = ~gone
        told["rows"].append((ids[here], school[here], week, score[here].copy()))
        free = here & (due < week) & (week - visit > 6) & (score >= 3)
        put = np.flatnonzero(free & (score + 2 * rng.standard_normal(pupils) > 5))
        due[put] = week + np.where(rng.random(len(put)) < 0.4, 0, rng.integers(1, 4, len(put)))
        told["lists"].append((ids[put], week))
        going = np.flatnonzero((due == week) & here)
        visit[going] = week
        told["visits"].append((ids[going], week))
        risk = np.where(spared, 0.0, np.minimum(0.001 * np.exp(0.6 * score), 0.5))
        strikes = here & (rng.random(pupils) < risk)
        would[strikes & (would < 0)] = week
        held = strikes & (week - visit < 6) & (rng.random(pupils) >= ratio)
        spared |= held
        gone |= strikes & ~held
        told["outcomes"].append((ids[strikes & ~held], week))
    rows = pl.concat(
        pl.DataFrame({"student_id": i, "school_id": s, "score": x}).with_columns(
            as_of=pl.lit(on(7 * w))
        )
        for i, s, w, x in told["rows"]
    )
    late = {i: int(w) for i, w in zip(ids, would, strict=True) if w >= 0}
    return Practice(
        rows,
        _days(told["visits"], 0),
        _days(told["lists"], 0),
        _days(told["outcomes"], 4),
        pairs(**{i: 7 * w + 4 for i, w in late.items()}),
    )


def _days(found: list[Any], later: int) -> pl.DataFrame:
    parts = [
        pl.DataFrame({"student_id": i}, schema={"student_id": pl.String}).with_columns(
            on=pl.lit(on(7 * w + later))
        )
        for i, w in found
    ]
    return pl.concat(parts)
