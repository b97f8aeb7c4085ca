"""The logistic baseline: a line says nothing of where nobody was seen."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.training.factories import COLUMNS, frame, trained
from training import baselines
from training.baselines import Learned, Lesson
from training.bundle import Weight

PUPILS, SEED = 2000, 5
NAMES = {c.name for c in COLUMNS}


def lesson(weeks: int) -> Lesson:
    """Rows whose outcome follows absence, the same in every week; the week itself says nothing."""
    rows = frame(pupils=PUPILS, weeks=weeks, seed=SEED)
    absent, lot = rows["absence_2w"].to_numpy(), np.random.default_rng(SEED)
    label = (lot.uniform(size=rows.height) < 0.01 + 2 * absent**2).astype(float)
    columns = tuple(c for c in COLUMNS if c.name in NAMES)
    return Lesson(rows, label, np.ones(len(label)), columns, SEED)


def early_and_late() -> tuple[Lesson, Lesson]:
    """What one day taught, in which the time of year hardly differs, and the weeks after it."""
    whole = lesson(weeks=12)
    first = whole.frame["as_of"] == whole.frame["as_of"].min()
    half = np.arange(first.sum()) % 2 / 1000
    week = whole.frame["school_week"].to_numpy().copy()
    week[first.to_numpy()] = half
    # the half-thousandth tells of the outcome by chance, as it will where schools differ in it
    label = whole.label.copy()
    label[np.flatnonzero(first)[half > 0][:15]] = 1.0
    rows = whole.frame.with_columns(pl.Series("school_week", week))
    whole = replace(whole, frame=rows, label=label)
    return whole.take(first.arg_true().to_numpy()), whole.take((~first).arg_true().to_numpy())


def learned(of: Lesson) -> Learned:
    found = baselines.load()["logistic"].learn(of)  # type: ignore[misc]
    assert found is not None
    return found


def test_a_short_record_does_not_carry_everybody_to_one() -> None:
    """Learned from one day and asked about spring, it is still better than the base rate (Brier)."""
    before, after = early_and_late()
    told = 1 / (1 + np.exp(-learned(before).margin(after.frame)))
    base = before.label.mean()
    assert ((told - after.label) ** 2).mean() < ((base - after.label) ** 2).mean()
    assert told.mean() == pytest.approx(base, rel=0.5)


def test_without_bounds_it_would() -> None:
    """The law above can fail: the same line left open gives nearly everybody the outcome, or nobody."""
    before, after = early_and_late()
    kept = learned(before)
    open_ended = replace(
        kept, weights=tuple(replace(one, low=None, high=None) for one in kept.weights)
    )
    told = 1 / (1 + np.exp(-open_ended.margin(after.frame)))
    assert not 0.01 < told.mean() < 0.99


@pytest.mark.parametrize("week", [-50.0, 50.0])
def test_beyond_what_was_seen_nothing_more_is_said(week: float) -> None:
    """A value beyond the least or greatest learned from scores as that one."""
    kept = learned(lesson(weeks=6))
    rows = frame(pupils=50, weeks=1)
    edge = {one.indicator: one for one in kept.weights}["school_week"]
    assert edge.low is not None
    assert edge.high is not None
    bound = edge.low if week < 0 else edge.high
    there, beyond = (rows.with_columns(school_week=pl.lit(w)) for w in (bound, week))
    assert kept.margin(beyond).tolist() == kept.margin(there).tolist()


def test_an_older_bundle_keeps_its_name() -> None:
    """A weight without bounds is written as before bounds were known: the digest stays."""
    bundle = trained().baselines["logistic"]
    open_ended = tuple(
        Weight(w.indicator, w.weight, w.mean, w.scale) for w in bundle.manifest.weights
    )
    said = json.loads(replace(bundle.manifest, weights=open_ended).to_json({}))
    assert {tuple(one) for one in said["weights"]} == {
        ("indicator", "mean", "missing", "scale", "weight")
    }
