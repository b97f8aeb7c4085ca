"""The school-average list: everybody stands where their school has stood.

A published finding (Perdomo et al. 2023, on Wisconsin's system): targeting schools did about as well as
scoring pupils. A school's share of outcomes is shrunken towards that of all (as if ``PRIOR`` more rows
had been seen), so that a small school is not judged by one pupil.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from training.baselines.baseline import Baseline, Learned, Lesson
from training.bundle import Column, Place

COLUMN = Column(
    "school_outcome",
    "context",
    0,
    label_zh="学校以往比例（对数几率）",
    label_en="the school's share so far (log-odds)",
)
#: Rows of the average school that every school is given.
PRIOR = 200.0


def _learn(lesson: Lesson) -> Learned | None:
    weight = pl.Series("w", lesson.weight)
    told = lesson.frame.select("school_id").with_columns(
        w=weight, hit=weight * pl.Series(lesson.label)
    )
    total = float(lesson.weight.sum())
    rate = float((lesson.weight * lesson.label).sum()) / total if total else 0.0
    if not 0 < rate < 1:
        return None
    seen = (
        told.group_by("school_id", maintain_order=True)
        .agg(pl.col("w", "hit").sum())
        .sort("school_id")
    )
    share = (seen["hit"] + PRIOR * rate) / (seen["w"] + PRIOR)
    odds = np.log(share.to_numpy() / (1 - share.to_numpy()))
    places = tuple(Place(s, float(o)) for s, o in zip(seen["school_id"], odds, strict=True))
    middle = float(np.log(rate / (1 - rate)))
    return Learned((COLUMN,), places=places, intercept=middle, is_log_odds=True)


BASELINE = Baseline("school", "学校平均", "school average", _learn)
