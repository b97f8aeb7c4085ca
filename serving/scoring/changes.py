"""What changed since the last published list of the school, and whether data or model changed it."""

from __future__ import annotations

import polars as pl

from serving.scoring.lists import BAND_ORDER

_STATE = ("student_id", "listed", "band")
_WORST = len(BAND_ORDER)


def _level(prefix: str) -> pl.Expr:
    """0 for the most urgent listed band; a number beyond every band for those not listed."""
    order = pl.col(f"{prefix}band").replace_strict(BAND_ORDER, default=_WORST, return_dtype=pl.Int8)
    listed = pl.col(f"{prefix}listed").fill_null(False)
    return pl.when(listed).then(order).otherwise(_WORST)


def _named(frame: pl.DataFrame, prefix: str) -> pl.DataFrame:
    return frame.select(
        "student_id", *(pl.col(c).alias(f"{prefix}{c}") for c in _STATE if c != "student_id")
    )


def changes(
    now: pl.DataFrame, before: pl.DataFrame, between: pl.DataFrame | None, *, same_model: bool
) -> pl.DataFrame:
    """student_id, change, change_from of everybody listed now or before.

    Each frame holds student_id, listed, band. ``between`` is the list that today's model would have
    drawn from the last list's data; None where it cannot be known. What moves between ``before``
    and ``between`` came from the model, what moves after that from the data.
    """
    middle = before if same_model or between is None else between
    rows = (
        _named(now, "now_")
        .join(_named(before, "was_"), on="student_id", how="full", coalesce=True)
        .join(_named(middle, "mid_"), on="student_id", how="left")
        .with_columns(
            _level("now_").alias("now"), _level("was_").alias("was"), _level("mid_").alias("mid")
        )
        .filter((pl.col("now") < _WORST) | (pl.col("was") < _WORST))
    )
    return rows.select(
        "student_id",
        _change().alias("change"),
        _source(known=same_model or between is not None).alias("change_from"),
    ).sort("student_id")


def _change() -> pl.Expr:
    now, was = pl.col("now"), pl.col("was")
    return (
        pl.when(was == _WORST)
        .then(pl.lit("new"))
        .when(now == _WORST)
        .then(pl.lit("left"))
        .when(now < was)
        .then(pl.lit("raised"))
        .when(now > was)
        .then(pl.lit("lowered"))
        .otherwise(pl.lit("held"))
    )


def _source(*, known: bool) -> pl.Expr:
    now, was, mid = pl.col("now"), pl.col("was"), pl.col("mid")
    if not known:
        return pl.when(now == was).then(pl.lit("")).otherwise(pl.lit("both"))
    return (
        pl.when(now == was)
        .then(pl.lit(""))
        .when(mid == was)
        .then(pl.lit("data"))
        .when(mid == now)
        .then(pl.lit("model"))
        .otherwise(pl.lit("both"))
    )


def first_listed(rows: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Add ``first_listed_on``: that of the last list where the pupil stood on it, else today.

    ``rows`` holds student_id, as_of; ``before`` student_id, first_listed_on.
    """
    kept = before.select("student_id", pl.col("first_listed_on"))
    return rows.join(kept, on="student_id", how="left").with_columns(
        pl.coalesce("first_listed_on", "as_of").alias("first_listed_on")
    )
