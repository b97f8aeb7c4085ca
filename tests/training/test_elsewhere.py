"""What a county never seen would lose: the same rows, judged with and without its past."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from tests.training.factories import fitted, frame, material, order, quick_recipe
from training.assemble import data_of, folds
from training.bundle.format import REPORT
from training.elsewhere import dropped, never_seen
from training.evaluate import MODEL
from training.evaluate.page import page
from training.fit import Growth
from training.material import Material

Array = NDArray[np.float64]
EAST, WEST = "east", "west"
IN_WEST = pl.col("area") == WEST


def counties(west: pl.Expr | None = None) -> Material:
    """Two counties; ``west``: what the label is in the second."""
    told = frame(pupils=300, rate=-3.0).with_columns(
        area=pl.when(pl.col("student_id") < "L0150").then(pl.lit(EAST)).otherwise(pl.lit(WEST))
    )
    if west is not None:
        label = pl.when(IN_WEST).then(west).otherwise(pl.col("label"))
        told = told.with_columns(label=label.cast(pl.Int8))
    return material(told, order=order(recipe=quick_recipe()))


def away(held: Material) -> Array:
    return never_seen(held, data_of(held), folds(held), Growth("few", 20, 0))


def at(held: Material, area: str, *, unjudged: bool = False) -> NDArray[np.bool_]:
    judged = np.zeros(len(held.label), bool)
    judged[np.concatenate([period.judge for period in folds(held)])] = True
    return (held.rows.frame["area"].to_numpy() == area) & (judged != unjudged)


def turned() -> pl.Expr:
    return 1 - pl.col("label")


def test_what_is_said_of_a_county_does_not_depend_on_its_outcomes() -> None:
    """With every outcome of the county turned round its own margins stay to the bit; the others' move."""
    plain, other = counties(), counties(turned())
    assert np.array_equal(away(plain)[at(plain, WEST)], away(other)[at(other, WEST)])
    assert not np.array_equal(away(plain)[at(plain, EAST)], away(other)[at(other, EAST)])


def test_nor_on_what_came_later() -> None:
    """Margins of the first period stay to the bit when labels of later weeks are turned round."""
    plain = counties()
    first = folds(plain)[0]
    last = plain.rows.frame["as_of"].max()
    later = pl.col("as_of") > last - timedelta(weeks=2)
    label = pl.when(later).then(turned()).otherwise(pl.col("label"))
    rows = plain.rows.frame.with_columns(label=label.cast(pl.Int8))
    other = replace(plain, rows=replace(plain.rows, frame=rows))
    assert np.array_equal(away(plain)[first.judge], away(other)[first.judge])


def test_the_drop_is_between_the_same_rows() -> None:
    """Rows judged only by one of the two count for neither; the point is the difference of both metrics."""
    held = counties()
    never = away(held)
    seen = np.full(len(never), np.nan)
    here = at(held, WEST)
    seen[here] = held.label[here]  # as good as anything can be
    seen[np.flatnonzero(here)[:7]] = np.nan
    (west,) = dropped(held, seen, never, replicates=60)  # the other county: not judged by both
    assert (west["area"], west["rows"]) == (WEST, here.sum() - 7)
    for what, lost in west["drop"].items():
        assert lost["point"] == pytest.approx(west["seen"][what] - west[what])
        assert lost["low"] <= lost["point"] <= lost["high"]
    assert west["seen"]["average_precision"] == 1.0
    assert west["drop"]["average_precision"]["low"] > 0


def test_a_county_that_is_otherwise_loses_by_not_being_known() -> None:
    """Where in one county the signs mean the opposite, trees of the other rank it worse than by chance."""
    odd = counties(turned() * (pl.col("student_id").str.slice(4, 1) < "3").cast(pl.Int8))
    made = fitted(odd)
    seen = np.full(len(odd.label), np.nan)
    seen[at(odd, EAST) | at(odd, WEST)] = made.systems[MODEL].margin
    west = next(one for one in dropped(odd, seen, away(odd), replicates=60) if one["area"] == WEST)
    assert west["auc"] < 0.5
    assert west["drop"]["average_precision"]["low"] > 0
    told = page(json.loads(made.challenger.files[REPORT]) | {"elsewhere": [west]})
    assert "从未见过" in told
    assert f"| {WEST} |" in told


def test_where_nobody_had_the_outcome_nothing_is_told() -> None:
    """A county without outcomes has no entry: neither model can be judged there."""
    quiet = counties(pl.lit(0))
    assert np.isnan(away(quiet)[at(quiet, EAST)]).all()  # nothing to learn from
    assert dropped(quiet, away(quiet), away(quiet), replicates=10) == []


def test_rows_before_the_first_period_are_not_judged() -> None:
    """What only taught has no margin."""
    held = counties()
    assert np.isnan(away(held)[at(held, EAST, unjudged=True)]).all()
    assert not np.isnan(away(held)[at(held, EAST)]).any()
