"""Trees: LightGBM with monotone directions; settings and rounds chosen walking forward in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.bundle.manifest import Column
from training.folds import Fold
from training.level import LEVEL, line, stump
from training.metrics.ranked import Ranked
from training.recipe import Recipe

Array = NDArray[np.float64]
#: The one entry of a candidate that is no parameter of LightGBM.
WITHOUT = "without"
#: Below so many negatives nothing is thinned.
FEWEST_NEGATIVES = 30_000


@dataclass(frozen=True)
class Data:
    """Rows to learn from: n x k values with NaN for empty, labels, weights.

    ``balance`` multiplies the weights when trees are grown, never when they are judged. ``lot`` draws
    which negatives are kept when trees are grown (``per_positive`` of them a positive; 0 keeps all).
    """

    x: Array
    label: Array
    weight: Array
    columns: tuple[Column, ...]
    balance: Array | float = 1.0
    per_positive: int = 0
    lot: Array | None = None

    @property
    def stress(self) -> Array:
        """What a row weighs when trees are grown."""
        return self.weight * self.balance

    def stress_of(self, rows: Any) -> Array:
        """The same of some rows."""
        stress: Array = self.stress[rows]
        return stress


@dataclass(frozen=True)
class Choice:
    """What the search found, and the margins said before the fact (NaN where no fold judged)."""

    name: str
    rounds: int
    margin: Array
    fold: NDArray[np.int64]
    table: tuple[Mapping[str, Any], ...]


def parameters(
    recipe: Recipe, name: str, columns: Sequence[Column], *, seed: int
) -> dict[str, Any]:
    """LightGBM's parameters: deterministic, directions as constraints, imbalance left alone.

    The base rate is kept (no ``scale_pos_weight``), so that probabilities need little correction.
    """
    return {
        **recipe.fixed,
        **{k: v for k, v in recipe.candidates[name].items() if k != WITHOUT},
        "monotone_constraints": [column.direction for column in columns],
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbosity": -1,
    }


def _offered(data: Data, rows: Any, without: Sequence[str]) -> Array:
    """The rows with what is not offered emptied: an empty column is never split on."""
    hidden = [n for n, column in enumerate(data.columns) if column.name in without]
    x: Array = data.x[rows]
    if hidden:
        x = x.copy() if np.shares_memory(x, data.x) else x
        x[:, hidden] = np.nan
    return x


def thinned(data: Data, rows: Any) -> tuple[NDArray[np.intp], Array]:
    """Every positive of ``rows`` and a drawn share of the others, with weights that keep the base rate.

    Where the outcome is rare most rows say the same thing: trees grown on so many negatives a positive
    cost a fraction and judge all rows as before.
    """
    chosen = np.arange(len(data.label))[rows]
    stress = data.stress[chosen]
    positive = data.label[chosen] == 1
    wanted = max(data.per_positive * int(positive.sum()), FEWEST_NEGATIVES)
    share = wanted / max(int((~positive).sum()), 1)
    if data.lot is None or not data.per_positive or share >= 1:
        return chosen, stress
    kept = positive | (data.lot[chosen] < share)
    return chosen[kept], np.where(positive, stress, stress / share)[kept]


def _dataset(
    data: Data, rows: Any, params: Mapping[str, Any], without: Sequence[str]
) -> lightgbm.Dataset:
    rows, stress = thinned(data, rows)
    return lightgbm.Dataset(
        _offered(data, rows, without),
        data.label[rows],
        weight=stress,
        feature_name=[column.name for column in data.columns],
        params={
            k: params[k] for k in ("max_bin", "feature_pre_filter", "verbosity") if k in params
        },
        free_raw_data=False,
    )


def grow(
    data: Data,
    params: Mapping[str, Any],
    *,
    rounds: int,
    rows: Any = slice(None),
    without: Sequence[str] = (),
) -> lightgbm.Booster:
    """A booster of so many rounds on the rows given, blind to the indicators of ``without``.

    Where the parameters name a ``level``, its tree is the first round and the others grow on it.
    """
    own = {k: v for k, v in params.items() if k != LEVEL}
    dataset = _dataset(data, rows, own, without)
    first = _level(data, rows, params.get(LEVEL, ""))
    return lightgbm.train(
        own, dataset, num_boost_round=rounds - (first is not None), init_model=first
    )


def _level(data: Data, rows: Any, name: str) -> lightgbm.Booster | None:
    """The tree of the level, on all the rows given; None where the indicator is not there."""
    names = [column.name for column in data.columns]
    if name not in names:
        return None
    at = names.index(name)
    x = data.x[rows]
    told = line(x[:, at], data.label[rows], data.stress_of(rows))
    return stump(x, at, told, names)


def blind(recipe: Recipe, name: str) -> tuple[str, ...]:
    """The indicators that a candidate's trees are not offered."""
    return tuple(recipe.candidates[name].get(WITHOUT, ()))


