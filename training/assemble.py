"""Rows into bundles: the rule, the model, and which of the two may serve. Pure: frames in, bundles out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training import calibrate
from training.baselines import attendance
from training.bundle import Bundle, Calibration, Column, Cuts, Manifest
from training.bundle.bands import cut
from training.bundle.calibration import probability
from training.bundle.format import BOOSTER, CARD
from training.bundle.score import matrix, rule_contributions
from training.card import card
from training.evaluate import report
from training.fit import Choice, Data, finished, search, text_of
from training.folds import Fold, by_school, walk_forward
from training.predictions import Predictions
from training.rows import Order, Rows, Say

Array = NDArray[np.float64]
#: Cuts of a rule where there is no pupil to fit them to: about half a week absent, one day absent.
UNFITTED = Cuts("margin", priority=1.0, watch=0.25)


@dataclass(frozen=True)
class Material:
    """Rows and what the manifest says about where they came from."""

    rows: Rows
    columns: tuple[Column, ...]
    fingerprint: str
    order: Order
    outcome: tuple[str, ...]
    lag_days: int = 0
    synthetic: bool = False
    extracts: str = ""

    @property
    def label(self) -> Array:
        """0 or 1 by row."""
        return self.rows.frame["label"].to_numpy().astype(np.float64)

    @property
    def weight(self) -> Array:
        """1 unless negatives were sampled."""
        return self.rows.frame["weight"].to_numpy()


@dataclass(frozen=True)
class Trained:
    """``challenger``: the model, or the rule where nothing could be fitted. ``rule``: the fallback.

    ``sample``: indicator rows for figures and examples. ``model`` and ``baseline`` are the
    out-of-fold predictions, None where no model was fitted.
    """

    challenger: Bundle
    rule: Bundle
    sample: pl.DataFrame
    model: Predictions | None = None
    baseline: Predictions | None = None

    @property
    def serving(self) -> Bundle:
        """What may serve: the challenger where it passed the first gate, else the rule."""
        gate = self.challenger.manifest.checks.get("gate", {})
        return self.challenger if gate.get("passed") else self.rule


def _manifest(material: Material, **more: Any) -> Manifest:
    order = material.order
    label, weight = material.label, material.weight
    return Manifest(
        name=order.name,
        fingerprint=material.fingerprint,
        base_rate=float(np.average(label, weights=weight)) if label.any() else None,
        horizon_weeks=order.horizon_weeks,
        trained_until=order.until.isoformat(),
        seed=order.seed,
        outcome=material.outcome,
        synthetic=material.synthetic,
        extracts=material.extracts,
        counts=material.rows.counts | {"pupils_with_outcome": material.rows.outcomes},
        **more,
    )


def _bundle(manifest: Manifest, files: Mapping[str, str]) -> Bundle:
    return Bundle.of(manifest, {**files, CARD: card(manifest)})


def rule(
    material: Material, *, notice: tuple[str, str], today: pl.DataFrame | None = None
) -> Bundle:
    """The attendance rule as a bundle.

    Probabilities are the rates observed by score, where outcomes suffice; else there are none.
    ``today``: an indicator frame to fit the cuts to where there are no rows.
    """
    terms = attendance.terms(material.columns)
    by_name = {column.name: column for column in material.columns}
    columns = tuple(by_name[term.indicator] for term in terms)
    frame = material.rows.frame
    margin = rule_contributions(terms, matrix(frame, tuple(c.name for c in columns))).sum(axis=1)
    calibration = Calibration("none")
    if material.rows.outcomes >= material.order.recipe.rows.fewest_outcomes:
        calibration = calibrate.with_levels(
            calibrate.isotonic(material.label, margin, material.weight, tail=0.0),
            calibrate.levels(frame, material.label, margin),
        )
    fitted_to, weight = margin, material.weight
    if len(margin) == 0 and today is not None and len(today):
        x = matrix(today, tuple(c.name for c in columns))
        fitted_to, weight = rule_contributions(terms, x).sum(axis=1), np.ones(len(x))
    manifest = _manifest(
        material,
        kind="rule",
        columns=columns,
        terms=terms,
        calibration=calibration,
        cuts=_cuts(fitted_to, weight, "margin", material.order) if len(fitted_to) else UNFITTED,
        notice_zh=notice[0],
        notice_en=notice[1],
    )
    return _bundle(manifest, {})


def _cuts(value: Array, weight: Array, on: str, order: Order) -> Cuts:
    room = order.recipe.capacity
    # nobody with nothing against them is listed, however much room there is
    least = float(np.nextafter(0.0, 1.0))
    return Cuts(
        on="margin" if on == "margin" else "probability",
        priority=max(cut(value, weight, room["priority"]), least),
        watch=max(cut(value, weight, room["watch"]), least),
    )


def folds(material: Material) -> list[Fold]:
    """Periods that have the outcome both before and within; schools where there are no such periods.

    Walking forward needs one finished horizon before the first day judged. To the end of a first
    school year there is none: then every group of schools is judged by a model of the others.
    """
    frame, count = material.rows.frame, material.order.recipe.rows.folds
    forward = walk_forward(frame, folds=count, lag_days=material.lag_days)
    return _telling(material, forward) or _telling(material, by_school(frame, folds=count))


def _telling(material: Material, found: Sequence[Fold]) -> list[Fold]:
    label = material.label
    return [f for f in found if label[f.train].any() and label[f.judge].any()]


def class_balance(frame: pl.DataFrame, power: float) -> Array:
    """By row: (mean rows of a class / rows of its class) to the ``power``.

    A large course is not all there is: 0 leaves every row its weight, 1 gives every class the same.
    """
    rows = pl.len().over("school_id", "class_id")
    classes = frame.select(pl.struct("school_id", "class_id").n_unique()).item()
    usual = frame.height / max(classes, 1)
    balance: Array = frame.select((usual / rows) ** power).to_series().to_numpy()
    return balance


def _said(material: Material, at: Any, *, margin: Array, told: Array, fold: Any) -> Predictions:
    return Predictions(
        material.rows.frame.select("student_id", "as_of", "school_id")[at],
        material.label[at],
        margin[at],
        told[at],
        material.weight[at],
        fold[at],
    )


def _calibrated(material: Material, choice: Choice) -> tuple[Calibration, dict[str, float]]:
    at = np.flatnonzero(choice.fold >= 0)
    label, margin = material.label[at], choice.margin[at]
    calibration, losses = calibrate.fit(
        label, margin, weight=material.weight[at], fold=choice.fold[at]
    )
    return calibrate.with_levels(
        calibration, calibrate.levels(material.rows.frame[at], label, margin)
    ), losses


def _rule_margin(material: Material, simple: Bundle) -> Array:
    x = matrix(material.rows.frame, simple.indicators)
    margin: Array = rule_contributions(simple.manifest.terms, x).sum(axis=1)
    return margin


def _judged(
    material: Material, choice: Choice, calibration: Calibration, simple: Bundle
) -> tuple[Predictions, Predictions]:
    """What the model and the rule said about the same rows before the fact."""
    at = np.flatnonzero(choice.fold >= 0)
    told, points = probability(choice.margin, calibration), _rule_margin(material, simple)
    rates = probability(points, simple.manifest.calibration)
    return (
        _said(material, at, margin=choice.margin, told=told, fold=choice.fold),
        _said(material, at, margin=points, told=rates, fold=choice.fold),
    )


def model(material: Material, periods: Sequence[Fold], simple: Bundle, say: Say) -> Trained:
    """Fit, calibrate and judge a model against the rule ``simple``; both come back."""
    order, recipe = material.order, material.order.recipe
    names = tuple(column.name for column in material.columns)
    x = matrix(material.rows.frame, names)
    balance = class_balance(material.rows.frame, recipe.rows.class_power)
    lot = np.random.default_rng(order.seed).random(len(x))
    data = Data(
        x, material.label, material.weight, material.columns, balance, recipe.rows.per_positive, lot
    )
    choice = search(data, periods, recipe, seed=order.seed, threads=order.workers)
    say(*_chosen(choice, periods))
    calibration, losses = _calibrated(material, choice)
    ours, theirs = _judged(material, choice, calibration, simple)
    checks = report(ours, theirs, replicates=recipe.gate["replicates"], seed=order.seed)
    checks["calibration"] = {"method": calibration.method, "log_loss_left_out": losses}
    checks["search"] = list(choice.table)
    checks["folds"] = periods[0].by
    manifest = _manifest(
        material,
        kind="model",
        columns=material.columns,
        calibration=calibration,
        cuts=_cuts(ours.probability, ours.weight, "probability", order),
        recipe=_recorded(order, choice),
        checks=checks,
    )
    trees = text_of(finished(data, recipe, choice, seed=order.seed))
    judged = _bundle(replace(simple.manifest, checks=checks), {})
    return Trained(_bundle(manifest, {BOOSTER: trees}), judged, material.rows.frame, ours, theirs)


def _chosen(choice: Choice, periods: Sequence[Fold]) -> tuple[str, str]:
    by = (
        ("个时段逐段向前检验", "later periods")
        if periods[0].by == "walk_forward"
        else (
            "组学校交叉检验（时间跨度不足以逐段向前）",
            "groups of schools (too few weeks to walk forward)",
        )
    )
    return (
        f"选定设置 {choice.name}，{choice.rounds} 轮（{len(periods)} {by[0]}）。",
        f"Chose {choice.name}, {choice.rounds} rounds, over {len(periods)} {by[1]}.",
    )


def _recorded(order: Order, choice: Choice) -> dict[str, Any]:
    chosen = {"chosen": choice.name, "rounds": choice.rounds, "every_weeks": order.every_weeks}
    return order.recipe.record() | chosen
