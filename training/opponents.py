"""The baselines walked through the same periods as the model, and as bundles that could serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training import baselines, calibrate
from training.baselines import Baseline, Learned, Lesson
from training.bundle import Calibration
from training.bundle.calibration import probability
from training.folds import Fold
from training.material import Material
from training.predictions import Predictions

Array = NDArray[np.float64]


def calibrated(learned: Learned, lesson: Lesson, *, fewest: int) -> tuple[Array, Calibration]:
    """The margins of the lesson's rows, and the map from margin to the rates observed with them."""
    margin = learned.margin(lesson.frame)
    levels = calibrate.levels(lesson.frame, lesson.label, margin)
    if learned.is_log_odds:
        return margin, calibrate.with_levels(Calibration("identity"), levels)
    pupils = lesson.frame.filter(pl.Series(lesson.label) == 1)["student_id"].n_unique()
    if pupils < fewest:
        return margin, Calibration("none")
    rates = calibrate.isotonic(lesson.label, margin, lesson.weight, tail=0.0)
    return margin, calibrate.with_levels(rates, levels)


def walked(
    material: Material, periods: Sequence[Fold], fold: NDArray[np.int64], model: Array
) -> dict[str, Predictions]:
    """What every baseline said of the judged rows, each period learned from what lay before it.

    ``fold`` and ``model`` are the period and the model's margin of each row. A baseline that
    cannot be learned from these data is left out.
    """
    found: dict[str, Predictions] = {}
    for name, one in baselines.load().items():
        said = _follows(material, model) if one.learn is None else _learns(material, periods, one)
        if said is not None:
            margin, told = said
            at = np.flatnonzero(fold >= 0)
            found[name] = material.said(at, margin=margin, probability=told, fold=fold)
    return found


def _learns(
    material: Material, periods: Sequence[Fold], one: Baseline
) -> tuple[Array, Array] | None:
    lesson, fewest = material.lesson, material.order.recipe.rows.fewest_outcomes
    margin, told = np.full(len(lesson.label), np.nan), np.full(len(lesson.label), np.nan)
    assert one.learn is not None
    for period in periods:
        before = lesson.take(period.train)
        learned = one.learn(before)
        if learned is None:
            return None
        _, rates = calibrated(learned, before, fewest=fewest)
        margin[period.judge] = learned.margin(lesson.frame[period.judge])
        told[period.judge] = probability(margin[period.judge], rates)
    return margin, told


def _follows(material: Material, model: Array) -> tuple[Array, Array] | None:
    """The model's margin ``every_weeks`` before; NaN on days without one, lowest for newcomers."""
    weeks = timedelta(weeks=material.order.every_weeks)
    asked = material.rows.frame.select("student_id", "as_of").with_row_index("row")
    before = asked.select("student_id", pl.col("as_of") + weeks).with_columns(
        margin=pl.Series(model)
    )
    told = asked.join(before, on=["student_id", "as_of"], how="left").sort("row")
    margin = told["margin"].fill_nan(None)
    if margin.null_count() == len(margin):
        return None
    any_known = margin.is_not_null().any()
    assert any_known
    days = told.with_columns(margin).group_by("as_of").agg(pl.col("margin").is_not_null().any())
    listed = told.select("as_of").join(
        days.rename({"margin": "was"}), on="as_of", how="left", maintain_order="left"
    )["was"]
    lowest = float(margin.min()) - 1.0  # type: ignore[arg-type] # numbers, not all null
    filled: Array = np.where(listed.to_numpy(), margin.fill_null(lowest).to_numpy(), np.nan)
    return filled, probability(filled, Calibration("identity"))


def parts(material: Material, name: str) -> Mapping[str, Any] | None:
    """A baseline learned from all rows, as the manifest keeps it, with the margins of the rows."""
    one = baselines.load()[name]
    if one.learn is None:
        return None
    learned = one.learn(material.lesson)
    if learned is None:
        return None
    fewest = material.order.recipe.rows.fewest_outcomes
    margin, calibration = calibrated(learned, material.lesson, fewest=fewest)
    return {
        "margin": margin,
        "calibration": calibration,
        "columns": learned.columns,
        "terms": learned.terms,
        "weights": learned.weights,
        "places": learned.places,
        "intercept": learned.intercept,
    }
