"""Small boosters of every kind that LightGBM grows, and rows with holes to ask them about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.fit import text_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Grown:
    """A booster read back from its text, as a bundle holds it, and rows like those it was grown on."""

    booster: lightgbm.Booster
    text: str
    x: Array


def rows(count: int, width: int, *, holes: float, zeros: float, seed: int) -> Array:
    """Counts, shares, negative numbers and categories; some cells empty, some exactly zero."""
    lot = np.random.default_rng(seed)
    x = lot.normal(size=(count, width))
    x[:, 1::4] = np.floor(np.abs(x[:, 1::4]) * 3)
    x[:, 2::4] = np.round(1 / (1 + np.exp(-x[:, 2::4])), 1)
    x[:, 3::4] = lot.integers(0, 9, size=x[:, 3::4].shape)
    x[lot.random(x.shape) < zeros] = 0.0
    x[lot.random(x.shape) < holes] = np.nan
    return x


@cache
def grown(
    seed: int = 0,
    *,
    width: int = 6,
    trees: int = 12,
    holes: float = 0.2,
    zeros: float = 0.2,
    categories: bool = False,
    **more: Any,
) -> Grown:
    """A booster of a few trees; every fourth input is categorical if asked."""
    x = rows(500, width, holes=holes, zeros=zeros, seed=seed)
    lot = np.random.default_rng([seed, 1])
    known = np.nan_to_num(x, nan=0.7)
    label = known @ lot.normal(size=width) + known[:, 0] * known[:, -1] + lot.normal(size=len(x))
    own = {
        "objective": "regression",
        "num_leaves": 9,
        "min_data_in_leaf": 5,
        "learning_rate": 0.2,
        "max_bin": 40,
        "min_data_per_group": 5,
        "cat_smooth": 1.0,
        "num_threads": 1,
        "verbosity": -1,
        "seed": seed,
    } | more
    named = list(range(3, width, 4)) if categories else "auto"
    held = lightgbm.Dataset(x, label, categorical_feature=named, params=own)
    text = text_of(lightgbm.train(own, held, num_boost_round=trees))
    return Grown(lightgbm.Booster(model_str=text), text, x)


def theirs(one: Grown, x: Array) -> tuple[Array, Array, Array]:
    """What LightGBM says itself: raw score, contributions, bias."""
    told = np.asarray(one.booster.predict(x, pred_contrib=True, num_threads=1))
    raw = np.asarray(one.booster.predict(x, raw_score=True, num_threads=1))
    return raw, told[:, :-1], told[:, -1]
