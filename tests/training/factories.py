"""Small worlds for training: rows with a known signal, bundles of either kind, quick recipes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from training.assemble import folds, model, rule
from training.bundle import Column
from training.folds import as_of_days
from training.groups import NAMES
from training.labels import STANDINGS
from training.material import Material, Trained
from training.predictions import Predictions
from training.recipe import Recipe
from training.rows import Order, Rows

UNTIL = date(2026, 7, 1)
COLUMNS = (
    Column("absence_2w", "attendance", 1, changeable=True, unit="share", label_zh="近2周缺勤率", label_en="absence, 2 weeks"),
    Column("absence_4w", "attendance", 1, changeable=True, unit="share", label_zh="近4周缺勤率", label_en="absence, 4 weeks"),
    Column("exam_standing", "grades", -1, unit="share", label_zh="班内位置", label_en="standing"),
    Column("poverty_now", "poverty", 0, background=True, label_zh="登记", label_en="registered"),
    Column("school_week", "context", 0, label_zh="学期第几周", label_en="week of term"),
    Column("unexplained_run", "attendance", 1, changeable=True, unit="days", label_zh="连续缺勤", label_en="run"),
)  # fmt: skip
KEYS = ("student_id", "as_of", "school_id", "class_id", "grade")


def quick_recipe(**rows: Any) -> Recipe:
    """Few rounds, two settings, small leaves."""
    whole = Recipe.read()
    leaf = {"learning_rate": 0.1, "max_depth": 5, "min_data_in_leaf": 20, "bagging_fraction": 0.8}
    return replace(
        whole,
        rows=replace(whole.rows, folds=3, **rows),
        search=replace(whole.search, rounds=40, step=10),
        candidates={"few": leaf | {"num_leaves": 7}, "more": leaf | {"num_leaves": 15}},
        gate={"replicates": 40},
    )


def order(**more: Any) -> Order:
    return Order(**{"until": UNTIL, "recipe": quick_recipe(), "horizon_weeks": 4} | more)


def frame(
    pupils: int = 240, weeks: int = 16, *, signal: float = 1.0, rate: float = -4.0, seed: int = 1
) -> pl.DataFrame:
    """Rows of pupils over weeks; absence raises the log-odds by ``signal``, with holes in the data."""
    drawn = np.random.default_rng(seed)
    days = as_of_days(UNTIL - timedelta(weeks=weeks + 5), UNTIL - timedelta(weeks=6))[:weeks]
    parts = []
    for n, day in enumerate(days):
        run = np.floor(drawn.exponential(0.8, pupils))
        absent = np.clip(drawn.beta(1, 12, pupils) + 0.08 * run, 0, 1)
        standing = drawn.uniform(size=pupils)
        poor = (np.arange(pupils) % 5 == 0).astype(float)
        odds = rate + signal * (9 * absent + 0.35 * run + 4.0 * (0.4 - standing) + 0.4 * poor)
        values = {
            "absence_2w": np.clip(absent + drawn.normal(0, 0.02, pupils), 0, 1),
            "absence_4w": np.where(drawn.uniform(size=pupils) < 0.1, np.nan, absent),
            "exam_standing": np.where(drawn.uniform(size=pupils) < 0.3, np.nan, standing),
            "poverty_now": poor,
            "school_week": np.full(pupils, float(n)),
            "unexplained_run": run,
        }
        parts.append(
            pl.DataFrame({
                "student_id": [f"L{p:04d}" for p in range(pupils)],
                "as_of": [day] * pupils,
                "school_id": [f"S{p % 6}" for p in range(pupils)],
                "class_id": ["1"] * pupils,
                "grade": ["7"] * pupils,
                **values,
                "label": (drawn.uniform(size=pupils) < 1 / (1 + np.exp(-odds))).astype(np.int8),
                "weight": np.ones(pupils),
                "window_end": [day + timedelta(weeks=4)] * pupils,
            }).with_columns(pl.col(c.name).fill_nan(None) for c in COLUMNS)
        )  # fmt: skip
    return pl.concat(parts)


def material(rows: pl.DataFrame | None = None, **more: Any) -> Material:
    held = frame() if rows is None else rows
    counts = dict.fromkeys(STANDINGS, 0) | {
        "positive": int(held["label"].sum()),
        "negative": int((held["label"] == 0).sum()),
    }
    return Material(
        Rows(held, counts, tuple(sorted(set(held["as_of"])))),
        COLUMNS,
        "f" * 64,
        more.pop("order", order()),
        ("dropped_out",),
        **{"lag_days": 7} | more,
    )


def groups(rows: pl.DataFrame, **inside: pl.Expr) -> pl.DataFrame:
    """Who belongs to what, by expressions over ``rows``; empty where none is given."""
    nobody = pl.lit(None, pl.Boolean)
    return rows.select(
        "student_id", "as_of", *[inside.get(name, nobody).alias(name) for name in NAMES]
    )


def fitted(held: Material) -> Trained:
    """A model on ``held``, judged against the attendance rule."""
    simple = rule(held, notice=("未通过检验。", "Refused."))
    return model(held, folds(held), simple, lambda zh, en: None)


def answer(made: Trained, gate: str) -> dict[str, Any]:
    """What one gate said of a model."""
    return next(g for g in made.challenger.manifest.checks["gates"] if g["name"] == gate)


@cache
def trained(seed: int = 0, workers: int = 1) -> Trained:
    """A model on the default world; computed once."""
    held = material(order=order(seed=seed, workers=workers))
    simple = rule(held, notice=("规则。", "Rule."))
    return model(held, folds(held), simple, lambda zh, en: None)


def predictions(label: list[int], margin: list[float], **more: Any) -> Predictions:
    """A handful of predictions, one school and one day unless given."""
    n = len(label)
    told = np.array(margin, float)
    rows = pl.DataFrame({
        "student_id": more.get("student_id", [f"p{i}" for i in range(n)]),
        "as_of": more.get("as_of", [date(2026, 3, 2)] * n),
        "school_id": more.get("school_id", ["S"] * n),
    })  # fmt: skip
    return Predictions(
        rows, np.array(label, float), told, 1 / (1 + np.exp(-told)),
        np.array(more.get("weight", [1.0] * n)), np.array(more.get("fold", [0] * n), np.int64),
    )  # fmt: skip
