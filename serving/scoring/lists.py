"""Who is listed: a school's places by estimate, plus every duty alert; and in which order.

A *board* is one row a pupil of the area (student_id, school_id, class_id, in_cohort, margin,
probability, cut_band ...). Nothing here gives a child a rank.
"""

from __future__ import annotations

import polars as pl

BANDS = ("act_now", "priority", "watch", "none", "no_data")
BAND_ORDER = {band: order for order, band in enumerate(BANDS)}
_JOIN = "；"


def placed(board: pl.DataFrame, capacity: pl.DataFrame, *, floor: float) -> pl.DataFrame:
    """Add ``placed``: the pupils with the highest margins, as many as the school has places.

    ``capacity``: school_id, capacity. Nobody at or below ``floor`` (the margin of the county's base
    rate; 0 for a rule) takes a place: an empty place is better than a visit without a reason.
    Ties by student_id.
    """
    can = (
        (pl.col("in_cohort") == 1)
        & pl.col("margin").is_not_null()
        & (pl.col("cut_band") != "no_data")
        & (pl.col("margin") > floor)
    )
    nth = (
        board.filter(can)
        .sort("school_id", "margin", "student_id", descending=[False, True, False])
        .with_columns(pl.int_range(1, pl.len() + 1).over("school_id").alias("nth"))
        .join(capacity, on="school_id", how="left")
        .filter(pl.col("nth") <= pl.col("capacity"))
        .select("student_id", pl.lit(True).alias("placed"))
    )
    return board.join(nth, on="student_id", how="left").with_columns(
        pl.col("placed").fill_null(False)
    )


def with_alerts(board: pl.DataFrame, alerts: pl.DataFrame) -> pl.DataFrame:
    """Add each pupil's alerts: sentences, codes and bases (joined by ；), the earliest due day and who.

    ``alerted`` is true where one of them lists the pupil (and not only gives a task).
    """
    own = alerts.filter(pl.col("student_id").is_not_null()).sort(
        "student_id", "due_on", "code", nulls_last=True
    )
    gathered = own.group_by("student_id", maintain_order=True).agg(
        pl.col("zh").str.join("").alias("alerts"),
        pl.col("en").str.join(" ").alias("alerts_en"),
        pl.col("code").str.join(_JOIN).alias("alert_codes"),
        pl.col("basis").unique(maintain_order=True).str.join(_JOIN).alias("alert_basis"),
        pl.col("due_on").first(),
        pl.col("responsible").first(),
        pl.col("listed").any().alias("alerted"),
    )
    return board.join(gathered, on="student_id", how="left").with_columns(
        pl.col("alerted").fill_null(False)
    )


def with_bands(board: pl.DataFrame) -> pl.DataFrame:
    """Add ``listed`` and ``band``: act_now only by alert; who is listed is at least 'watch'."""
    listed = pl.col("placed") | pl.col("alerted")
    band = (
        pl.when(pl.col("alerted"))
        .then(pl.lit("act_now"))
        .when(pl.col("placed") & (pl.col("cut_band") == "none"))
        .then(pl.lit("watch"))
        .otherwise(pl.col("cut_band").fill_null("none"))
    )
    return board.with_columns(listed.alias("listed"), band.alias("band"))


def drawn(
    board: pl.DataFrame, alerts: pl.DataFrame, capacity: pl.DataFrame, *, floor: float
) -> pl.DataFrame:
    """The board with placed, alerts, listed and band."""
    return with_bands(with_alerts(placed(board, capacity, floor=floor), alerts))


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """School by school: those who left last; then alert, band, due day; ties by student_id."""
    band = pl.col("band").replace_strict(BAND_ORDER, return_dtype=pl.Int8)
    return (
        rows.with_columns(band.alias("_band"), (~pl.col("listed")).alias("_left"))
        .sort("school_id", "_left", "_band", "due_on", "student_id", nulls_last=True)
        .drop("_band", "_left")
    )
