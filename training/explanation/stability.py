"""Would the reasons have been others had chance been another? The same trees grown again, and compared.

By seed: the same rows, other draws of rows and columns inside the trees. By bag: pupils drawn anew with
all their weeks, as if another year's pupils had been recorded. A reason that changes with either should not
be leaned on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.assemble import data_of
from training.bundle import Bundle
from training.bundle.families import Families, families_of
from training.bundle.format import BOOSTER
from training.fit import Growth, grown, text_of
from training.material import Material

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stability:
    """Shares over pupils and models grown again; the first family is the one named first.

    ``first_stays``: it is the same. ``first_among_three``: it is still named. ``three_overlap``: the named
    families in common over all named by either. ``ranks``: mean rank correlation of all families' sums in a
    pupil. ``by_family``: share that stays by first family, with pupils.
    """

    pupils: int
    models: int
    first_stays: float
    first_among_three: float
    three_overlap: float
    ranks: float
    by_family: dict[str, tuple[int, float]]


def by_seed(material: Material, bundle: Bundle, seeds: Sequence[int]) -> list[Bundle]:
    """The bundle with its trees grown again on the same rows, once a seed."""
    return [_again(material, bundle, seed=seed) for seed in seeds]


def by_bag(material: Material, bundle: Bundle, seeds: Sequence[int]) -> list[Bundle]:
    """The bundle with its trees grown on pupils drawn with replacement, once a seed."""
    pupils = material.rows.frame["student_id"].rank("dense").to_numpy().astype(np.int64) - 1
    count = int(pupils.max()) + 1
    found = []
    for seed in seeds:
        lot = np.random.default_rng([seed, 3])
        times = np.bincount(lot.integers(0, count, count), minlength=count)[pupils]
        rows = np.repeat(np.arange(len(pupils)), times)
        found.append(_again(material, bundle, seed=bundle.manifest.seed, rows=rows))
    return found


def _again(
    material: Material, bundle: Bundle, *, seed: int, rows: NDArray[np.intp] | None = None
) -> Bundle:
    """The trees that serve, at the setting and rounds chosen; calibration and cuts are left as they are."""
    recipe, said = material.order.recipe, bundle.manifest.recipe
    booster = grown(
        data_of(material),
        recipe,
        Growth(str(said["chosen"]), int(said["rounds"]), seed, recipe.search.finer),
        rows=slice(None) if rows is None else rows,
    )
    manifest = replace(bundle.manifest, seed=seed)
    return Bundle.of(manifest, {**bundle.files, BOOSTER: text_of(booster)})


def compared(bundle: Bundle, others: Sequence[Bundle], frame: pl.DataFrame) -> Stability:
    """The reasons of ``bundle`` for the rows of ``frame`` (the pupils on a list) beside those of others.

    Rows in which no family raises the estimate are left out: there is nothing to keep. Figures are NaN
    where nobody is left.
    """
    own = _families(bundle, frame)
    kept = own.first >= 0
    own, frame = own.take(kept), frame.filter(pl.Series(kept))
    told = [_families(other, frame) for other in others]
    same = np.array([one.first == own.first for one in told])
    named = np.array([(one.order == own.order[:, :1]).any(axis=1) for one in told])
    alike = np.array([_overlap(own, one) for one in told])
    ranks = np.array([_ranks(own.sums, one.sums) for one in told])
    return Stability(
        pupils=len(own.first),
        models=len(told),
        first_stays=_mean(same),
        first_among_three=_mean(named),
        three_overlap=_mean(alike),
        ranks=_mean(ranks),
        by_family={
            own.names[at]: (int((own.first == at).sum()), _mean(same[:, own.first == at]))
            for at in sorted(set(own.first.tolist()))
        },
    )


def _families(bundle: Bundle, frame: pl.DataFrame) -> Families:
    return families_of(bundle.manifest.columns, bundle.score(frame).contributions)


def _mean(values: Array | NDArray[np.bool_]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _overlap(one: Families, other: Families) -> Array:
    """Row by row: families named by both over families named by either."""
    sets = zip(one.order, other.order, strict=True)
    pairs = [({*a[a >= 0]}, {*b[b >= 0]}) for a, b in sets]
    return np.array([len(a & b) / max(len(a | b), 1) for a, b in pairs], np.float64)


def _ranks(one: Array, other: Array) -> Array:
    """Row by row: Spearman's correlation of the families' sums; NaN where all are equal."""
    a, b = (rankdata(sums, axis=1) for sums in (one, other))
    a, b = (r - r.mean(axis=1, keepdims=True) for r in (a, b))
    with np.errstate(invalid="ignore"):
        told: Array = (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return told
