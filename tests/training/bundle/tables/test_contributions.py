"""Contributions by tables are those of pred_contrib, to the last promise, however they are asked for."""

from __future__ import annotations

import sys
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.bundle.tables.factories import Grown, grown, rows, theirs
from training.bundle.tables import (
    Outside,
    Tables,
    build,
    check,
    contributions,
    kernel,
    made,
    pack,
    trying_rows,
)
from training.bundle.tables import explain as ways
from training.bundle.tables import rows as few
from training.bundle.tables import table as tables_module

SETTINGS: list[dict[str, Any]] = [
    {},
    {"zero_as_missing": True},
    {"use_missing": False},
    {"holes": 0.0},
    {"categories": True},
    {"categories": True, "zero_as_missing": True},
    {"max_cat_to_onehot": 1, "categories": True, "holes": 0.5},
    {"num_leaves": 40, "min_data_in_leaf": 1, "width": 12},
    {"num_leaves": 2},
    {"max_depth": 1, "trees": 40},
    {"extra_trees": True, "max_bin": 300, "width": 3},
    {"monotone_constraints": [1, 0, -1, 0, 0, 0], "objective": "cross_entropy_lambda"},
]


def tables_of(one: Grown, **more: int) -> Tables:
    return build(one.text, one.booster.num_feature(), **more)


#: Promised are 1e-5 for a part and 1e-6 for the sum; what is seen is nearer 1e-14.
CLOSE = 1e-9


def apart(one: Grown, told: Tables, x: np.ndarray) -> float:
    """The largest difference from pred_contrib in any part, bias, margin or sum of parts."""
    raw, parts, bias = theirs(one, x)
    margin, own = contributions(told, x)
    found = (own - parts, told.bias - bias, margin - raw, told.bias + own.sum(axis=1) - raw)
    # np.max keeps NaN, which is no number below any bound
    return float(np.max([np.max(np.abs(each)) for each in found]))


@pytest.mark.parametrize("more", SETTINGS[:-1], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_any_trees_any_rows(more: dict[str, Any], seed: int) -> None:
    """Equal to pred_contrib and additive, on rows of the data and at every kind of threshold, empty or not."""
    one = grown(seed, **more)
    told = tables_of(one)
    assert tables_module.sound(told)
    assert apart(one, told, one.x) <= CLOSE
    assert apart(one, told, trying_rows(told, 200, seed=seed)) <= CLOSE


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    leaves=st.integers(2, 31),
    depth=st.sampled_from([-1, 2, 5]),
    holes=st.sampled_from([0.0, 0.1, 0.6]),
    zeros=st.sampled_from([0.0, 0.5]),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    lines=st.sampled_from([1, 16, 512, 4096]),
)
def test_the_law_for_drawn_models(
    seed: int,
    leaves: int,
    depth: int,
    holes: float,
    zeros: float,
    flags: tuple[bool, bool, bool],
    lines: int,
) -> None:
    """For drawn sizes, holes, kinds of emptiness and categories, and groups of any size, the law holds."""
    missing, zero_missing, categories = flags
    one = grown(
        seed, trees=5, num_leaves=leaves, max_depth=depth, holes=holes, zeros=zeros,
        use_missing=missing, zero_as_missing=zero_missing, categories=categories,
    )  # fmt: skip
    told = tables_of(one, lines=lines)
    assert apart(one, told, one.x[:100]) <= CLOSE
    assert apart(one, told, trying_rows(told, 100, seed=seed)) <= CLOSE