def text_of(booster: lightgbm.Booster) -> str:
    """The trees as text without the parameters: those name threads, which decide nothing."""
    text: str = booster.model_to_string()
    begins, ends = text.find("\nparameters:"), text.find("end of parameters")
    return text if begins < 0 else text[:begins] + text[ends + len("end of parameters") :]


def finished(data: Data, recipe: Recipe, choice: Choice, *, seed: int) -> lightgbm.Booster:
    """The booster that serves, on all rows: finer steps than the search took, and more of them."""
    finer = recipe.search.finer
    params = parameters(recipe, choice.name, data.columns, seed=seed)
    params["learning_rate"] = params.get("learning_rate", 0.1) / finer
    without = blind(recipe, choice.name)
    return grow(data, params, rounds=choice.rounds * finer, without=without)


def _score(data: Data, fold: Fold, margin: Array, by: str) -> float:
    label, weight = data.label[fold.judge], data.weight[fold.judge]
    if by == "log_loss":
        return -float(np.average(np.logaddexp(0, margin) - label * margin, weights=weight))
    ranked = Ranked(label, margin)
    return ranked.auc(weight) if by == "auc" else ranked.average_precision(weight)


def _walk(
    data: Data, fold: Fold, params: Mapping[str, Any], recipe: Recipe, without: Sequence[str]
) -> tuple[lightgbm.Booster, Array]:
    """The fold's booster and its score after every ``step`` rounds."""
    rounds = recipe.search.rounds
    booster = grow(data, params, rounds=rounds, rows=fold.train, without=without)
    x, step = data.x[fold.judge], recipe.search.step
    margin = np.zeros(len(x))
    scores = []
    for at in range(0, recipe.search.rounds, step):
        more = booster.predict(
            x,
            raw_score=True,
            start_iteration=at,
            num_iteration=step,
            num_threads=params["num_threads"],
        )
        margin = margin + np.asarray(more, np.float64)
        scores.append(_score(data, fold, margin, recipe.search.choose_by))
    return booster, np.array(scores)


def _regret(scores: Array) -> Array:
    """settings x folds x rounds -> settings x rounds: mean shortfall from the best of each fold."""
    best = np.nanmax(scores, axis=(0, 2), keepdims=True)
    short = (best - scores) / np.maximum(np.abs(best), 1e-12)
    regret: Array = np.nanmean(short, axis=1)
    return regret


def search(
    data: Data, folds: Sequence[Fold], recipe: Recipe, *, seed: int, threads: int = 1
) -> Choice:
    """Try every setting on every fold; the least mean regret over later periods wins.

    Ties go to fewer rounds, then to the setting named first. ``folds`` must not be empty and each
    must have positives on both sides.
    """
    names = list(recipe.candidates)

    def walk(job: tuple[str, Fold]) -> tuple[lightgbm.Booster, Array]:
        name, fold = job
        params = parameters(recipe, name, data.columns, seed=seed)
        return _walk(data, fold, params, recipe, blind(recipe, name))

    # one thread a fit and several fits at once: LightGBM's own threads wait for each other spinning
    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(walk, [(name, fold) for name in names for fold in folds]))
    walked = {name: done[n * len(folds) : (n + 1) * len(folds)] for n, name in enumerate(names)}
    scores = np.array([[score for _, score in walked[name]] for name in names])
    regret = _regret(scores)
    # the last step always counts, however few rounds there are
    first = max(min(recipe.search.least // recipe.search.step, scores.shape[2]), 1) - 1
    regret[:, :first] = np.inf
    step = int(np.argmin(regret.min(axis=0)))
    chosen = int(np.argmin(regret[:, step]))
    rounds = (step + 1) * recipe.search.step
    margin, of = np.full(len(data.label), np.nan), np.full(len(data.label), -1, np.int64)
    for n, (fold, (booster, _)) in enumerate(zip(folds, walked[names[chosen]], strict=True)):
        said = booster.predict(
            data.x[fold.judge], raw_score=True, num_iteration=rounds, num_threads=1
        )
        margin[fold.judge], of[fold.judge] = said, n
    table = tuple(
        {
            "setting": name,
            "rounds": (int(np.argmin(regret[n])) + 1) * recipe.search.step,
            "regret": float(regret[n].min()),
        }
        for n, name in enumerate(names)
    )
    return Choice(names[chosen], rounds, margin, of, table)
