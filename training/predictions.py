"""Predictions and what came of them: the frame that metrics, calibration and evaluation share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """Row for row: what was asked of whom (``rows``), what was said, what happened.

    ``rows`` has student_id, as_of, school_id, and where known class_id, grade and event_on (the day
    of the outcome); ``label`` is 0 or 1; ``weight`` is 1 unless negatives were sampled, ``whole`` of ``rows``
    then says of which schools every pupil is there; ``fold`` numbers the walk-forward period that judged
    the row.
    """

    rows: pl.DataFrame
    label: Array
    margin: Array
    probability: Array
    weight: Array
    fold: Ints

    def __len__(self) -> int:
        """How many rows."""
        return len(self.label)

    def take(self, chosen: Any) -> Predictions:
        """The same for a mask or row numbers."""
        at = np.arange(len(self))[chosen]
        return Predictions(
            self.rows[at],
            self.label[at],
            self.margin[at],
            self.probability[at],
            self.weight[at],
            self.fold[at],
        )

    @property
    def there(self) -> NDArray[np.bool_]:
        """Row for row whether every pupil of its school is among the rows."""
        if "whole" not in self.rows.columns:
            return np.ones(len(self), bool)
        said: NDArray[np.bool_] = self.rows["whole"].to_numpy()
        return said

    def listable(self) -> Predictions:
        """The rows of schools of which every pupil is there: only those make the lists that schools get."""
        there = self.there
        return self if there.all() else self.take(there)

    def lists(self) -> Ints:
        """The number of the list (school and as-of day) that each row stands on."""
        pair = self.rows.select(pl.struct("as_of", "school_id").rank("dense").alias("n"))
        numbers: Ints = pair["n"].to_numpy().astype(np.int64) - 1
        return numbers

    def days(self) -> Ints:
        """The number of each row's as-of day, in order of time."""
        numbers: Ints = self.rows["as_of"].rank("dense").to_numpy().astype(np.int64) - 1
        return numbers

    def schools(self) -> Ints:
        """The number of each row's school, by order of its id."""
        numbers: Ints = self.rows["school_id"].rank("dense").to_numpy().astype(np.int64) - 1
        return numbers
