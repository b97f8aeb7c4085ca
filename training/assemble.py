"""Rows into bundles: the rule, the model, and which of the two may serve. Pure: frames in, bundles out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training import baselines, calibrate, gates, opponents
from training.annex import annex
from training.baselines import ATTENDANCE, Baseline, attendance
from training.bundle import Bundle, Calibration, Cuts, Manifest
from training.bundle.bands import cut
from training.bundle.calibration import probability
from training.bundle.format import ANNEX, BOOSTER, CARD, REPORT
from training.bundle.score import matrix
from training.card import card
from training.evaluate import MODEL, report
from training.fit import Choice, Data, finished, search, text_of
from training.folds import Fold, by_school, walk_forward
from training.material import Material, Trained
from training.predictions import Predictions
from training.rows import Order, Say

Array = NDArray[np.float64]
#: Cuts of a rule where there is no pupil to fit them to: about half a week absent, one day absent.
UNFITTED = Cuts("margin", priority=1.0, watch=0.25)


def _manifest(material: Material, **more: Any) -> Manifest:
    order = material.order
    label, weight = material.label, material.weight
    return Manifest(
        name=more.pop("name", order.name),
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


def _bundle(
    manifest: Manifest, files: Mapping[str, str], *, baseline: Baseline | None = None
) -> Bundle:
    report = json.loads(files.get(REPORT, "{}"))
    called = None if baseline is None else (baseline.zh, baseline.en)
    told = {CARD: card(manifest, report, baseline=called), ANNEX: annex(manifest, report)}
    return Bundle.of(manifest, {**files, **told})


def rule(
    material: Material, *, notice: tuple[str, str], today: pl.DataFrame | None = None
) -> Bundle:
    """The attendance rule as a bundle.

    Probabilities are the rates observed by score, where outcomes suffice; else there are none.
    ``today``: an indicator frame to fit the cuts to where there are no rows.
    """
    attendance.terms(material.columns)  # refuses where there is nothing to count
    told = dict(opponents.parts(material, ATTENDANCE) or {})
    fitted_to, weight = told.pop("margin"), material.weight
    if len(fitted_to) == 0 and today is not None and len(today):
        learned = baselines.learned_of(told)
        fitted_to, weight = learned.margin(today), np.ones(len(today))
    cuts = _cuts(fitted_to, weight, "margin", material.order) if len(fitted_to) else UNFITTED
    words = {"notice_zh": notice[0], "notice_en": notice[1]}
    return _bundle(_manifest(material, kind="rule", cuts=cuts, **told, **words), {})


def others(material: Material, ours: Bundle) -> dict[str, Bundle]:
    """Every baseline learned from all rows as a bundle that could serve, named NAME.BASELINE."""
    found = {}
    for name, one in baselines.load().items():
        title = f"{material.order.name}.{name}"
        if one.follow is not None:
            followed = replace(one.follow(ours.manifest, material.order.every_weeks), name=title)
            found[name] = _bundle(followed, {BOOSTER: ours.files[BOOSTER]}, baseline=one)
        elif (told := opponents.parts(material, name)) is not None:
            found[name] = _plain(material, one, {"name": title, **told})
    return found


def _plain(material: Material, one: Baseline, told: dict[str, Any]) -> Bundle:
    margin = told.pop("margin")
    manifest = _manifest(
        material,
        kind="rule",
        cuts=_cuts(margin, material.weight, "margin", material.order),
        notice_zh=f"本名单按对照方法“{one.zh}”生成，供比较。",
        notice_en=f"This list is made by a method of comparison, {one.en}.",
        **told,
    )
    return _bundle(manifest, {}, baseline=one)


def _cuts(value: Array, weight: Array, on: str, order: Order) -> Cuts:
    room = order.recipe.capacity
    # by points, nobody with nothing against them is listed, however much room there is
    least = float(np.nextafter(0.0, 1.0)) if value.min() >= 0 else float("-inf")
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


def _calibrated(material: Material, choice: Choice) -> tuple[Calibration, dict[str, float]]:
    at = np.flatnonzero(choice.fold >= 0)
    label, margin, weight = material.label[at], choice.margin[at], material.weight[at]
    rows, fold = material.rows.frame[at], choice.fold[at]
    number = rows["student_id"].rank("dense").to_numpy().astype(np.int64) - 1
    calibration, losses = calibrate.fit(label, margin, weight=weight, fold=fold, pupils=number)
    between = calibrate.spread(
        probability(margin, calibration), label, weight=weight, pupils=rows["student_id"], fold=fold
    )
    found = calibrate.levels(rows, label, margin)
    return calibrate.with_levels(calibration, found, between, calibrate.LEARNED), losses


def _judged(
    material: Material, periods: Sequence[Fold], choice: Choice, calibration: Calibration
) -> dict[str, Predictions]:
    """What the model and every baseline said about the same rows before the fact."""
    at = np.flatnonzero(choice.fold >= 0)
    told = probability(choice.margin, calibration)
    ours = material.said(at, margin=choice.margin, probability=told, fold=choice.fold)
    return {MODEL: ours} | opponents.walked(material, periods, choice.fold, choice.margin)


def data_of(material: Material) -> Data:
    """The rows as trees are grown on them."""
    order, recipe = material.order, material.order.recipe
    x = matrix(material.rows.frame, tuple(column.name for column in material.columns))
    balance = class_balance(material.rows.frame, recipe.rows.class_power)
    lot = np.random.default_rng(order.seed).random(len(x))
    label, weight = material.label, material.weight
    same = pl.struct("school_id", "class_id", "as_of").rank("dense")
    group = material.rows.frame.select(same).to_series().to_numpy().astype(np.int64) - 1
    return Data(x, label, weight, material.columns, balance, recipe.rows.per_positive, lot, group)


def model(material: Material, periods: Sequence[Fold], simple: Bundle, say: Say) -> Trained:
    """Fit, calibrate and judge a model against the rule ``simple``; both come back."""
    order, recipe, data = material.order, material.order.recipe, data_of(material)
    suited = recipe.tried(material.rows.outcomes)
    choice = search(data, periods, suited, seed=order.seed, threads=order.workers)
    say(*_chosen(choice, periods))
    calibration, losses = _calibrated(material, choice)
    systems = _judged(material, periods, choice, calibration)
    ours = systems[MODEL]
    checks = report(
        systems, replicates=recipe.gate["replicates"], seed=order.seed, fair=recipe.gates["fair"]
    )
    checks["calibration"] = {"method": calibration.method, "log_loss_left_out": losses}
    checks["search"] = list(choice.table)
    checks["folds"] = periods[0].by
    checks["list_before_weeks"] = order.every_weeks
    if material.visits:
        checks["visits"] = [dict(one) for one in material.visits]
    checks["gates"] = gates.hear(gates.Hearing(checks, ours, material))
    whole = json.dumps(checks, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    manifest = _manifest(
        material,
        kind="model",
        columns=material.columns,
        calibration=calibration,
        cuts=_cuts(ours.probability, ours.weight, "probability", order),
        recipe=_recorded(order, choice),
        checks={k: v for k, v in checks.items() if not k.startswith("by_")},
    )
    trees = text_of(finished(data, recipe, choice, seed=order.seed))
    challenger = _bundle(manifest, {BOOSTER: trees, REPORT: whole})
    judged = _bundle(replace(simple.manifest, checks=manifest.checks), {REPORT: whole})
    compared = others(material, challenger)
    return Trained(challenger, judged, material.rows.frame, systems, compared)


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
