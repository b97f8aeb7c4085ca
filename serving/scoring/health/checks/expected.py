"""Before outcomes mature: what precision and recall the estimates themselves imply. An estimate."""

from __future__ import annotations

import math

import polars as pl

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "expected"


def implied(said: pl.DataFrame) -> tuple[int, float, float, float] | None:
    """Of the rows with a probability: how many are listed, expected precision, its spread, recall.

    The spread is that of the outcomes if every probability were exactly right; how right they are is
    told by ``realised``. None where nobody listed has a probability.
    """
    known = said.filter(pl.col("probability").is_not_null())
    listed = known.filter("listed")
    if listed.is_empty():
        return None
    p, whole = listed["probability"], float(known["probability"].sum())
    hits, n = float(p.sum()), listed.height
    spread = math.sqrt(float((p * (1 - p)).sum())) / n
    return n, hits / n, spread, hits / whole if whole else math.nan


def look(grounds: Grounds) -> list[Finding]:
    """One note; none where a rule serves (points are no probabilities) or the list is short."""
    told = implied(grounds.said)
    if told is None or told[0] < limit("realised", "least_listed"):
        return []
    n, precision, spread, recall = told
    low, high = max(0.0, precision - 1.96 * spread), min(1.0, precision + 1.96 * spread)
    return [
        Finding(
            "expected",
            "note",
            f"本周名单的结果尚未到期；按估计值本身推算（仅为推算）：列入且有估计的学生中约{precision:.0%}"
            f"会出现所关注的情况（区间{low:.0%}–{high:.0%}），约占全部此类学生的{recall:.0%}。",
            "This week's list has not come due; as the estimates themselves imply (an estimate "
            "only): about "
            f"{precision:.0%} of the "
            "pupils listed with an estimate will have the outcome (interval "
            f"{low:.0%}-{high:.0%}), about "
            f"{recall:.0%} of all who will.",
            {"listed": n, "precision": precision, "low": low, "high": high, "recall": recall},
        )
    ]
