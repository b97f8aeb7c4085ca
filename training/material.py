"""What a model is made from, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.answers import failed
from training.baselines import ATTENDANCE, Lesson
from training.bundle import Bundle, Column
from training.groups import NAMES
from training.predictions import Predictions
from training.rows import Order, Rows

Array = NDArray[np.float64]
#: What of a row goes with a prediction: who was asked about, where, and what came of it.
ASKED = ("student_id", "as_of", "school_id", "class_id", "grade", "area", "event_on", "whole")


@dataclass(frozen=True)
class Looked:
    """What of the indicators changed when all that became known later was taken away.

    ``days``: as-of days that were built again; ``rows`` how many rows; ``differ``: rows by indicator.
    """

    days: tuple[str, ...]
    rows: int
    differ: Mapping[str, int]


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
    #: Who belonged to which group (``groups.groups_of``): goes with predictions, never with indicators.
    groups: pl.DataFrame | None = None
    looked: Looked | None = None
    #: What recorded visits did, by area (``visited.guarded``).
    visits: Sequence[Mapping[str, Any]] = ()

    @property
    def label(self) -> Array:
        """0 or 1 by row."""
        return self.rows.frame["label"].to_numpy().astype(np.float64)

    @property
    def weight(self) -> Array:
        """1 unless negatives were sampled."""
        return self.rows.frame["weight"].to_numpy()

    @property
    def lesson(self) -> Lesson:
        """The rows as baselines learn from them."""
        seed = self.order.seed
        return Lesson(self.rows.frame, self.label, self.weight, self.columns, seed)

    def said(self, at: Any, *, margin: Array, probability: Array, fold: Any) -> Predictions:
        """What was said of the rows ``at``; margin, probability and fold are of all rows."""
        return Predictions(
            self._asked()[at],
            self.label[at],
            margin[at],
            probability[at],
            self.weight[at],
            fold[at],
        )

    def _asked(self) -> pl.DataFrame:
        """``ASKED`` and the groups of every row."""
        have = [name for name in ASKED if name in self.rows.frame.columns]
        asked = self.rows.frame.select(have)
        if self.groups is None:
            return asked
        keys = [name for name in ("area", "student_id", "as_of") if name in have]
        return asked.join(
            self.groups.select(*keys, *NAMES), on=keys, how="left", maintain_order="left"
        )


@dataclass(frozen=True)
class Trained:
    """``challenger``: the model, or the rule where nothing could be fitted. ``rule``: the fallback.

    ``sample``: indicator rows for figures and examples. ``systems``: what the model and every
    baseline said of the same rows before the fact; empty where no model was fitted. ``baselines``:
    those baselines as bundles, learned from all rows. ``material``: what the model was made from, visits
    accounted for; None where none was fitted.
    """

    challenger: Bundle
    rule: Bundle
    sample: pl.DataFrame
    systems: Mapping[str, Predictions] = field(default_factory=dict)
    baselines: Mapping[str, Bundle] = field(default_factory=dict)
    material: Material | None = None

    @property
    def model(self) -> Predictions | None:
        """What the model said before the fact; None where none was fitted."""
        return self.systems.get("model")

    @property
    def baseline(self) -> Predictions | None:
        """What the attendance rule said of the same rows."""
        return self.systems.get(ATTENDANCE)

    @property
    def serving(self) -> Bundle:
        """What may serve: the challenger where no gate failed, else the rule."""
        return self.rule if failed(self.challenger.manifest.checks) else self.challenger
