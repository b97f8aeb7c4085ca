"""Rows that trees are grown on: thinned where the outcome is rare, and the base rate kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.bundle.manifest import Column
from training.fit import Data, thinned


def test_thinned_rows_keep_every_positive_and_the_base_rate() -> None:
    """Trees are grown on all positives and a weighted share of the others: the weights add up as before."""
    rng = np.random.default_rng(5)
    label = (rng.random(200_000) < 0.005).astype(np.int8)
    data = Data(
        rng.random((len(label), 1)), label, np.ones(len(label)), (Column("a", "grades", 0),),
        per_positive=40, lot=rng.random(len(label)),
    )  # fmt: skip
    rows, stress = thinned(data, slice(None))
    assert label[rows].sum() == label.sum()
    assert len(rows) < 0.3 * len(label)
    assert stress.sum() == pytest.approx(len(label), rel=0.02)
    whole, same = thinned(replace(data, per_positive=0), slice(None))
    assert len(whole) == len(label)
    assert (same == 1).all()
