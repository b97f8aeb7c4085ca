"""Logistic regression on the same indicators: standardised, a flag for what is missing.

The penalty is chosen by cross-validation over pupils. What lies beyond the values learned from counts as
the nearest of them: in the first weeks of a record the time of year has hardly moved, and a line drawn
through it would carry everybody to one in spring. Where the outcome is rare most rows say the same
thing: ten weighted negatives a positive are kept, which leaves a regression nearly all it could learn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.baselines.baseline import Baseline, Learned, Lesson
from training.bundle.manifest import Weight
from training.bundle.score import matrix
from training.sums import one_thread

Array = NDArray[np.float64]
#: Penalties tried: C of scikit-learn, smaller is stronger.
PENALTIES = (0.001, 0.01, 0.1)
PARTS = 3
PER_POSITIVE = 10
FEWEST_NEGATIVES = 20_000
#: Rows on which the penalty is chosen, at most: the choice is coarse, the fits are many.
CHOSEN_ON = 10_000


def _thinned(lesson: Lesson) -> tuple[NDArray[np.intp], Array]:
    """Every positive and a drawn share of the others, weighted back."""
    positive = lesson.label == 1
    wanted = max(PER_POSITIVE * int(positive.sum()), FEWEST_NEGATIVES)
    share = min(1.0, wanted / max(int((~positive).sum()), 1))
    lot = np.random.default_rng(lesson.seed).random(len(positive))
    kept = np.flatnonzero(positive | (lot < share))
    return kept, np.where(positive, 1.0, 1.0 / share)[kept] * lesson.weight[kept]


def _prepared(x: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Standardised values beside missing flags (n x 2k), and the means and scales used."""
    known = ~np.isnan(x)
    total = np.maximum((known * weight[:, None]).sum(axis=0), 1e-12)
    filled = np.where(known, x, 0.0)
    mean = (filled * weight[:, None]).sum(axis=0) / total
    spread = np.where(known, x - mean, 0.0)
    scale = np.sqrt((spread**2 * weight[:, None]).sum(axis=0) / total)
    scale = np.where(scale > 1e-9, scale, 1.0)
    return np.hstack([spread / scale, ~known]), mean, scale


def _bounds(x: Array) -> list[tuple[float | None, float | None]]:
    """The least and greatest known value of each column; open where it was always empty."""
    low = np.where(np.isnan(x), np.inf, x).min(axis=0)
    high = np.where(np.isnan(x), -np.inf, x).max(axis=0)
    return [
        (a, b) if a <= b else (None, None) for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]


def _regression(c: float) -> object:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, solver="newton-cholesky", max_iter=50, tol=1e-4)


def _penalty(z: Array, label: Array, weight: Array, groups: Array) -> float:
    """The penalty with the least log loss on pupils left out."""
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GroupKFold

    losses = []
    for c in PENALTIES:
        lost = 0.0
        for fit, left in GroupKFold(PARTS).split(z, label, groups):
            if not 0 < label[fit].sum() < len(fit):
                continue
            model = _regression(c).fit(z[fit], label[fit], sample_weight=weight[fit])  # type: ignore[attr-defined]
            told = model.predict_proba(z[left])[:, 1]
            lost += log_loss(label[left], told, sample_weight=weight[left], labels=[0, 1])
        losses.append(lost)
    return PENALTIES[int(np.argmin(losses))]


def _learn(lesson: Lesson) -> Learned | None:
    from threadpoolctl import threadpool_limits

    if not 0 < lesson.label.sum() < len(lesson.label):
        return None
    # the solver's own threads wait for each other spinning wherever something else is at work
    with one_thread(), threadpool_limits(1, user_api="openmp"):
        return _fitted(lesson)


def _fitted(lesson: Lesson) -> Learned:
    kept, weight = _thinned(lesson)
    names = tuple(column.name for column in lesson.columns)
    x = matrix(lesson.frame[kept], names)
    label = lesson.label[kept]
    z, mean, scale = _prepared(x, weight)
    # the penalty weighs against the rows' own number: weights are scaled to it
    even = weight / weight.mean()
    groups = lesson.frame["student_id"][kept].rank("dense").to_numpy()
    some = np.random.default_rng(lesson.seed).permutation(len(z))[:CHOSEN_ON]
    penalty = _penalty(z[some], label[some], even[some], groups[some])
    model = _regression(penalty).fit(z, label, sample_weight=even)  # type: ignore[attr-defined]
    slope, gone = np.split(model.coef_[0], 2)
    weights = tuple(
        Weight(name, *numbers, *bounds)
        for name, *numbers, bounds in zip(
            names,
            slope.tolist(),
            mean.tolist(),
            scale.tolist(),
            gone.tolist(),
            _bounds(x),
            strict=True,
        )
    )
    return Learned(
        lesson.columns,
        weights=weights,
        intercept=float(model.intercept_[0]),
        is_log_odds=True,
    )


BASELINE = Baseline("logistic", "逻辑回归（同样指标）", "logistic regression", _learn)
