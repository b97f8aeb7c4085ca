"""From margin to probability: a monotone map of few numbers, chosen by what it says out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.bundle.calibration import log_odds, probability
from training.bundle.manifest import Calibration, Level

Array = NDArray[np.float64]
#: Shares of rows at which the levels of the interval begin; finer where the lists are made.
LEVELS = (0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.99)
#: Bins of the stepwise map: as many positives in each, at least.
FEWEST = 20
BINS = 15


def _loss(label: Array, margin: Array, weight: Array, calibration: Calibration) -> float:
    at = log_odds(margin, calibration)
    # log(1 + exp(x)) without overflow
    return float(np.average(np.logaddexp(0.0, at) - label * at, weights=weight))


def platt(label: Array, margin: Array, weight: Array, *, slope: float | None = None) -> Calibration:
    """Slope and intercept of the log-odds by Newton's method (Platt 1999); slope kept if given.

    A slope that is not positive would turn the order around: then only the level is corrected.
    """
    at = Calibration("platt", slope=1.0 if slope is None else slope)
    loss = _loss(label, margin, weight, at)
    for _ in range(100):
        step = _newton(label, margin, weight, at=at, level_only=slope is not None)
        for half in range(20):  # a full step may overshoot: it is halved until the loss falls
            tried = Calibration(
                "platt", at.slope + step[0] / 2**half, intercept=at.intercept + step[1] / 2**half
            )
            better = _loss(label, margin, weight, tried)
            if better < loss:
                break
        else:
            break
        fallen, at, loss = loss - better, tried, better
        if fallen < 1e-14:
            break
    if slope is None and at.slope <= 1e-3:
        return platt(label, margin, weight, slope=1.0)
    return at


def _newton(
    label: Array, margin: Array, weight: Array, *, at: Calibration, level_only: bool
) -> tuple[float, float]:
    """Newton's step in slope and intercept."""
    p = probability(margin, at)
    r, h = weight * (label - p), weight * p * (1 - p)
    if level_only:
        return 0.0, float(r.sum() / (h.sum() + 1e-9))
    cross = h @ margin
    hessian = np.array([[h @ margin**2 + 1e-9, cross], [cross, h.sum() + 1e-9]])
    a, b = np.linalg.solve(hessian, np.array([r @ margin, r.sum()]))
    return float(a), float(b)


def isotonic(
    label: Array, margin: Array, weight: Array, *, tail: float | None = None
) -> Calibration:
    """Rates in bins of about equal positives, pooled until they rise (PAV), joined by lines.

    ``tail`` is the slope beyond the outer bins (default: Platt's).
    """
    order = np.argsort(margin, kind="stable")
    hits = np.cumsum(label[order])
    bins = int(np.clip(hits[-1] // FEWEST, 1, BINS)) if len(hits) else 1
    edge = np.searchsorted(hits, hits[-1] * np.arange(1, bins) / bins)
    edge = _clear_of_ties(margin[order], edge)
    blocks = [_block(label, margin, weight, rows=part) for part in np.split(order, edge)]
    pooled = _pool([block for block in blocks if block[0] > 0])
    knots = tuple((m / w, float(np.log(e / (n - e)))) for w, m, e, n in pooled)
    end = platt(label, margin, weight).slope if tail is None else tail
    return Calibration("isotonic", slope=end, knots=knots)


def _clear_of_ties(margin: Array, edge: NDArray[np.intp]) -> NDArray[np.intp]:
    """Move each edge to where a run of equal margins begins: equals share a bin."""
    return np.unique(np.searchsorted(margin, margin[np.minimum(edge, len(margin) - 1)]))


def _block(
    label: Array, margin: Array, weight: Array, *, rows: NDArray[np.intp]
) -> tuple[float, float, float, float]:
    """Weight, weighted margin, events and weight with half a pupil added on either side."""
    w = weight[rows]
    return float(w.sum()), float(w @ margin[rows]), float(w @ label[rows]) + 0.5, float(w.sum()) + 1


def _pool(blocks: Sequence[tuple[float, float, float, float]]) -> list[tuple[float, ...]]:
    pooled: list[tuple[float, ...]] = []
    for block in blocks:
        pooled.append(block)
        while len(pooled) > 1 and pooled[-2][2] / pooled[-2][3] >= pooled[-1][2] / pooled[-1][3]:
            last, before = pooled.pop(), pooled.pop()
            pooled.append(tuple(a + b for a, b in zip(before, last, strict=True)))
    return pooled


def _identity(label: Array, margin: Array, weight: Array) -> Calibration:
    return Calibration("identity")


FITS: dict[str, Callable[[Array, Array, Array], Calibration]] = {
    "identity": _identity,
    "platt": platt,
    "isotonic": isotonic,
}


def fit(
    label: Array, margin: Array, *, weight: Array, fold: NDArray[np.int64]
) -> tuple[Calibration, dict[str, float]]:
    """The map with the least log loss on folds it was not fitted on, then fitted on all.

    Returns it and the losses by method; the simpler map wins unless the other is better by 0.01 %.
    """
    losses = {
        name: _left_out(one, label, margin, weight=weight, fold=fold) for name, one in FITS.items()
    }
    chosen = "identity"
    for name in FITS:
        if losses[name] < losses[chosen] * (1 - 1e-4):
            chosen = name
    return FITS[chosen](label, margin, weight), losses


def _left_out(
    one: Callable[[Array, Array, Array], Calibration],
    label: Array,
    margin: Array,
    *,
    weight: Array,
    fold: NDArray[np.int64],
) -> float:
    """Log loss of each fold under the map fitted on the others (halves where there is one)."""
    parts = np.unique(fold)
    if len(parts) < 2:
        fold = (np.arange(len(fold)) * 2 // max(len(fold), 1)).astype(np.int64)
        parts = np.unique(fold)
    losses, sizes = [], []
    for part in parts:
        there, here = fold != part, fold == part
        if not there.any() or label[there].sum() == 0:
            continue
        fitted = one(label[there], margin[there], weight[there])
        losses.append(_loss(label[here], margin[here], weight[here], fitted))
        sizes.append(weight[here].sum())
    return float(np.average(losses, weights=sizes)) if losses else float("inf")


def levels(rows: pl.DataFrame, label: Array, margin: Array) -> tuple[Level, ...]:
    """Distinct pupils and those with the outcome, by level of margin; for the interval.

    A pupil seen in many weeks is one pupil: rows are not independent.
    """
    if len(margin) == 0:
        return ()
    cuts = np.unique(np.quantile(margin, LEVELS, method="lower"))
    frame = pl.DataFrame(
        {
            "student_id": rows["student_id"],
            "label": label,
            "level": np.searchsorted(cuts, margin, side="left"),
        }
    )
    counted = (
        frame.group_by("level")
        .agg(
            pl.col("student_id").n_unique().alias("pupils"),
            pl.col("student_id").filter(pl.col("label") > 0).n_unique().alias("events"),
        )
        .sort("level")
    )
    ends = [*cuts.tolist(), float(margin.max())]
    return tuple(Level(float(ends[at]), n, k) for at, n, k in counted.iter_rows())


def with_levels(calibration: Calibration, found: tuple[Level, ...]) -> Calibration:
    """The same map with the counts that its intervals need."""
    return Calibration(
        calibration.method, calibration.slope, calibration.intercept, calibration.knots, found
    )