def test_emptiness_of_several_kinds_on_one_line() -> None:
    """Trees that treat empty cells in different ways may go on from each other."""
    x = rows(500, 4, holes=0.3, zeros=0.3, seed=3)
    label = np.nan_to_num(x, nan=2.0).sum(axis=1)
    before = None
    for more in ({}, {"zero_as_missing": True}, {"use_missing": False}):
        params = {"objective": "regression", "verbosity": -1, "num_threads": 1, "num_leaves": 6}
        held = lightgbm.Dataset(x, label, params=params | more, free_raw_data=False)
        before = lightgbm.train(params | more, held, num_boost_round=4, init_model=before)
    text = before.model_to_string()
    one = Grown(lightgbm.Booster(model_str=text), text, x)
    told = made(one.booster, text)
    assert apart(one, told, x) <= CLOSE
    assert apart(one, told, trying_rows(told, 500)) <= CLOSE


def test_values_beyond_everything() -> None:
    """Infinite, huge and tiny values go where LightGBM sends them."""
    one = grown(5, zero_as_missing=True)
    odd = [np.inf, -np.inf, 1e308, -1e308, 1e-40, -1e-40, 1e-35, -1e-35, 2e-35, -0.0, np.nan]
    x = np.random.default_rng(1).choice(odd, (200, 6))
    assert apart(one, tables_of(one), x) <= CLOSE


def test_a_level_of_many_steps_and_trees_upon_it() -> None:
    """A first tree of 64 leaves on one indicator, as training grows it, is one group."""
    x = np.linspace(0.001, 0.2, 200)[:, None] * np.ones((1, 3))
    own = {"objective": "regression", "num_leaves": 64, "min_data_in_leaf": 1, "verbosity": -1}
    held = lightgbm.Dataset(x, np.log(x[:, 0]), params=own | {"min_data_in_bin": 1})
    text = lightgbm.train(own, held, num_boost_round=1).model_to_string()
    one = Grown(lightgbm.Booster(model_str=text), text, x)
    told = tables_of(one)
    assert apart(one, told, x) <= CLOSE
    assert len(told.sum_at) - 1 <= 2


def test_a_model_of_one_leaf() -> None:
    """Trees that never split say the same of everybody."""
    x = np.zeros((50, 2))
    own = {"objective": "regression", "verbosity": -1}
    text = lightgbm.train(own, lightgbm.Dataset(x, np.ones(50)), 2).model_to_string()
    one = Grown(lightgbm.Booster(model_str=text), text, x)
    told = made(one.booster, text)
    assert apart(one, told, x) <= CLOSE
    assert len(told.table) == 0


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of rows, the compiled block walks them."""
    monkeypatch.setattr(ways, "WORTH_COMPILING", 1)
    monkeypatch.setattr(ways, "HANDFUL", 1)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("more", [{}, {"categories": True, "zero_as_missing": True}], ids=str)
def test_the_same_bits_however_they_are_walked(
    more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row or all, one thread or several, any block, compiled, interpreted or NumPy: the same bytes."""
    one = grown(7, **more)
    told = tables_of(one)
    x = np.vstack([one.x, trying_rows(told, 300)])
    margin, parts = np.empty(len(x)), np.zeros(x.shape)
    few.explain(told, x, (margin, parts), range(len(x)))
    found = [contributions(told, x)]
    for block in (1, 7, 256, 300):
        monkeypatch.setattr(kernel, "BLOCK", block)
        found += [contributions(told, x, threads=threads) for threads in (1, 3)]
    alone = [contributions(told, x[n : n + 1]) for n in range(len(x))]
    found.append((np.concatenate([m for m, _ in alone]), np.concatenate([p for _, p in alone])))
    for own, each in found:
        assert own.tobytes() == margin.tobytes()
        assert each.tobytes() == parts.tobytes()


def test_the_compiled_lines_are_the_lines_written() -> None:
    """The block run by the interpreter gives what the compiler makes of it, to the bit."""
    one = grown(7, categories=True)
    told = tables_of(one)
    x = np.asfortranarray(one.x[:20])
    margin, parts = np.empty(20), np.zeros(x.shape, order="F")
    with np.errstate(over="ignore"):
        kernel.explain(told, x, (margin, parts), range(len(x)), run=kernel.block)
    own, each = np.empty(20), np.zeros(x.shape)
    few.explain(told, x, (own, each), range(len(x)))
    assert margin.tobytes() == own.tobytes()
    assert parts.tobytes() == each.tobytes()


