"""How training is kept from learning that visited pupils are safe.

A pupil who was visited and stayed says nothing about what would have happened without the visit. Such
rows are taken out (``drop``); since those who look worst are visited most, what is left then shows too
few of them, unless each remaining row stands for those like it who were visited (``ipcw``).
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from training.interventions.effect import COVER_DAYS, after_cover, with_bands
from training.interventions.panel import WEEK

Handling = Literal["naive", "drop", "ipcw"]
HANDLINGS: tuple[Handling, ...] = ("naive", "drop", "ipcw")
#: No row stands for more than so many; else a few would decide all.
MOST = 20.0
#: Rows of a band's own rate that each week's rate is drawn towards.
SHRINK = 20.0
#: Bands of the score in which pupils are taken to be alike.
BANDS = 20


def exposed(
    rows: pl.DataFrame, visits: pl.DataFrame, *, cover_days: int = COVER_DAYS
) -> pl.DataFrame:
    """``rows`` (student_id, as_of, window_end, event_on) with ``visited_on``.

    It is the first visit that may bear on the row's outcome: from ``cover_days`` before as_of to the
    window's end, and before the outcome; empty where there is none.
    """
    indexed = rows.with_row_index("row")
    day, on = pl.col("as_of"), pl.col("on")
    told = (
        indexed.select("row", "student_id", "as_of", "window_end", "event_on")
        .join(visits.select("student_id", "on"), on="student_id", how="inner")
        .filter(on > day - pl.duration(days=cover_days), on < pl.col("window_end"))
        .filter(pl.col("event_on").is_null() | (on < pl.col("event_on")))
        .group_by("row")
        .agg(on.min().alias("visited_on"))
    )
    return indexed.join(told, on="row", how="left").sort("row").drop("row")


def weights(
    rows: pl.DataFrame,
    visits: pl.DataFrame,
    handling: Handling,
    *,
    panel: pl.DataFrame | None = None,
    cover_days: int = COVER_DAYS,
) -> pl.Series:
    """A weight for each of ``rows`` (as for ``exposed``), to be multiplied into those it has.

    ``panel`` (of ``panel.weekly``, the same pupils week by week) is needed for ``ipcw``.
    """
    told = exposed(rows, visits, cover_days=cover_days)
    kept = told["visited_on"].is_null().cast(pl.Float64).alias("weight")
    if handling == "naive":
        return pl.Series("weight", [1.0] * len(told))
    if handling == "drop" or panel is None:
        if handling == "ipcw":
            raise ValueError("ipcw wants the weekly panel")
        return kept
    stays = unvisited(rows, panel, cover_days=cover_days)
    return (kept / stays.clip(lower_bound=1 / MOST)).alias("weight")


def scaled(
    rows: pl.DataFrame, visits: pl.DataFrame, ratio: float, *, cover_days: int = COVER_DAYS
) -> pl.Series:
    """Weights that keep every row: outcomes after a visit weigh 1 / ``ratio`` (of an ``Effect``).

    Visited rows without the outcome weigh so much less that the visited weigh as many as they are.
    Raises ``ValueError`` where the ratio is not a positive number: then nothing is known to scale by.
    """
    if not 0 < ratio < float("inf"):
        raise ValueError("the ratio must be a positive number")
    told = exposed(rows, visits, cover_days=cover_days)
    visited, left = pl.col("visited_on").is_not_null(), pl.col("event_on").is_not_null()
    n, k = (told.select((visited & which).sum()).item() for which in (pl.lit(True), left))
    would = min(k / ratio, float(n))
    others = (n - would) / (n - k) if n > k else 0.0
    of_visited = pl.when(left).then(would / k if k else 1.0).otherwise(others)
    weight = pl.when(visited).then(of_visited).otherwise(1.0)
    return told.select(weight.cast(pl.Float64).alias("weight")).to_series()


def unvisited(
    rows: pl.DataFrame, panel: pl.DataFrame, *, cover_days: int = COVER_DAYS
) -> pl.Series:
    """For each row the chance of not being visited from as_of to the outcome or the window's end.

    From the share visited by week and band of the score, each week's drawn towards its band's own.
    """
    chance = _staying(panel, cover_days)
    summed = chance.with_columns(pl.col("log_stay").cum_sum().over("student_id").alias("sum"))
    end = pl.min_horizontal("event_on", "window_end")
    asked = rows.select("student_id", "as_of", end.alias("end")).with_row_index("row")
    gone = _gone_by(panel)
    stay = (_at(asked, summed, "end", gone) - _at(asked, summed, "as_of", gone)).exp()
    return stay.alias("unvisited")


def _staying(panel: pl.DataFrame, cover_days: int) -> pl.DataFrame:
    """student_id, as_of, log_stay: log chance of no visit in the week; 0 under an earlier visit."""
    banded = with_bands(panel, BANDS)
    stands = pl.col("weight") if "weight" in banded.columns else pl.lit(1.0)
    free = banded.filter(after_cover(cover_days)).with_columns(
        n=stands, k=stands * pl.col("visited_on").is_not_null()
    )
    by_band = free.group_by("band").agg(usual=pl.col("k").sum() / pl.col("n").sum())
    rate = (
        free.group_by("as_of", "band")
        .agg(pl.col("k").sum(), pl.col("n").sum())
        .join(by_band, on="band")
        .with_columns(q=(pl.col("k") + SHRINK * pl.col("usual")) / (pl.col("n") + SHRINK))
    )
    told = banded.join(rate.select("as_of", "band", "q"), on=["as_of", "band"], how="left")
    q = pl.when(after_cover(cover_days)).then(pl.col("q").clip(0.0, 0.999)).otherwise(0.0)
    return told.select("student_id", "as_of", (1 - q.fill_null(0.0)).log().alias("log_stay")).sort(
        "student_id", "as_of"
    )


def _gone_by(panel: pl.DataFrame) -> pl.DataFrame:
    """days, share: of the visits of a week, the share made before so many days of it have passed."""
    on = (panel["visited_on"] - panel["as_of"]).dt.total_days().drop_nulls().to_numpy()
    share = [float((on < days).mean()) if len(on) else 1.0 for days in range(WEEK + 1)]
    return pl.DataFrame(
        {"days": range(WEEK + 1), "share": share}, schema_overrides={"days": pl.Int64}
    )


def _at(asked: pl.DataFrame, summed: pl.DataFrame, day: str, gone: pl.DataFrame) -> pl.Series:
    """The sum over the pupil's weeks that ended by ``day``, and of the week it lies in what came before it.

    Whoever left on a Tuesday could be visited before on a Monday alone: a whole week counted would weigh
    those who left in it too much.
    """
    week = summed.select("student_id", pl.col("as_of").alias("week"), "sum", "log_stay")
    found = asked.sort(day).join_asof(
        week.sort("week"),
        left_on=day,
        right_on="week",
        by="student_id",
        strategy="backward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    passed = (pl.col(day) - pl.col("week")).dt.total_days().clip(0, WEEK)
    told = found.with_columns(days=passed).join(gone, on="days", how="left").sort("row")
    return told.select(
        (pl.col("sum") - pl.col("log_stay") * (1 - pl.col("share"))).fill_null(0.0)
    ).to_series()
