"""The columns of a list, in their order (interface), and what else a run keeps beside them."""

from __future__ import annotations

import polars as pl

TOP = (1, 2, 3)
LIST: dict[str, pl.DataType] = {
    "list_id": pl.String(),
    "week": pl.String(),
    "as_of": pl.Date(),
    "school_id": pl.String(),
    "grade": pl.String(),
    "class_id": pl.String(),
    "pupil_id": pl.String(),
    "student_id": pl.String(),
    "name": pl.String(),
    "band": pl.String(),
    "alerts": pl.String(),
    "alert_basis": pl.String(),
    "probability": pl.Float64(),
    "per_hundred": pl.Int32(),
    "interval_low": pl.Float64(),
    "interval_high": pl.Float64(),
    "change": pl.String(),
    "change_from": pl.String(),
    **{f"reason_{n}": pl.String() for n in TOP},
    **{f"reason_{n}_code": pl.String() for n in TOP},
    **{f"reason_{n}_contribution": pl.Float64() for n in TOP},
    **{f"changeable_{n}": pl.Boolean() for n in TOP},
    "background_contribution": pl.Float64(),
    "coverage": pl.Float64(),
    "last_attended_on": pl.Date(),
    "days_absent": pl.Int32(),
    "last_contact": pl.Date(),
    "next_step": pl.String(),
    "due_on": pl.Date(),
    "responsible": pl.String(),
    "case_state": pl.String(),
    "first_listed_on": pl.Date(),
    "model_version": pl.String(),
    "retrospective": pl.Boolean(),
}
#: Not in an export unless asked for by someone who may.
NUMBERS = (*(f"reason_{n}_contribution" for n in TOP), "background_contribution")
#: Kept in ``list.parquet`` beside them: the English words, and what pages need.
EXTRA: dict[str, pl.DataType] = {
    "alert_codes": pl.String(),
    "alerts_en": pl.String(),
    **{f"reason_{n}_en": pl.String() for n in TOP},
    **{f"reason_{n}_family": pl.String() for n in TOP},
    "class_name": pl.String(),
    "listed": pl.Boolean(),
    "in_cohort": pl.Boolean(),
    "out_reason": pl.String(),
}
STORED: dict[str, pl.DataType] = LIST | EXTRA


def shaped(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """``frame`` with exactly the columns of ``schema``; those it lacks are empty."""
    lacking = [pl.lit(None).alias(c) for c in schema if c not in frame.columns]
    return frame.with_columns(*lacking).select(pl.col(c).cast(t) for c, t in schema.items())
