"""From margin to probability: a monotone map of few numbers, chosen by what it says out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

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


#: Knots at which a beta map is recorded; between them it is as good as straight.
_BETA_KNOTS = 64


def beta(label: Array, margin: Array, weight: Array) -> Calibration:
    """Three numbers (Kull, Silva Filho & Flach 2017): a ln p - b ln(1 - p) + c, a and b not negative.

    It bends the two ends apart, which a slope cannot. Recorded as knots, so that serving needs no
    other formula.
    """
    from scipy.optimize import minimize

    low, high = -np.logaddexp(0.0, -margin), np.logaddexp(0.0, margin)  # ln p and -ln(1 - p)
    total = weight.sum()

    def loss(x: Array) -> tuple[float, Array]:
        at = x[0] * low + x[1] * high + x[2]
        wrong = weight * (probability(at, Calibration("identity")) - label)
        lost = float(weight @ (np.logaddexp(0.0, at) - label * at))
        return lost / total, np.array([wrong @ low, wrong @ high, wrong.sum()]) / total

    bounds = [(1e-3, None), (1e-3, None), (None, None)]
    a, b, c = minimize(loss, [1.0, 1.0, 0.0], jac=True, method="L-BFGS-B", bounds=bounds).x
    x = np.linspace(float(margin.min()), float(margin.max()) + 1e-9, _BETA_KNOTS)
    y = -a * np.logaddexp(0.0, -x) + b * np.logaddexp(0.0, x) + c
    knots = tuple((float(u), float(v)) for u, v in zip(x, y, strict=True))
    # beyond what was seen it goes on as it ended
    return Calibration("beta", slope=float((y[-1] - y[-2]) / (x[-1] - x[-2])), knots=knots)


def _identity(label: Array, margin: Array, weight: Array) -> Calibration:
    return Calibration("identity")


FITS: dict[str, Callable[[Array, Array, Array], Calibration]] = {
    "identity": _identity,
    "platt": platt,
    "beta": beta,
    "isotonic": isotonic,
}


#: Another map must be better than none by so many standard errors (over pupils) on pupils left out: on
#: worlds whose truth is known every map that won by less was further from it.
SURE = 2.0
#: Groups of pupils that are left out in turn.
PARTS = 5


def fit(
    label: Array,
    margin: Array,
    *,
    weight: Array,
    fold: NDArray[np.int64],
    pupils: NDArray[np.int64] | None = None,
) -> tuple[Calibration, dict[str, float]]:
    """A map that is surely better than none on pupils left out, and of those the best on periods left out.

    Returns it, fitted on all, and the losses on periods left out by method. ``fold`` is the period,
    ``pupils`` a number by pupil (None: every row is one). Pupils left out show whether the margins are
    wrong at all: periods differ by season, which no map can mend. Periods left out show which map lasts:
    a map that follows these seasons is wrong in the next. Sure is ``SURE`` standard errors of the
    difference, a pupil's rows counted as one.
    """
    of = np.arange(len(label)) if pupils is None else pupils
    by_pupil = {
        n: _left_out(f, label, margin, weight=weight, fold=of % PARTS) for n, f in FITS.items()
    }
    sure = [n for n in FITS if _surely(by_pupil[n], by_pupil["identity"], of)]
    rows = {n: _left_out(f, label, margin, weight=weight, fold=fold) for n, f in FITS.items()}
    judged = ~np.isnan(rows["identity"])
    total = float(weight[judged].sum())
    losses = {n: float(lost[judged].sum()) / total if total else 0.0 for n, lost in rows.items()}
    chosen = min(sure, key=lambda n: losses[n], default="identity")
    return FITS[chosen](label, margin, weight), losses


def _surely(lost: Array, none: Array, pupils: NDArray[np.int64]) -> bool:
    """True where the loss is below that of no map beyond chance."""
    gain = np.nan_to_num(none - lost)
    each = np.bincount(pupils, weights=gain)
    return bool(gain.sum() > SURE * np.sqrt((each**2).sum()))


def _left_out(
    one: Callable[[Array, Array, Array], Calibration],
    label: Array,
    margin: Array,
    *,
    weight: Array,
    fold: NDArray[np.int64],
) -> Array:
    """Weighted log loss of each row under the map fitted on the other folds (halves where there is one).

    NaN where the others hold no outcome: nobody can judge there.
    """
    parts = np.unique(fold)
    if len(parts) < 2:
        fold = (np.arange(len(fold)) * 2 // max(len(fold), 1)).astype(np.int64)
        parts = np.unique(fold)
    lost = np.full(len(label), np.nan)
    for part in parts:
        there, here = fold != part, fold == part
        if label[there].sum() == 0:
            continue
        at = log_odds(margin[here], one(label[there], margin[there], weight[there]))
        lost[here] = weight[here] * (np.logaddexp(0.0, at) - label[here] * at)
    return lost


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


#: How many times the chance of the pupils with the outcome near a level the variance of what a model says
#: there is: it learns from them with freedom, a rate would only count them. Its error falls as they grow
#: in number and is larger where they are few, so the chance of a counted rate has the right shape. Chosen on
#: worlds whose truth is known (seeds 300 to 339 of ``benchmarks.coverage`` with 800, 1,500 and 2,500
#: pupils); coverage is measured on other seeds.
LEARNED = 2.5


def spread(
    said: Array, label: Array, *, weight: Array, pupils: pl.Series, fold: NDArray[np.int64]
) -> float:
    """How far stated rates have been from observed ones beyond what learning explains, in log-odds.

    The squared differences over periods (``fold``) and levels of the probability ``said`` beyond
    ``LEARNED`` times chance, by the method of moments about zero (DerSimonian & Laird 1986): seasons
    that differ. 0 where learning explains them.
    """
    told = _told(said, label, weight=weight, pupils=pupils, fold=fold)
    return float(np.sqrt(_beyond(told)))


def _told(
    said: Array, label: Array, *, weight: Array, pupils: pl.Series, fold: NDArray[np.int64]
) -> pl.DataFrame:
    """By period and level: weights of all, said and hit; distinct pupils with the outcome."""
    cuts = np.unique(np.quantile(said, LEVELS, method="lower"))
    columns = {"w": weight, "said": weight * said, "hit": weight * label, "left": label > 0}
    level = np.searchsorted(cuts, said, side="left")
    frame = pl.DataFrame({"pupil": pupils, "part": fold, "level": level, **columns})
    found = frame.group_by("part", "level", maintain_order=True).agg(
        pl.col("w", "said", "hit").sum(),
        pl.col("pupil").filter(pl.col("left")).n_unique().alias("events"),
    )
    return found.sort("part", "level")  # sums of floats must not depend on the order of groups


def _beyond(told: pl.DataFrame) -> float:
    """The variance of differences in log-odds beyond ``LEARNED`` times chance; 0 where there is none."""
    told = told.filter(pl.col("events") > 0)  # without anybody who left there is no log-odds
    if told.is_empty():
        return 0.0
    w, said, hit, events = (
        told[name].to_numpy().astype(np.float64) for name in ("w", "said", "hit", "events")
    )
    # a level where everybody left, or whose rate is said to be one, has no log-odds either
    stated = np.clip(said / w, 1e-9, 1 - 1e-9)
    difference = np.log(hit / np.maximum(w - hit, 0.5)) - np.log(stated / (1 - stated))
    known = events * (1 - np.minimum(hit / w, 1.0))  # one over the variance of a counted log-odds
    if known.sum() == 0:
        return 0.0
    beyond = float((known * difference**2).sum() - LEARNED * len(known)) / float(known.sum())
    return max(beyond, 0.0)


def with_levels(
    calibration: Calibration,
    found: tuple[Level, ...],
    between: float = 0.0,
    learned: float = 1.0,
) -> Calibration:
    """The same map with the counts, the spread and the share of learning that its intervals need."""
    return replace(calibration, levels=found, spread=between, learned=learned)
