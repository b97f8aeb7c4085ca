"""A score by place: every pupil of a school stands where the school has stood."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.refusal import Refusal
from training.bundle.manifest import Place

Array = NDArray[np.float64]


def place_contributions(
    places: tuple[Place, ...], frame: pl.DataFrame, *, elsewhere: float
) -> Array:
    """Each row's school's points less ``elsewhere`` (those of a school not seen), n x 1.

    ``frame`` needs ``school_id``; Refusal where it is missing.
    """
    if "school_id" not in frame.columns:
        raise Refusal(
            "数据中缺少 school_id，无法按学校以往情况生成名单。请在数据中补上学校标识。",
            "The data lack school_id, so no list can be made by school. Add the school's id.",
        )
    points = {place.school_id: place.points - elsewhere for place in places}
    told = frame["school_id"].replace_strict(points, default=0.0, return_dtype=pl.Float64)
    column: Array = told.fill_null(0.0).to_numpy().reshape(-1, 1)
    return column
