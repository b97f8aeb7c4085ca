"""What is said must come true as often as said: better than the base rate, and near it in every tenth of rows.

Each period is judged by a calibration made of the other periods, so that it is not judged by itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training import calibrate, metrics
from training.bundle.calibration import probability
from training.evaluate.paired import clusters, draws
from training.gates.gate import Gate, Hearing, Verdict
from training.metrics.calibration_error import BINS
from training.predictions import Predictions

Array = NDArray[np.float64]


def left_out(p: Predictions, method: str) -> Predictions:
    """The same with probabilities by a calibration of the other periods; as they are where there is one."""
    made = calibrate.FITS[method]
    told = p.probability.copy()
    for period in np.unique(p.fold):
        here, there = p.fold == period, p.fold != period
        if 0 < p.label[there].sum() < there.sum():
            others = made(p.label[there], p.margin[there], p.weight[there])
            told[here] = probability(p.margin[here], others)
    return replace(p, probability=told)


def by_chance(p: Predictions, *, replicates: int, seed: int) -> float:
    """The calibration error that 95 of 100 draws of the same pupils stay under where nothing is wrong.

    Schools (or pupils) are drawn again; a bin's gap less its own gap is what chance adds to it.
    """
    _, of = clusters(p)
    sums = _gaps(p, of)
    share = sums.sum(axis=0)
    gaps = share[1] / share[0]
    found = []
    for times in draws(np.arange(len(sums)), replicates, seed):
        again = np.tensordot(times, sums, axes=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.nan_to_num(again[1] / again[0] - gaps)
        found.append(float((share[0] * np.abs(off)).sum() / share[0].sum()))
    return float(np.quantile(found, 0.95))


def _gaps(p: Predictions, of: NDArray[np.int64]) -> Array:
    """clusters x (weight, said less seen) x bins of equal count."""
    order = np.argsort(p.probability, kind="stable")
    bins = np.empty(len(p), np.int64)
    bins[order] = np.arange(len(p)) * BINS // len(p)
    at, size = of * BINS + bins, (int(of.max()) + 1) * BINS
    rows = (p.weight, p.weight * (p.probability - p.label))
    told = [np.bincount(at, weights=w, minlength=size).reshape(-1, BINS) for w in rows]
    return np.stack(told, axis=1)


def _judge(hearing: Hearing) -> Verdict:
    bounds = hearing.bounds("calibrated")
    model = left_out(hearing.model, hearing.report["calibration"]["method"])
    rate = float(np.average(model.label, weights=model.weight))
    most = min(bounds["most"], bounds["most_of_base_rate"] * rate)
    figures = {
        "brier_skill": metrics.load()["brier_skill"].measure(model),
        "calibration_error": metrics.load()["calibration_error"].measure(model),
        "most": most,
        "by_chance": by_chance(model, replicates=bounds["replicates"], seed=hearing.seed),
        "base_rate": rate,
        "outcomes": int(hearing.report["outcomes"]),
    }
    fewest = bounds["fewest_outcomes"]
    passed = _passed(figures, fewest)
    return Verdict(passed, *_words(figures, passed, fewest), figures)


def _passed(said: dict[str, float], fewest: int) -> bool | None:
    """Off beyond the bound and beyond chance fails; off within what chance does cannot be told."""
    if said["outcomes"] < fewest:
        return None
    if said["brier_skill"] <= 0:
        return False
    if said["calibration_error"] <= said["most"]:
        return True
    return False if said["calibration_error"] > said["by_chance"] else None


def _words(said: dict[str, float], passed: bool | None, fewest: int) -> tuple[str, str]:
    more = ("", "")
    if passed is None and said["outcomes"] < fewest:
        more = (
            f"出现结果的学生不足{fewest}名，不足以判断。",
            f" Fewer than {fewest} pupils had the outcome: too few to tell.",
        )
    elif passed is None:
        more = ("记录不足以判断。", " The records do not suffice to tell.")
    return (
        f"布里尔技巧分 {said['brier_skill']:+.4f}（应大于0），校准误差 {said['calibration_error']:.4f}"
        f"（不超过 {said['most']:.4f}；偶然可达 {said['by_chance']:.4f}）。{more[0]}",
        f"Brier skill {said['brier_skill']:+.4f} (must lie above 0), calibration error"
        f" {said['calibration_error']:.4f} (at most {said['most']:.4f}; chance alone may give"
        f" {said['by_chance']:.4f}).{more[1]}",
    )


GATE = Gate("calibrated", "估计与实际相符", "estimates come true as often as said", _judge)
