"""Trees: LightGBM with monotone directions; settings and rounds chosen walking forward in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training import slopes
from training.bundle.manifest import Column
from training.folds import Fold
from training.joined import joined
from training.level import LEVEL, line, stump
from training.metrics.ranked import Ranked
from training.recipe import Joint, Recipe
from training.sums import one_thread

Array = NDArray[np.float64]
#: The one entry of a candidate that is no parameter of LightGBM.
WITHOUT = "without"
#: Below so many negatives nothing is thinned.
FEWEST_NEGATIVES = 30_000
#: Lines need fewer negatives than trees.
PER_POSITIVE_LINES = 10


@dataclass(frozen=True)
class Data:
    """Rows to learn from: n x k values with NaN for empty, labels, weights.

    ``balance`` multiplies the weights when trees are grown, never when they are judged. ``lot`` draws
    which negatives are kept when trees are grown (``per_positive`` of them a positive; 0 keeps all).
    ``group`` numbers the class and day of a row: lines are blind to what such a group shares.
    """

    x: Array
    label: Array
    weight: Array
    columns: tuple[Column, ...]
    balance: Array | float = 1.0
    per_positive: int = 0
    lot: Array | None = None
    group: NDArray[np.int64] | None = None

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
    first = _level(data, rows, _leveller(data, params.get(LEVEL, ())))
    return lightgbm.train(
        own, dataset, num_boost_round=rounds - (first is not None), init_model=first
    )


def _leveller(data: Data, said: Any) -> str:
    """The indicator of the level: the first of those that the recipe names that is there; else none."""
    names = {column.name for column in data.columns}
    wanted = [said] if isinstance(said, str) else said
    return next((name for name in wanted if name in names), "")


def _level(data: Data, rows: Any, name: str) -> lightgbm.Booster | None:
    """The tree of the level, on all the rows given; None where there is no indicator for it."""
    names = [column.name for column in data.columns]
    if not name:
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


@dataclass(frozen=True)
class Growth:
    """What is to be grown: a setting or a joint of the recipe by name, how far, blind to what.

    ``finer``: so many times the rounds at so much less a rate.
    """

    name: str
    rounds: int
    seed: int
    finer: int = 1
    less: tuple[str, ...] = ()


def grown(
    data: Data, recipe: Recipe, growth: Growth, *, rows: Any = slice(None)
) -> lightgbm.Booster:
    """The booster of a setting, or of several joined with lines, on the rows given."""
    mix, finer, less = recipe.mixes()[growth.name], growth.finer, growth.less
    parts = []
    for one in mix.of:
        params = parameters(recipe, one, data.columns, seed=growth.seed)
        params["learning_rate"] = params.get("learning_rate", 0.1) / finer
        without = (*blind(recipe, one), *less)
        parts.append(grow(data, params, rounds=growth.rounds * finer, rows=rows, without=without))
    lines = drawn(data, recipe, mix, rows=rows, less=less) if mix.line else None
    share = 0.0 if lines is None else mix.line
    every = [(booster, (1 - share) / len(parts)) for booster in parts]
    return joined(every if lines is None else [*every, (lines, share)])


def drawn(
    data: Data, recipe: Recipe, mix: Joint, *, rows: Any = slice(None), less: Sequence[str] = ()
) -> lightgbm.Booster | None:
    """Level and lines as one booster, learned from the rows given; None where there is no line to draw."""
    names = [column.name for column in data.columns]
    name = _leveller(data, recipe.fixed.get(LEVEL, ()))
    first = _level(data, rows, name)
    kept, weight = thinned(replace(data, per_positive=PER_POSITIVE_LINES), rows)
    x = _offered(data, kept, less)
    at = slopes.differing(x, None if data.group is None else data.group[kept])
    at = at[np.array([names[n] != name for n in at], bool)]
    offset = np.zeros(len(x)) if first is None else _raw(first, x)
    direction = np.array([data.columns[n].direction for n in at], np.int64)
    held = slopes.Held(x, data.label[kept], weight, offset)
    found = slopes.fitted(held, at, direction=direction, penalty=mix.penalty)
    if found is None:
        return None
    every = [*([] if first is None else [first]), *slopes.trees(found, x, names, steps=mix.steps)]
    return joined([(tree, 1.0) for tree in every])


def _raw(booster: lightgbm.Booster, x: Array, **part: int) -> Array:
    told: Array = np.asarray(booster.predict(x, raw_score=True, num_threads=1, **part), np.float64)
    return told


def finished(data: Data, recipe: Recipe, choice: Choice, *, seed: int) -> lightgbm.Booster:
    """The booster that serves, on all rows; finer steps than the search took where the recipe says so."""
    return grown(data, recipe, Growth(choice.name, choice.rounds, seed, recipe.search.finer))


def _score(data: Data, fold: Fold, margin: Array, by: str) -> float:
    label, weight = data.label[fold.judge], data.weight[fold.judge]
    if by == "log_loss":
        return -float(np.average(np.logaddexp(0, margin) - label * margin, weights=weight))
    ranked = Ranked(label, margin)
    return ranked.auc(weight) if by == "auc" else ranked.average_precision(weight)


def _steps(recipe: Recipe) -> list[int]:
    """The rounds that are looked at; the last always, however few there are."""
    said = recipe.search
    every = range(said.step, max(said.rounds, said.step) + 1, said.step)
    return [rounds for rounds in every if rounds >= said.least] or [every[-1]]


def _walk(data: Data, fold: Fold, recipe: Recipe, name: str, *, seed: int) -> Array:
    """Margins at the rounds looked at (steps x rows judged) of the fold's booster of one setting."""
    params = parameters(recipe, name, data.columns, seed=seed)
    steps = _steps(recipe)
    booster = grow(data, params, rounds=steps[-1], rows=fold.train, without=blind(recipe, name))
    x, margin, told = data.x[fold.judge], np.zeros(len(fold.judge)), []
    for begin, end in pairwise([0, *steps]):
        margin = margin + _raw(booster, x, start_iteration=begin, num_iteration=end - begin)
        told.append(margin.astype(np.float32))
    return np.array(told)


