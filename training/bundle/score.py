"""Margins and exact contributions: trees by their tables, the others by their parts; all add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.refusal import Refusal
from training.bundle.calibration import interval, probability
from training.bundle.linear import linear_contributions
from training.bundle.manifest import Manifest, Place, Term, Weight
from training.bundle.places import place_contributions
from training.bundle.tables import Tables, contributions

if TYPE_CHECKING:  # a second of imports that whoever loads no trees can do without
    import lightgbm

Array = NDArray[np.float64]
#: Rows scored at once: bounds the memory that contributions need inside LightGBM.
BLOCK = 65_536
TOLERANCE = 1e-6
#: Rows of every call whose sum is held against the booster's own raw score.
SAMPLE = 16


@dataclass(frozen=True)
class Scored:
    """Row for row with the frame given: ``margin == bias + contributions.sum(axis=1)`` within 1e-6.

    ``contributions`` is n x k float64 in the order of ``indicators``; where the bundle holds no
    probabilities (a rule without past outcomes) ``probability`` and the interval are NaN.
    """

    indicators: tuple[str, ...]
    margin: Array
    probability: Array
    interval_low: Array
    interval_high: Array
    contributions: Array
    bias: float

    def __len__(self) -> int:
        """How many rows."""
        return len(self.margin)

    def take(self, rows: Any) -> Scored:
        """The same for chosen rows (indices or a mask)."""
        return Scored(
            self.indicators,
            self.margin[rows],
            self.probability[rows],
            self.interval_low[rows],
            self.interval_high[rows],
            self.contributions[rows],
            self.bias,
        )


def matrix(
    frame: pl.DataFrame, columns: tuple[str, ...], *, order: Literal["C", "F"] = "C"
) -> Array:
    """The columns as n x k float64, empty cells as NaN; Refusal where one is missing. ``order``: row after row,
    or column after column as frames lie and trees are walked; it may share the frame's memory."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        names = "、".join(missing[:5])
        raise Refusal(
            f"数据中缺少模型所需的 {len(missing)} 个指标（{names}）。"
            "请用同一版本的程序重新生成指标。",
            f"The data lack {len(missing)} indicators that the model needs ({names})."
            " Build the indicators again with the same version of the program.",
        )
    if frame.height == 0:
        return np.empty((0, len(columns)), np.float64)
    chosen = frame.select(pl.col(name).cast(pl.Float64) for name in columns)
    # a null becomes NaN, which the trees send their own way; never a zero
    return np.asarray(chosen.fill_null(float("nan")).to_numpy(), np.float64, order=order)


def tree_contributions(
    booster: lightgbm.Booster, x: Array, threads: int = 1, tables: Tables | None = None
) -> tuple[Array, Array, float]:
    """Margin (n), contributions (n x k) and bias of each row: path-dependent Shapley values, float64.

    By ``tables`` the margin is the sum, and some rows of every call are held against the booster: Refusal
    where they differ. Without, source is LightGBM's ``pred_contrib`` (Lundberg, Erion and Lee 2018).
    """
    if tables is not None:
        margin, parts = contributions(tables, x, threads=threads)
        _check_sample(booster, x, parts, tables.bias)
        return margin, parts, tables.bias
    margin = np.empty(len(x), np.float64)
    parts = np.empty((len(x), x.shape[1]), np.float64)
    bias = _bias(booster, x.shape[1], threads)
    for at in range(0, len(x), BLOCK):
        rows = slice(at, at + BLOCK)
        margin[rows] = booster.predict(x[rows], raw_score=True, num_threads=threads)
        told = booster.predict(x[rows], pred_contrib=True, num_threads=threads)
        parts[rows] = np.asarray(told)[:, :-1]
    return margin, parts, bias


def _check_sample(booster: lightgbm.Booster, x: Array, parts: Array, bias: float) -> None:
    """Rows spread over all of ``x``: a table or a processor gone wrong is not served."""
    if len(x) == 0:
        return
    rows = np.unique(np.linspace(0, len(x) - 1, SAMPLE).astype(np.intp))
    raw = np.asarray(booster.predict(x[rows], raw_score=True, num_threads=1))
    check_additive(raw, parts[rows], bias)


def _bias(booster: lightgbm.Booster, width: int, threads: int) -> float:
    nobody = np.full((1, width), np.nan)
    return float(np.asarray(booster.predict(nobody, pred_contrib=True, num_threads=threads))[0, -1])


def rule_contributions(terms: tuple[Term, ...], x: Array) -> Array:
    """Each term's own share of the rule's score, n x k; an empty indicator adds nothing."""
    parts = np.empty((len(x), len(terms)), np.float64)
    for i, term in enumerate(terms):
        risen = (x[:, i] - term.start) / (term.full - term.start)
        parts[:, i] = term.weight * np.nan_to_num(np.clip(risen, 0.0, 1.0), nan=0.0)
    return parts


class Plain(Protocol):
    """What scores without trees: a manifest, or what a baseline has learned."""

    @property
    def indicators(self) -> tuple[str, ...]:
        """The input columns."""

    @property
    def terms(self) -> tuple[Term, ...]:
        """A rule's terms."""

    @property
    def weights(self) -> tuple[Weight, ...]:
        """A linear score's inputs."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Points by school."""

    @property
    def intercept(self) -> float:
        """The score of nobody in particular."""


def plain_contributions(plain: Plain, frame: pl.DataFrame) -> Array:
    """What a score without trees says of each row, n x k: by place, by weights or by points."""
    if plain.places:
        return place_contributions(plain.places, frame, elsewhere=plain.intercept)
    x = matrix(frame, plain.indicators)
    if plain.weights:
        return linear_contributions(plain.weights, x)
    return rule_contributions(plain.terms, x)


def check_additive(margin: Array, contributions: Array, bias: float) -> None:
    """Refuse a score whose parts do not add up to it."""
    if len(margin) == 0:
        return
    worst = float(np.max(np.abs(bias + contributions.sum(axis=1) - margin)))
    if not worst <= TOLERANCE:
        raise Refusal(
            f"依据相加与得分不符（相差 {worst:.2g}），本次不评分。"
            "请重新训练或回退模型（baoxue rollback）。",
            f"The contributions do not add up to the score (off by {worst:.2g}): nothing was"
            " scored. Train again or go back with `baoxue rollback`.",
        )


def score(
    manifest: Manifest,
    booster: lightgbm.Booster | None,
    frame: pl.DataFrame,
    *,
    threads: int = 1,
    tables: Tables | None = None,
) -> Scored:
    """Score every row of an indicator frame."""
    if booster is None:
        parts = plain_contributions(manifest, frame)
        bias = manifest.intercept
        margin = bias + parts.sum(axis=1)
    else:
        x = matrix(frame, manifest.indicators, order="F")
        margin, parts, bias = tree_contributions(booster, x, threads, tables)
    check_additive(margin, parts, bias)
    low, high = interval(margin, manifest.calibration)
    return Scored(
        manifest.indicators,
        margin,
        probability(margin, manifest.calibration),
        low,
        high,
        parts,
        bias,
    )
