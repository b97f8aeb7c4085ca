"""What came of lists that are due, in numbers: precision, recall, said against seen, and all without visits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from serving.scoring.health.limits import limit
from serving.scoring.health.stats import share_interval

#: Two-sided 95 %.
Z = 1.96


@dataclass(frozen=True)
class Realised:
    """Rows (a pupil in a week): ``listed``, ``hits`` among them, ``outcomes`` of all. Different pupils
    among the listed: ``pupils``, among the hits: ``found``. ``worth``: as many pupils listed for equally many
    weeks say as much.

    ``precision`` and ``recall`` are None where too few children are meant: from 1 to 4 are never shown,
    in no form."""

    listed: int
    hits: int
    outcomes: int
    pupils: int
    found: int
    worth: float

    @property
    def shown(self) -> bool:
        """Whether figures may be said."""
        few = 0 < self.found < limit("realised", "cell")
        return self.listed >= limit("realised", "least_listed") and not few

    @property
    def precision(self) -> float | None:
        """Of the listed, the share with the outcome."""
        return self.hits / self.listed if self.shown else None

    @property
    def recall(self) -> float | None:
        """Of those with the outcome, the share that was listed."""
        return self.hits / self.outcomes if self.shown and self.outcomes else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the precision, 95 %; a pupil listed for many weeks is one pupil, not many."""
        told = self.precision
        return None if told is None else share_interval(told * self.worth, self.worth)


def counted(settled: pl.DataFrame, chosen: pl.Expr | None = None) -> Realised:
    """Figures of settled rows; ``chosen``: who counts as listed (default: everyone listed)."""
    rows = settled.filter(pl.col("standing").is_in(["positive", "negative"]))
    hit = pl.col("standing") == "positive"
    listed = pl.col("listed") if chosen is None else chosen
    each = rows.group_by("student_id", maintain_order=True).agg(
        listed.sum().cast(pl.Float64).alias("listed"),
        (listed & hit).sum().cast(pl.Float64).alias("hits"),
        hit.sum().alias("all"),
    )
    taken = each.filter(pl.col("listed") > 0)
    return Realised(
        int(taken["listed"].sum()),
        int(taken["hits"].sum()),
        int(each["all"].sum()),
        taken.height,
        taken.filter(pl.col("hits") > 0).height,
        _worth(taken["listed"].to_numpy(), taken["hits"].to_numpy()),
    )


@dataclass(frozen=True)
class Alone:
    """Precision of the listed had nobody been visited, with its 95 % interval; ``awaited``: what their
    estimates implied. ``found``: pupils with the outcome it is told from, ``hidden``: those who had it after a
    visit. ``support``: what share of the listed those not visited stand for."""

    precision: float
    low: float
    high: float
    awaited: float | None
    found: int
    hidden: int
    support: float

    @property
    def told(self) -> bool:
        """Whether those not visited can stand for the visited: where nearly all were visited, they cannot."""
        return self.support >= limit("realised", "support")

    @property
    def shown(self) -> bool:
        """Whether it may be said: beside the precision seen it tells how many left after a visit, too."""
        cell = limit("realised", "cell")
        return self.told and self.found >= cell and not 0 < self.hidden < cell


def unvisited(settled: pl.DataFrame) -> Alone | None:
    """From the listed that no visit bears on, each standing for those like it; None where nobody was visited,
    or everybody."""
    rows = settled.filter(
        pl.col("standing").is_in(["positive", "negative"]), "listed", pl.col("alone").is_not_null()
    )
    left = rows.filter(pl.col("alone") > 0)
    if (rows["alone"] == 1).all() or left.is_empty():
        return None
    hit = pl.col("standing") == "positive"
    each = left.group_by("student_id", maintain_order=True).agg(
        pl.col("alone").sum().alias("listed"), pl.col("alone").filter(hit).sum().alias("hits")
    )
    listed, hits = each["listed"].to_numpy(), each["hits"].to_numpy()
    share, worth = float(hits.sum() / listed.sum()), _worth(listed, hits)
    said = left.filter(pl.col("probability").is_not_null())
    return Alone(
        share,
        *share_interval(share * worth, worth),
        float(np.average(said["probability"], weights=said["alone"])) if len(said) else None,
        int((hits > 0).sum()),
        rows.filter(pl.col("alone") == 0, hit)["student_id"].n_unique(),
        float(listed.sum()) / rows.height,
    )


def visited(settled: pl.DataFrame) -> bool:
    """Whether a recorded visit bears on anybody listed."""
    rows = settled.filter("listed", pl.col("standing").is_in(["positive", "negative"]))
    return bool((rows["alone"] != 1).any())


def _worth(listed: NDArray[np.float64], hits: NDArray[np.float64]) -> float:
    """How many pupils listed equally long would say as much: at most as many as there are.

    Kish's number for unequal weeks, and less where the variance of the share over pupils says so.
    """
    if len(listed) < 2:
        return float(len(listed))
    worth = float(listed.sum() ** 2 / (listed**2).sum())
    share = hits.sum() / listed.sum()
    off = hits - share * listed
    spread = float((off**2).sum()) / listed.sum() ** 2 * len(listed) / (len(listed) - 1)
    # a number of pupils: nobody reads its ninth digit, and sums differ there with the order of rows
    return round(min(worth, float(share * (1 - share)) / spread) if spread > 0 else worth, 6)


def by_week(settled: pl.DataFrame) -> dict[str, Realised]:
    """Week -> figures, oldest first."""
    weeks = settled.sort("week").group_by("week", maintain_order=True)
    return {str(week): counted(rows) for (week,), rows in weeks}


@dataclass(frozen=True)
class Held:
    """Mean probability said, share seen, and the interval of their difference."""

    said: float
    seen: float
    low: float
    high: float
    pupils: int
    outcomes: int


def held(settled: pl.DataFrame) -> Held | None:
    """Said against seen over all rows with a probability; the interval counts pupils, not rows.

    What is said is what comes if nobody goes there, so rows count as often as they stand for (``alone``).
    """
    rows = settled.filter(
        pl.col("standing").is_in(["positive", "negative"]),
        pl.col("probability").is_not_null(),
        pl.col("alone") > 0,
    )
    off_by = pl.col("probability") - (pl.col("standing") == "positive")
    each = rows.group_by("student_id").agg(
        (pl.col("alone") * off_by).sum().alias("off"),
        pl.col("alone").sum().alias("rows"),
        (pl.col("standing") == "positive").any().alias("out"),
    )
    if each.height < 2:
        return None
    total = float(each["rows"].sum())
    off = float(each["off"].sum()) / total
    error = (each["off"] - off * each["rows"]).to_numpy()
    spread = math.sqrt(float((error**2).sum()) * each.height / (each.height - 1)) / total
    said = float((rows["probability"] * rows["alone"]).sum()) / total
    return Held(
        said, said - off, off - Z * spread, off + Z * spread, each.height, int(each["out"].sum())
    )
