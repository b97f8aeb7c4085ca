"""What a baseline is: something simple that a model must beat at equal length, and that could serve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.bundle import Column, Manifest, Place, Term, Weight
from training.bundle.score import plain_contributions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """What a baseline may learn from: rows (keys and indicators), labels 0 or 1, weights."""

    frame: pl.DataFrame
    label: Array
    weight: Array
    columns: tuple[Column, ...]
    seed: int = 0

    def take(self, rows: Any) -> Lesson:
        """The same for chosen row numbers."""
        return replace(
            self, frame=self.frame[rows], label=self.label[rows], weight=self.weight[rows]
        )


@dataclass(frozen=True)
class Learned:
    """What was learned, as a manifest keeps it (see ``Manifest``: terms, weights or places)."""

    columns: tuple[Column, ...]
    terms: tuple[Term, ...] = ()
    weights: tuple[Weight, ...] = ()
    places: tuple[Place, ...] = ()
    intercept: float = 0.0
    #: The margin is a log-odds already.
    is_log_odds: bool = False

    @property
    def indicators(self) -> tuple[str, ...]:
        """The input columns."""
        return tuple(column.name for column in self.columns)

    def margin(self, frame: pl.DataFrame) -> Array:
        """The score of every row, by the very code that serves."""
        margin: Array = self.intercept + plain_contributions(self, frame).sum(axis=1)
        return margin


def learned_of(parts: Mapping[str, Any]) -> Learned:
    """What was learned, from the parts that a manifest keeps."""
    known = {k: v for k, v in parts.items() if k in Learned.__dataclass_fields__}
    return Learned(**known)


@dataclass(frozen=True)
class Baseline:
    """``learn`` gives None where the data hold nothing that it could stand on.

    A baseline that has no ``learn`` follows a model: ``follow`` turns the model's manifest into
    its own.
    """

    name: str
    zh: str
    en: str
    learn: Callable[[Lesson], Learned | None] | None = None
    follow: Callable[[Manifest, int], Manifest] | None = None
