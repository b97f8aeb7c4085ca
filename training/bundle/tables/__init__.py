"""Exact contributions of trees by tables: the path-dependent Shapley values of ``pred_contrib``, looked up.

In a leaf's game (what LightGBM's ``pred_contrib`` and shap's path-dependent explainer play) a row counts only
by the conditions it passes. So a few leaves together have few answers, all of which are worked out once, when
a model is kept; a row then costs compares and additions. The interventional game, which asks how a row differs
from a sample of others, is another one: it lives in ``training.explanation`` and is never mixed with this.

    tables = made(booster, text)                   # checked against pred_contrib, or Outside
    margin, parts = contributions(tables, x)       # float64, the same bits on any number of threads
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.bundle.tables.check import check, trying_rows
from training.bundle.tables.explain import contributions
from training.bundle.tables.leaves import Outside
from training.bundle.tables.store import from_bytes, to_bytes
from training.bundle.tables.table import Tables, build

if TYPE_CHECKING:  # a second of imports that whoever loads no trees can do without
    import lightgbm

__all__ = [
    "Outside",
    "Tables",
    "build",
    "check",
    "contributions",
    "from_bytes",
    "made",
    "to_bytes",
    "trying_rows",
]


def made(booster: lightgbm.Booster, text: str) -> Tables:
    """The tables of a booster, checked; ``Outside`` says why there are none."""
    told = build(text, int(booster.num_feature()))
    check(told, booster)
    return told
