"""Two other ways of asking what moved an estimate: do they name the same families?

The parts that pages show follow the paths of the trees (what usually goes together stays together).
*Interventional* parts break the indicators apart: each is replaced by values of other pupils, whatever the
rest says (Janzing, Minorics and Bloebaum 2020). *Permutation* shuffles a whole family among the pupils and
looks at how far estimates move. Single indicators that say nearly the same may differ between the ways; a
family should not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import spearmanr

from training.bundle import Bundle
from training.bundle.families import Families, families_of
from training.bundle.score import matrix

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """``first_same``: share of pupils for whom both ways name the same family first, of those with one.

    ``ranks``: rank correlation of the families' mean absolute sums. ``own`` and ``other``: those means by
    family (log-odds). ``added_up``: the largest gap between the other way's parts and the margin.
    """

    pupils: int
    first_same: float
    ranks: float
    own: dict[str, float]
    other: dict[str, float]
    added_up: float


def interventional(
    bundle: Bundle, frame: pl.DataFrame, background: pl.DataFrame, *, most: int = 100, seed: int = 0
) -> Agreement:
    """The bundle's parts of ``frame`` beside interventional ones against at most ``most`` other rows.

    Raises ValueError for a bundle without trees: its parts are what they are.
    """
    import shap

    if bundle.booster is None:
        raise ValueError("a bundle without trees has only one kind of parts")
    lot = np.random.default_rng(seed).permutation(background.height)[:most]
    others = matrix(background[lot], bundle.indicators)
    told = shap.TreeExplainer(bundle.booster, others, feature_perturbation="interventional")
    x, scored = matrix(frame, bundle.indicators), bundle.score(frame)
    parts = np.asarray(told.shap_values(x, check_additivity=False), np.float64)
    base = float(np.ravel(told.expected_value)[-1])
    columns = bundle.manifest.columns
    own, other = families_of(columns, scored.contributions), families_of(columns, parts)
    gap = np.abs(base + parts.sum(axis=1) - scored.margin)
    return _told(own, other, float(gap.max()) if len(gap) else 0.0)


def _told(own: Families, other: Families, gap: float) -> Agreement:
    named = own.first >= 0
    same = (own.first == other.first)[named]
    a, b = np.abs(own.sums).mean(axis=0), np.abs(other.sums).mean(axis=0)
    return Agreement(
        pupils=int(named.sum()),
        first_same=float(same.mean()) if len(same) else float("nan"),
        ranks=float(spearmanr(a, b).statistic),
        own=dict(zip(own.names, a.tolist(), strict=True)),
        other=dict(zip(own.names, b.tolist(), strict=True)),
        added_up=gap,
    )


def by_permutation(
    bundle: Bundle, frame: pl.DataFrame, *, times: int = 5, seed: int = 0
) -> Agreement:
    """Mean absolute parts by family beside the mean move of the margin when the family is shuffled.

    ``first_same`` is NaN: a shuffle speaks of all pupils together.
    """
    scored, columns = bundle.score(frame), bundle.manifest.columns
    own = families_of(columns, scored.contributions)
    lot = np.random.default_rng(seed)
    moved = {
        family: float(
            np.mean([
                np.abs(bundle.score(_shuffled(bundle, frame, family, lot)).margin - scored.margin)
                for _ in range(times)
            ])
        )
        for family in own.names
    }  # fmt: skip
    a = dict(zip(own.names, np.abs(own.sums).mean(axis=0).tolist(), strict=True))
    ranks = float(spearmanr(list(a.values()), list(moved.values())).statistic)
    return Agreement(frame.height, float("nan"), ranks, a, moved, 0.0)


def _shuffled(
    bundle: Bundle, frame: pl.DataFrame, family: str, lot: np.random.Generator
) -> pl.DataFrame:
    """The columns of one family taken together from another pupil."""
    mine = [c.name for c in bundle.manifest.columns if c.family == family]
    rows = lot.permutation(frame.height)
    return frame.with_columns(frame[name][rows].alias(name) for name in mine)