def _lined(data: Data, fold: Fold, recipe: Recipe, mix: Joint) -> Array | None:
    """What level and lines say of the rows judged; None where there is no line."""
    found = drawn(data, recipe, mix, rows=fold.train) if mix.line else None
    return None if found is None else _raw(found, data.x[fold.judge])


def _mixed(walked: Sequence[Array], lined: Array | None, share: float) -> Array:
    trees = walked[0] if len(walked) == 1 else np.mean(walked, axis=0)
    if lined is None:
        return trees
    mean: Array = (1 - share) * trees + share * lined
    return mean


def _regret(scores: Array) -> Array:
    """settings x folds x rounds -> settings x rounds: mean shortfall from the best of each fold."""
    best = np.nanmax(scores, axis=(0, 2), keepdims=True)
    short = (best - scores) / np.maximum(np.abs(best), 1e-12)
    regret: Array = np.nanmean(short, axis=1)
    return regret


@one_thread()
def search(
    data: Data, folds: Sequence[Fold], recipe: Recipe, *, seed: int, threads: int = 1
) -> Choice:
    """Try every setting on every fold; the least mean regret over later periods wins.

    Ties go to fewer rounds, then to the setting named first. ``folds`` must not be empty and each
    must have positives on both sides.
    """
    mixes = recipe.mixes()
    names = list(mixes)
    drawn_in = [mix for mix in mixes.values() if mix.line]

    def walk(job: tuple[str, int]) -> Array:
        return _walk(data, folds[job[1]], recipe, job[0], seed=seed)

    def rule(job: tuple[str, int]) -> Array | None:
        return _lined(data, folds[job[1]], recipe, mixes[job[0]])

    at = range(len(folds))
    jobs = [(name, n) for name in recipe.candidates for n in at]
    lines = [(mix.name, n) for mix in drawn_in for n in at]
    # one thread a fit and several fits at once: LightGBM's own threads wait for each other spinning
    with ThreadPoolExecutor(threads) as pool:
        walked = dict(zip(jobs, pool.map(walk, jobs), strict=True))
        lined = dict(zip(lines, pool.map(rule, lines), strict=True))

    def told(name: str, n: int) -> Array:
        mix = mixes[name]
        return _mixed([walked[one, n] for one in mix.of], lined.get((name, n)), mix.line)

    by = recipe.search.choose_by
    scores = np.array(
        [
            [[_score(data, f, m, by) for m in told(name, n)] for n, f in enumerate(folds)]
            for name in names
        ]
    )
    regret = _regret(scores)
    step = int(np.argmin(regret.min(axis=0)))
    chosen = int(np.argmin(regret[:, step]))
    margin, of = np.full(len(data.label), np.nan), np.full(len(data.label), -1, np.int64)
    for n, fold in enumerate(folds):
        margin[fold.judge], of[fold.judge] = told(names[chosen], n)[step], n
    rounds = _steps(recipe)
    table = tuple(
        {
            "setting": name,
            "rounds": rounds[int(np.argmin(regret[n]))],
            "regret": float(regret[n].min()),
        }
        for n, name in enumerate(names)
    )
    return Choice(names[chosen], rounds[step], margin, of, table)
