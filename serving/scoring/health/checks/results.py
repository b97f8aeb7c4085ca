"""Examination results that became known, as shares of the full mark: another scale shows as a jump."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import polars as pl

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "results"
FORTNIGHT = timedelta(days=14)


def _together(rows: pl.DataFrame) -> tuple[float, float]:
    """Mean and spread of all earlier results, each fortnight by its number of papers."""
    weight = rows["known"].to_numpy()
    means, spreads = rows["mean"].to_numpy(), rows["sd"].fill_null(0.0).to_numpy()
    mean = float(np.average(means, weights=weight))
    return mean, math.sqrt(float(np.average(spreads**2, weights=weight)))


def look(grounds: Grounds) -> list[Finding]:
    """One finding where this fortnight's results are far from all earlier ones."""
    enough = grounds.results.filter(pl.col("known") >= limit("results", "least"))
    now = enough.filter(pl.col("as_of") == grounds.as_of)
    before = enough.filter(pl.col("as_of") <= grounds.as_of - FORTNIGHT)
    if now.is_empty() or before.is_empty():
        return []
    mean, spread = _together(before)
    here = float(now["mean"][0])
    effect = (here - mean) / spread if spread else math.copysign(math.inf, here - mean)
    if here == mean or abs(effect) < limit("results", "smd"):
        return []
    return [
        Finding(
            "results_scale",
            "act",
            f"近两周收到的考试成绩平均为满分的{here:.0%}，以往为{mean:.0%}。"
            "下一步：核对成绩表的分数与满分（full_score）是否同一分制、等级对照是否有变，"
            "更正后重新导入。",
            f"Examination results received in these two weeks average {here:.0%} of the full mark, "
            f"{mean:.0%} "
            "before. Next: check that score and full_score use one scale and that levels are "
            "mapped as before; "
            "mend and import again.",
            {"before": mean, "now": here, "effect": effect},
        )
    ]
