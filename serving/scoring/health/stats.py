"""Effect sizes and how surprising they are against what weeks differ by themselves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Less than this is no spread: values that were always the same are told apart by the effect alone.
NONE = 1e-6
#: Counts of marks vary more than chance alone: pupils are late in spells. Never taken to be less.
LEAST_DISPERSION = 1.3


@dataclass(frozen=True)
class Level:
    """One week's values: how many were known, their mean and standard deviation."""

    known: float
    mean: float
    sd: float


@dataclass(frozen=True)
class Shift:
    """``effect``: standardised mean difference, signed. ``h``: Cohen's h of shares (NaN where the
    means are none). ``surprise``: the difference over what weeks differ by themselves and the week's
    own error. ``before``, ``now``: the means."""

    effect: float
    h: float
    surprise: float
    before: float
    now: float


def cohen_h(now: float, before: float) -> float:
    """Difference of two shares on the arcsine scale; NaN where one is no share."""
    if not (0 <= now <= 1 and 0 <= before <= 1):
        return math.nan
    return 2 * math.asin(math.sqrt(now)) - 2 * math.asin(math.sqrt(before))


def shift(now: Level, reference: Sequence[Level]) -> Shift:
    """This week against the mean of the reference weeks (at least two)."""
    means = np.array([level.mean for level in reference])
    before, between = float(means.mean()), float(means.std(ddof=1))
    # of both times, as is usual: before the first pupil of a register there is no spread at all
    apart = float(np.mean([level.sd**2 for level in reference]))
    within = math.sqrt((apart + now.sd**2) / 2)
    moved = now.mean - before
    expected = math.sqrt(between**2 * (1 + 1 / len(reference)) + within**2 / max(now.known, 1))
    spread = within if within > NONE else between
    return Shift(
        effect=moved / max(spread, NONE) if abs(moved) > NONE else 0.0,
        h=cohen_h(now.mean, before),
        surprise=abs(moved) / max(expected, NONE) if abs(moved) > NONE else 0.0,
        before=before,
        now=now.mean,
    )


@dataclass(frozen=True)
class Rate:
    """``ratio``: the rate over the reference rate (inf from nothing); ``surprise``: signed."""

    ratio: float
    surprise: float
    before: float
    now: float


def rate(now: tuple[float, float], reference: Sequence[tuple[float, float]]) -> Rate:
    """Marks among pupil-days (marks, days) against reference weeks, over-dispersed as they are."""
    marks = np.array([m for m, _ in reference], dtype=float)
    days = np.array([d for _, d in reference], dtype=float)
    before = float(marks.sum() / days.sum()) if days.sum() else 0.0
    said = days * before
    chi = float(((marks - said) ** 2 / np.maximum(said, 0.5)).sum())
    spread = max(LEAST_DISPERSION, chi / max(len(reference) - 1, 1))
    seen, under = now
    awaited = under * before
    variance = spread * max(awaited, 0.5) * (1 + under / max(float(days.sum()), 1))
    here = seen / under if under else 0.0
    return Rate(
        ratio=here / before if before else (math.inf if here else 1.0),
        surprise=(seen - awaited) / math.sqrt(variance),
        before=before,
        now=here,
    )


def share_interval(hits: float, of: float, level: float = 0.95) -> tuple[float, float]:
    """Jeffreys' interval of a share."""
    from scipy.stats import beta  # most of a second that the service need not wait for

    tail = (1 - level) / 2
    low = 0.0 if hits <= 0 else float(beta.ppf(tail, hits + 0.5, of - hits + 0.5))
    high = 1.0 if hits >= of else float(beta.ppf(1 - tail, hits + 0.5, of - hits + 0.5))
    return low, high
