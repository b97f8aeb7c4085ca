"""Paired bootstrap: the same pupils or schools drawn again for everybody who is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics.listed import Lists
from training.metrics.precision_at_capacity import CAPACITY
from training.metrics.ranked import Ranked
from training.predictions import Predictions

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Below so many schools an interval over schools means little (Cameron, Gelbach & Miller 2008).
FEWEST_SCHOOLS = 20
THREADS = 2
MEASURES = ("average_precision", "auc", "recall_at_capacity", "recall_at_5", "recall_at_10")


class Judged:
    """One system's order, computed once and asked again under other weights."""

    def __init__(self, p: Predictions, lot: Array | None = None) -> None:
        """The rows with their scores; equals at their worst, or by ``lot``."""
        self.weight = p.weight
        self._ranked = Ranked(p.label, p.margin)
        own = p.listable()
        self._there = p.there
        own_lot = None if lot is None else lot[self._there]
        self._by_school = Lists(own.label, own.margin, own.lists(), own_lot, weight=own.weight)
        self._by_day = Lists(p.label, p.margin, p.days(), lot, weight=p.weight)

    def measure(self, times: Array | float = 1.0) -> dict[str, float]:
        """``MEASURES`` with every row counted ``times``."""
        weight = self.weight * times
        precision, auc = self._ranked.both(weight)
        five, ten = self._by_day.caught_at(weight, (0.05, 0.10))
        own = self._by_school.caught(weight[self._there], CAPACITY)
        return dict(
            zip(MEASURES, (precision, auc, own.recall, five.recall, ten.recall), strict=True)
        )


def clusters(p: Predictions) -> tuple[str, Ints]:
    """What is drawn again, and the number of each row's: schools where there are enough, else pupils.

    Whole clusters are drawn, so that neither a pupil's weeks nor a school's pupils count as
    independent.
    """
    schools = p.schools()
    if len(schools) and schools.max() + 1 >= FEWEST_SCHOOLS:
        return "school", schools
    pupils: Ints = p.rows["student_id"].rank("dense").to_numpy().astype(np.int64) - 1
    return "student", pupils


def draws(of: Ints, replicates: int, seed: int) -> Iterator[Array]:
    """How often each row counts in each replicate."""
    drawn = np.random.default_rng(seed)
    count = int(of.max()) + 1
    for _ in range(replicates):
        times = np.bincount(drawn.integers(0, count, count), minlength=count)
        yield times[of].astype(np.float64)


def _interval(values: Sequence[float]) -> dict[str, float | None]:
    known = np.array(values)[~np.isnan(values)]
    if len(known) == 0:
        return {"low": None, "high": None}
    low, high = np.quantile(known, [0.025, 0.975])
    return {"low": float(low), "high": float(high)}


def precision_less(
    ours: Predictions, other: Predictions, *, replicates: int, seed: int
) -> dict[str, float | None]:
    """Average precision of ``ours`` less that of ``other`` on the same rows, as ``compare`` says it.

    The one measure alone, at a fifth of the cost. ``low`` and ``high`` are None where no draw holds the
    outcome.
    """
    ranked = [Ranked(p.label, p.margin) for p in (ours, other)]

    def less(weight: Array) -> float:
        mine, theirs = (one.average_precision(weight) for one in ranked)
        return mine - theirs

    again = [less(ours.weight * n) for n in draws(clusters(ours)[1], replicates, seed)]
    return {"point": less(ours.weight), **_interval(again)}


def compare(
    systems: Mapping[str, Predictions],
    ours: str,
    *,
    replicates: int,
    seed: int,
    alike: bool = False,
) -> dict[str, Any]:
    """``own``: each measure of ``ours`` with its 95 % interval; ``against``: the differences to others.

    All systems are on the same rows. Points that do not exist (nobody left) are left out. A system
    that says nothing of some rows (NaN) is compared on the others alone. Equals of ``ours`` count at their
    worst and an opponent's as if picked at random, so that nothing is won by ties; ``alike``: the others
    are models of ours too, and equals count at their worst for all.
    """
    silent = {name: np.isnan(p.margin) for name, p in systems.items()}
    whole = {name: p for name, p in systems.items() if not silent[name].any()}
    drawn: dict[str, Any] = {"replicates": replicates, "seed": seed, "alike": alike}
    told = _compare(whole, ours, **drawn)
    for name in systems.keys() - whole.keys():
        said = ~silent[name]
        if said.any():
            pair = {n: systems[n].take(said) for n in (ours, name)}
            less = _compare(pair, ours, **drawn)
            told["against"][name] = less["against"][name]
    return told


def _again(judged: Mapping[str, Judged], drawn: Iterator[Array]) -> list[dict[str, Any]]:
    """Every system's measures under every draw, a few draws at a time on ``THREADS`` threads."""

    def measured(times: Array) -> dict[str, Any]:
        return {name: one.measure(times) for name, one in judged.items()}

    found: list[dict[str, Any]] = []
    with ThreadPoolExecutor(THREADS) as pool:
        while some := list(islice(drawn, 4 * THREADS)):
            found += pool.map(measured, some)
    return found


def _compare(
    systems: Mapping[str, Predictions], ours: str, *, replicates: int, seed: int, alike: bool
) -> dict[str, Any]:
    lot = np.random.default_rng([seed, 1]).random(len(systems[ours]))
    judged = {
        name: Judged(p, None if alike or name == ours else lot) for name, p in systems.items()
    }
    on, of = clusters(systems[ours])
    points = {name: one.measure() for name, one in judged.items()}
    again = _again(judged, draws(of, replicates, seed))

    def told(measure: str, other: str | None) -> dict[str, float | None]:
        def value(said: Mapping[str, Mapping[str, float]]) -> float:
            return said[ours][measure] - (said[other][measure] if other else 0.0)

        return {"point": value(points), **_interval([value(said) for said in again])}

    had = [m for m in MEASURES if not np.isnan(points[ours][m])]
    return {
        "clustered_on": on,
        "clusters": int(of.max()) + 1,
        "replicates": replicates,
        "own": {m: told(m, None) for m in had},
        "against": {other: {m: told(m, other) for m in had} for other in systems if other != ours},
    }
