"""One model for both sides of a comparison: its size is what a model in service has, its data are invented.

400 trees of 15 leaves, five deep, on columns drawn as indicators look: shares, counts, days, flags and marks,
some of them empty. It predicts nothing about anybody; what it costs to ask depends on its shape alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TREES, LEAVES, DEPTH = 400, 15, 5
#: Rows it is grown on.
ROWS = 40_000
#: Share of cells that are empty, by turns: most columns are full, some hold a value for few pupils.
EMPTY = (0.0, 0.02, 0.0, 0.15, 0.4)

#: The 60 indicators that both sides of the comparison work out, by their names in the catalogue.
NAMES = (
    "absence_2w", "absence_2w_vs_term", "absence_4w", "absence_4w_vs_class", "absence_4w_vs_term",
    "absence_8w", "absence_8w_standing", "absence_change_4w", "absence_run", "absence_spells_8w",
    "absence_term", "absence_trend_8w", "boarding", "class_absence_4w",
    "class_poverty_share", "class_size", "coverage_4w", "days_since_absence", "days_since_attended",
    "disability_registered", "disability_severity", "distance_km", "early_8w",
    "edge_day_absence_8w", "exam_standing", "exam_standing_change", "exam_standing_lowest",
    "exam_standing_slope", "exam_standing_year", "excused_8w", "failing_share_latest",
    "failing_share_year", "failing_subjects", "grade_level", "late_4w", "late_8w",
    "late_arrivals_2y", "left_before", "left_behind_both_away", "left_behind_no_carer",
    "left_behind_register", "left_behind_years", "longest_absence_term",
    "longest_unexplained_term", "missed_exams", "not_arrived", "over_age_years",
    "poverty_monitored", "poverty_registered", "poverty_without_aid", "poverty_years",
    "return_absence_8w", "returned_before", "school_classes", "sick_4w", "suspended_2y",
    "transfers_2y", "unexplained_4w", "unexplained_8w", "unexplained_run",
)  # fmt: skip


@cache
def _units() -> dict[str, str]:
    from features.catalogue import load

    return {indicator.name: indicator.unit for indicator in load()}


def _drawn(unit: str, rows: int, lot: np.random.Generator) -> Array:
    ways: dict[str, Callable[[], Array]] = {
        "share": lambda: np.round(lot.beta(0.3, 4.0, rows), 3),
        "count": lambda: lot.poisson(0.8, rows).astype(float),
        "days": lambda: np.floor(lot.exponential(4.0, rows)),
        "weeks": lambda: lot.integers(0, 20, rows).astype(float),
        "flag": lambda: (lot.random(rows) < 0.1).astype(float),
        "score": lambda: np.round(lot.normal(0, 1, rows), 3),
        "number": lambda: np.round(lot.normal(0, 1, rows), 2),
    }
    return ways[unit]()


def rows_like(names: Sequence[str], rows: int, seed: int) -> Array:
    """``rows`` x ``names`` invented values: each column as its unit looks, empty cells NaN."""
    lot = np.random.default_rng(seed)
    x = np.empty((rows, len(names)))
    for at, name in enumerate(names):
        x[:, at] = _drawn(_units().get(name, "number"), rows, lot)
        x[lot.random(rows) < EMPTY[at % len(EMPTY)], at] = np.nan
    return x


def model(
    names: Sequence[str] = NAMES, seed: int = 0, *, rows: int = ROWS, trees: int = TREES
) -> str:
    """The model as LightGBM text, its columns named ``names`` in this order; the same for the same seed.

    The outcome it is grown on depends on many columns, some together, so that trees differ.
    """
    import lightgbm

    from training.fit import text_of

    x = rows_like(names, rows, seed)
    lot = np.random.default_rng(seed + 1)
    known = np.nan_to_num((x - np.nanmean(x, axis=0)) / (np.nanstd(x, axis=0) + 1e-9))
    margin = known @ lot.normal(0, 0.25, len(names)) - 3.5
    margin += 0.4 * known[:, 0] * known[:, len(names) // 2] + 0.2 * np.isnan(x[:, -1])
    label = (lot.random(rows) < 1 / (1 + np.exp(-margin))).astype(float)
    params = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "max_depth": DEPTH,
        "learning_rate": 0.03,
        "feature_fraction": 0.5,
        "min_data_in_leaf": 20,
        "num_threads": 1,
        "deterministic": True,
        "seed": seed,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, label, feature_name=list(names))
    return text_of(lightgbm.train(params, data, trees))