@pytest.mark.usefixtures("compiled")
def test_without_numba_the_numbers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where numba is not to be had, rows are looked up without it."""
    one = grown(1)
    told = tables_of(one)
    before = contributions(told, one.x)
    monkeypatch.setattr(kernel, "compiled", kernel.compiled.__wrapped__)
    monkeypatch.setattr(
        kernel.compiled, "cache_info", lambda: type("I", (), {"currsize": 0}), False
    )
    monkeypatch.setitem(sys.modules, "numba", None)
    assert kernel.compiled() is None
    after = contributions(told, one.x)
    assert [one.tobytes() for one in before] == [one.tobytes() for one in after]


def test_where_nothing_can_be_written_it_compiles_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that cannot keep compiled code compiles it in memory."""
    import numba

    asked: list[dict[str, Any]] = []

    def njit(**flags: Any) -> Any:
        asked.append(flags)
        if flags.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return lambda lines: lines

    monkeypatch.setattr(numba, "njit", njit)
    assert kernel.compiled.__wrapped__() is kernel.block
    assert asked == [{"nogil": True, "cache": True}, {"nogil": True}]
    assert not any("fastmath" in flags for flags in asked)


def test_rows_of_another_width_are_an_error() -> None:
    """A matrix that has not the model's columns is not looked up."""
    with pytest.raises(ValueError, match="expected n x 6"):
        contributions(tables_of(grown(1)), np.zeros((3, 5)))


def test_what_is_not_for_tables_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Linear leaves, averages, several classes, and tables too large are named, never guessed at."""
    one = grown(1)
    width = one.booster.num_feature()
    spoiled = {
        "linear": one.text.replace("is_linear=0", "is_linear=1"),
        "not one sum": one.text.replace("num_tree_per_iteration=1", "num_tree_per_iteration=3"),
        "no trees": one.text.split("\nTree=")[0],
        "no row": one.text.replace("internal_count=500", "internal_count=0"),
    }
    for why, text in spoiled.items():
        with pytest.raises(Outside, match=why):
            build(text, width)
    monkeypatch.setattr(tables_module, "MOST_BYTES", 1000)
    with pytest.raises(Outside, match="MB"):
        build(one.text, width)


def test_paths_too_long_for_a_line_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A leaf whose path asks about too many indicators is not tabulated."""
    monkeypatch.setattr(tables_module, "MOST_LINES", 4)
    with pytest.raises(Outside, match="on its path"):
        tables_of(grown(1))


def test_long_paths_are_split_until_they_fit() -> None:
    """Deep trees make more groups, not larger ones, and stay exact."""
    one = grown(4, num_leaves=60, min_data_in_leaf=1, width=9, trees=3)
    told = tables_of(one)
    lines = np.diff(told.sum_from)
    assert lines.max() <= pack.LINES
    assert apart(one, told, one.x) <= CLOSE


def test_tables_of_other_trees_are_found_out() -> None:
    """Tables that are not the booster's do not pass the check."""
    one, other = grown(1), grown(2)
    check(tables_of(one), one.booster)
    with pytest.raises(Outside, match="not the booster's"):
        check(tables_of(other), one.booster)


def test_they_are_the_path_dependent_values_of_shap() -> None:
    """The game is shap's path-dependent one, and not the interventional one."""
    import shap

    one = grown(3, trees=20)
    _, own = contributions(tables_of(one), one.x)
    dependent = np.asarray(shap.TreeExplainer(one.booster).shap_values(one.x))
    background = np.nan_to_num(one.x[:50])
    apart = shap.TreeExplainer(one.booster, background, feature_perturbation="interventional")
    assert np.abs(own - dependent).max() <= 1e-5
    assert np.abs(own - np.asarray(apart.shap_values(np.nan_to_num(one.x)))).max() > 0.01
