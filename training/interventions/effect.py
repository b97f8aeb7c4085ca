"""What visits do: the naive comparison, and two that compare like with like.

All three give the ratio of the weekly risk of the outcome, visited over not visited. Both honest ones
are series of small trials: on a day on which somebody was visited, those visited are set beside others
of the same stratum who were still there and not yet visited on that very day, and both are followed
from it. So no time before a visit counts as visited, and who was visited earlier is in neither arm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from training.interventions.panel import WEEK, after
from training.interventions.pooled import CELLS, Effect, pooled

#: For how many days a visit may work, and keeps a pupil out of both arms of later trials.
COVER_DAYS = 42


def naive(panel: pl.DataFrame, *, days: int = WEEK, cover_days: int = COVER_DAYS) -> Effect:
    """Pupil-weeks after a visit against all others: misleading, since those visited looked worst."""
    here = panel.filter(after("exit_on", pl.col("as_of")))
    from_on = pl.col("as_of") - pl.duration(days=cover_days)
    visited = (pl.col("before_on") > from_on) | (pl.col("next_on") == pl.col("as_of"))
    told = here.with_columns(
        stratum=pl.lit("all"),
        arm=visited.fill_null(False),
        hit=_within(pl.col("as_of"), days),
        followed=pl.lit(1.0),
    )
    return pooled(_cells(told), "naive")


def bands(
    panel: pl.DataFrame,
    *,
    bands: int = 20,
    beside: Sequence[str] = (),
    days: int = WEEK,
    cover_days: int = COVER_DAYS,
) -> Effect:
    """Visited against not yet visited, in the same week and the same narrow band of the score.

    The score must be the one by which staff chose; ``beside`` names further columns that weighed.
    """
    banded = with_bands(panel, bands)
    trials = _trials(banded, ("as_of", "band", *beside), days, cover_days)
    return pooled(_cells(trials), "bands")


def delayed(
    panel: pl.DataFrame,
    *,
    bands: int = 5,
    days: int = WEEK,
    cover_days: int = COVER_DAYS,
    wait_weeks: int = 8,
) -> Effect:
    """Of those put on the list in the same week and band: visited against not yet visited.

    Staff cannot go everywhere at once; if chance decides whom they reach first, nothing else differs.
    Compared week by week since listing, for ``wait_weeks`` at most.
    """
    banded = with_bands(panel, bands)
    put = banded.filter(pl.col("listed_on") == pl.col("as_of")).select(
        "student_id", "listed_on", pl.col("band").alias("listed_band")
    )
    waiting = (pl.col("as_of") <= pl.col("listed_on") + pl.duration(weeks=wait_weeks)) & ~(
        pl.col("before_on") >= pl.col("listed_on")
    ).fill_null(False)
    listed = banded.filter(waiting).join(put, on=["student_id", "listed_on"], how="inner")
    trials = _trials(listed, ("as_of", "listed_on", "listed_band"), days, cover_days)
    return pooled(_cells(trials), "delayed")


def with_bands(panel: pl.DataFrame, bands: int) -> pl.DataFrame:
    """The panel with ``band``: cuts are quantiles of the score among those visited.

    Few distinct scores make few bands; a band holds no two scores that a cut could part. Where the panel
    has ``scale`` (scores of several makers), each has cuts of its own and no band holds two.
    """
    score = panel["score"].to_numpy()
    went = panel["visited_on"].is_not_null().to_numpy()
    scale = panel["scale"].to_numpy() if "scale" in panel.columns else np.zeros(len(score))
    band = np.zeros(len(score), np.int64)
    for k, one in enumerate(np.unique(scale)):
        here = scale == one
        seen = score[here & went]
        cuts = np.unique(np.quantile(seen, np.arange(bands) / bands)) if len(seen) else np.empty(0)
        band[here] = k * (bands + 1) + np.searchsorted(cuts, score[here], side="right")
    return panel.with_columns(band=pl.Series(band))


def _trials(panel: pl.DataFrame, strata: Sequence[str], days: int, cover_days: int) -> pl.DataFrame:
    """One row a pupil and trial: stratum, school_id, arm, hit, followed (share of the days seen)."""
    uncovered = after_cover(cover_days)
    free = panel.filter(uncovered & after("exit_on", pl.col("as_of")))
    starts = free.filter(pl.col("visited_on").is_not_null())
    starts = starts.select(*strata, pl.col("visited_on").alias("start")).unique()
    start = pl.col("start")
    told = free.join(starts, on=list(strata), how="inner").filter(
        after("event_on", start)
        & after("exit_on", start)
        & (pl.col("next_on").is_null() | (pl.col("next_on") >= start))
    )
    arm = (pl.col("next_on") == start).fill_null(False)
    # who waits is followed until visited
    seen = (pl.col("next_on") - start).dt.total_days() / days
    told = told.with_columns(stratum=pl.struct(*strata, "start"), arm=arm).with_columns(
        hit=_within(start, days)
        & (pl.col("arm") | pl.col("next_on").is_null() | (pl.col("event_on") <= pl.col("next_on")))
    )
    part = pl.when(pl.col("arm") | pl.col("hit")).then(1.0).otherwise(seen.fill_null(1.0))
    return told.with_columns(followed=part.clip(0.0, 1.0))


def after_cover(cover_days: int) -> pl.Expr:
    """True where no earlier visit may still work on the as-of day."""
    gone = pl.col("before_on") <= pl.col("as_of") - pl.duration(days=cover_days)
    return gone.fill_null(True)


def _within(start: pl.Expr, days: int) -> pl.Expr:
    end = start + pl.duration(days=days)
    return ((pl.col("event_on") > start) & (pl.col("event_on") <= end)).fill_null(False)


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    stands = pl.col("weight") if "weight" in rows.columns else pl.lit(1.0)
    arm, hit = pl.col("arm"), stands * pl.col("hit").cast(pl.Float64)
    seen = stands * pl.col("followed")
    counts = (hit.filter(arm), seen.filter(arm), hit.filter(~arm), seen.filter(~arm))
    return rows.group_by("stratum", "school_id").agg(
        count.sum().alias(name) for name, count in zip(CELLS, counts, strict=True)
    )
