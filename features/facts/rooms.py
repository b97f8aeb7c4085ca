"""Which class an enrolment means, and which calendar that class follows."""

from __future__ import annotations

import polars as pl

#: A school year begins in August; an enrolment from then on belongs to it.
YEAR_FROM_MONTH = 8


def with_class_keys(enrolments: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """Add ``class_ref`` (school|class), ``class_key`` (school|class|year) and ``grade_no`` (Int32).

    The year is that of the class registered for the enrolment's own year, else of the only class of
    that name, else the enrolment's own year: class identity is (school_id, class_id, school_year).
    """
    month, year = pl.col("start_on").dt.month(), pl.col("start_on").dt.year()
    own = pl.when(month >= YEAR_FROM_MONTH).then(year).otherwise(year - 1).cast(pl.String)
    named = classes.select("school_id", "class_id", "school_year")
    first = named.group_by("school_id", "class_id").agg(
        pl.col("school_year").min().alias("any_year")
    )
    known = named.with_columns(pl.col("school_year").alias("own_year"))
    year_of = pl.coalesce("school_year", "any_year", "own_year")
    return (
        enrolments.with_columns(own.alias("own_year"))
        .join(known, on=["school_id", "class_id", "own_year"], how="left", maintain_order="left")
        .join(first, on=["school_id", "class_id"], how="left", maintain_order="left")
        .with_columns(
            pl.concat_str("school_id", "class_id", separator="|", ignore_nulls=True).alias(
                "class_ref"
            ),
            pl.concat_str("school_id", "class_id", year_of, separator="|", ignore_nulls=True).alias(
                "class_key"
            ),
            pl.col("grade").cast(pl.Int32, strict=False).alias("grade_no"),
        )
        .drop("own_year", "school_year", "any_year")
    )


def class_calendars(enrolments: pl.DataFrame, schools: pl.DataFrame) -> pl.DataFrame:
    """class_key, county_code, school_id, grade, class_id: what calendar rows may name."""
    return (
        enrolments.unique("class_key", keep="last", maintain_order=True)
        .join(
            schools.select("school_id", "county_code"),
            on="school_id",
            how="left",
            maintain_order="left",
        )
        .select("class_key", "county_code", "school_id", "grade", "class_id")
    )
