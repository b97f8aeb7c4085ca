"""Predictions into a report: the model beside every baseline, with intervals, by day, grade and school."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from training import metrics
from training.evaluate.fairness import by_group
from training.evaluate.paired import compare
from training.metrics.calibration_error import reliability
from training.metrics.listed import Lists
from training.metrics.precision_at_capacity import CAPACITY
from training.predictions import Predictions

Report = dict[str, Any]
MODEL, RULE = "model", "attendance"
#: A group with fewer who left is counted and not measured.
FEWEST_OUTCOMES = 5


def _said(p: Predictions) -> Predictions:
    """The rows of which anything was said: on its first day last week's list is not there."""
    silent = np.isnan(p.margin)
    return p.take(~silent) if silent.any() else p


def _whole(p: Predictions) -> dict[str, Any]:
    """Where rows were sampled: on how many rows of how many schools lists were judged."""
    part = p.listable()
    if part is p:
        return {}
    return {"whole": {"rows": len(part), "schools": int(part.rows["school_id"].n_unique())}}


def _told(p: Predictions) -> dict[str, Any]:
    return {"rows": len(p), "outcomes": int(p.label.sum()), **metrics.measure(p)}


def by_fold(p: Predictions) -> list[dict[str, Any]]:
    """Metrics of each period that was judged."""
    table = []
    for number in np.unique(p.fold):
        part = p.take(p.fold == number)
        days = part.rows["as_of"]
        table.append({"first": str(days.min()), "last": str(days.max()), **_told(part)})
    return table


def by_day(p: Predictions) -> list[dict[str, Any]]:
    """Metrics of each as-of day."""
    days = p.rows["as_of"]
    return [
        {"as_of": str(day), **_told(p.take((days == day).to_numpy()))}
        for day in days.unique().sort()
    ]


def by_column(p: Predictions, column: str, share: float = CAPACITY) -> list[dict[str, Any]]:
    """Recall and precision with k anew in every value, and reliability, of one column's values.

    ``in_all`` is the recall of the same value under one list for all: what a group gains or loses.
    """
    if column not in p.rows.columns:
        return []
    values = p.rows[column]
    apart = pl.struct("as_of", column).rank("dense").alias("n")
    numbers = p.rows.select(apart)["n"].to_numpy().astype(np.int64) - 1
    own = Lists(p.label, p.margin, numbers).chosen(p.weight, share)
    common = Lists(p.label, p.margin, p.days()).chosen(p.weight, share)
    return [
        {
            "value": value,
            **_group(p, (values == value).fill_null(False).to_numpy(), own=own, common=common),
        }
        for value in values.drop_nulls().unique().sort()
    ]


def _group(p: Predictions, mask: Any, *, own: Any, common: Any) -> dict[str, Any]:
    left, weight = p.label * p.weight, p.weight
    part = p.take(mask)
    told: dict[str, Any] = {"rows": int(mask.sum()), "outcomes": int(p.label[mask].sum())}
    if told["outcomes"] < FEWEST_OUTCOMES:
        return told | {"enough": False}
    return told | {
        "enough": True,
        "recall": float((left * own)[mask].sum() / left[mask].sum()),
        "precision": float((left * own)[mask].sum() / (weight * own)[mask].sum()),
        "recall_in_all": float((left * common)[mask].sum() / left[mask].sum()),
        "calibration_error": metrics.load()["calibration_error"].measure(part),
        "said": float(np.average(part.probability, weights=part.weight)),
        "seen": float(np.average(part.label, weights=part.weight)),
        "reliability": reliability(part),
    }


def _groups(model: Predictions, fair: Mapping[str, Any], seed: int) -> list[dict[str, Any]]:
    """``by_group`` at the confidence that the gate asks for."""
    return by_group(
        model,
        confidence=fair.get("confidence", 0.90),
        confidence_pairs=fair.get("confidence_pairs", 0.98),
        replicates=fair.get("replicates", 300),
        seed=seed,
    )


def report(
    systems: Mapping[str, Predictions],
    *,
    replicates: int = 300,
    seed: int = 0,
    fair: Mapping[str, Any] | None = None,
) -> Report:
    """All that is said about a model before it may serve.

    ``systems`` holds ``model``, ``attendance`` and the other baselines, each said before the fact on
    the same rows. The first gate is passed where the model's average precision lies above the
    attendance rule's by an interval that excludes zero. ``systems`` of the report are on the rows of
    which each said anything, ``compared`` on those that both did.
    """
    model = systems[MODEL]
    compared = compare(systems, MODEL, replicates=replicates, seed=seed)
    first = compared["against"][RULE].get("average_precision", {"point": None, "low": None})
    return {
        "rows": len(model),
        "pupils": int(model.rows["student_id"].n_unique()),
        "outcomes": int(model.rows.filter(model.label > 0)["student_id"].n_unique()),
        "model": metrics.measure(model),
        "rule": metrics.measure(systems[RULE]),
        "systems": {name: metrics.measure(_said(p)) for name, p in systems.items()},
        "compared": compared,
        **_whole(model),
        "reliability": reliability(model),
        "by_fold": by_fold(model),
        "by_day": by_day(model),
        "by_grade": by_column(model, "grade"),
        "by_area": by_column(model, "area"),
        "by_group": _groups(model, fair or {}, seed),
        "gate": {
            "name": "average_precision_above_attendance_rule",
            "passed": bool((first["low"] or 0.0) > 0),
            **first,
        },
    }
