"""Visited and stayed: saved, or a false alarm? Not of one pupil, but how many of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.interventions.effect import COVER_DAYS, after_cover
from training.interventions.panel import after
from training.interventions.pooled import Effect

Array = NDArray[np.float64]
DRAWS = 20_000


@dataclass(frozen=True)
class Share:
    """A number with its interval (NaN and no bounds where the effect is not known)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ToldApart:
    """Of those visited: who left all the same, and how the others divide. Expected numbers.

    ``saved`` may be negative: then more left than would have without visits.
    """

    visited: int
    left: int
    stayed: int
    saved: Share
    false_alarms: Share


@dataclass(frozen=True)
class Precision:
    """Of those listed, who left: as seen, and as it would have been had nobody been visited."""

    listed: int
    visited: int
    seen: float
    without_visits: Share


def told_apart(panel: pl.DataFrame, effect: Effect, *, days: int = COVER_DAYS) -> ToldApart:
    """Saved and false alarms among all visits of the panel, followed for ``days``.

    Assumes that the ratio of ``effect`` holds for all of the days. Visits followed for a shorter time
    (exit, or a visit while an earlier one may still work) are left out.
    """
    on = pl.col("visited_on")
    rows = panel.filter(on.is_not_null() & after_cover(days) & after("event_on", on))
    left = (pl.col("event_on") <= on + pl.duration(days=days)).fill_null(False)
    rows = rows.filter(left | after("exit_on", on + pl.duration(days=days)))
    # of a sample about so many; of all rows exactly
    stands = pl.col("weight") if "weight" in rows.columns else pl.lit(1.0)
    told = rows.select(n=stands * pl.col("as_of").is_not_null(), k=stands * left)
    return told_apart_of(round(told["n"].sum()), round(told["k"].sum()), effect)


def told_apart_of(visited: int, left: int, effect: Effect, *, level: float = 0.95) -> ToldApart:
    """The same from counts: ``left`` of ``visited`` had the outcome while a visit may work.

    Had nobody gone, left / ratio would have left: the difference is saved, the rest false alarms.
    """
    drawn = np.minimum(_would(left, effect), visited)
    point = min(left / effect.ratio, visited) if effect.enough else float("nan")
    return ToldApart(
        visited,
        left,
        visited - left,
        _share(point - left, drawn - left, effect, level=level),
        _share(visited - point, visited - drawn, effect, level=level),
    )


def precision_without_visits(
    listed: pl.DataFrame, effect: Effect, *, level: float = 0.95
) -> Precision:
    """Precision of a list had nobody been visited. ``listed``: label (0/1), visited (0/1), a row each.

    ``visited``: a visit that may work lay before the outcome, or in the window of who stayed.
    """
    n, hit, gone_to = listed.height, pl.col("label") == 1, pl.col("visited") == 1
    other = int(listed.select((hit & ~gone_to).sum()).item() or 0)
    left = int(listed.select((hit & gone_to).sum()).item() or 0)
    visited = int(listed.select(gone_to.sum()).item() or 0)
    at_most, all_ = float(visited), max(n, 1)
    drawn = (other + np.minimum(_would(left, effect), at_most)) / all_
    point = (other + min(left / effect.ratio, at_most)) / all_ if effect.enough else float("nan")
    seen = (other + left) / all_
    return Precision(n, visited, seen, _share(point, drawn, effect, level=level))


def _would(left: int, effect: Effect) -> Array:
    """Draws of how many would have left: the ratio's and the count's own uncertainty together."""
    rng = np.random.default_rng(0)
    if not effect.enough:
        return np.full(1, np.nan)
    ratio = effect.ratio * np.exp(effect.spread * rng.standard_normal(DRAWS))
    drawn: Array = rng.gamma(left + 0.5, size=DRAWS) / ratio
    return drawn


def _share(point: float, drawn: Array, effect: Effect, *, level: float) -> Share:
    if not effect.enough:
        return Share(float("nan"), float("-inf"), float("inf"))
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return Share(float(point), float(min(low, point)), float(max(high, point)))
