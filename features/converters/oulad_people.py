"""What the Open University files say about the person: deprivation, disability, studies before."""

from __future__ import annotations

import polars as pl

from features.batch import Attribute

#: Bands of the Index of Multiple Deprivation, poorest first; "10-20" lacks its % in the files.
IMD_BANDS = (
    "0-10%", "10-20", "20-30%", "30-40%", "40-50%",
    "50-60%", "60-70%", "70-80%", "80-90%", "90-100%",
)  # fmt: skip
#: The poorest fifth of areas stands for a register of poor households.
POOREST = 2
EDUCATION = (
    "No Formal quals", "Lower Than A Level", "A Level or Equivalent",
    "HE Qualification", "Post Graduate Qualification",
)  # fmt: skip
#: Directions as published for this university's students, and as 2013B and 2013J show them. Earlier attempts
#: go with leaving on the whole, and among students alike in all else against it: no direction is promised.
ATTRIBUTES = {
    "previous_attempts": Attribute(
        direction=0, zh="此前修读该课程次数", en="previous attempts at this module"
    ),
    "studied_credits": Attribute(
        direction=1, in_class=True, zh="同期修读学分", en="credits studied at the same time"
    ),
    "education_level": Attribute(
        direction=-1, zh="入学前学历等级（0至4）", en="highest education on entry, 0 to 4"
    ),
    "deprivation_decile": Attribute(
        direction=-1,
        zh="居住地区贫困十分位（1最贫困）",
        en="deprivation decile of the home area, 1 poorest",
    ),
}


def poverty(enrolled: pl.LazyFrame) -> pl.LazyFrame:
    """Who lives in the poorest fifth of areas, from registration; a word of its own, no code."""
    poorest = enrolled.filter(pl.col("imd_band").is_in(IMD_BANDS[:POOREST]))
    return poorest.select(
        "student_id",
        "known_on",
        category=pl.lit("area_deprivation"),
        start_on="registered",
        source=pl.lit("IMD ") + pl.col("imd_band").str.strip_suffix("%") + "%",
    )


def disability(enrolled: pl.LazyFrame) -> pl.LazyFrame:
    """Who declared a disability, from registration; the files do not say which."""
    declared = enrolled.filter(pl.col("disability") == "Y")
    return declared.select(
        "student_id", "known_on", category=pl.lit("unspecified"), start_on="registered"
    )


def attributes(enrolled: pl.LazyFrame) -> pl.LazyFrame:
    """Earlier attempts, credits, education, deprivation: one row each, known from registration."""
    education = {word: level for level, word in enumerate(EDUCATION)}
    decile = {band: number for number, band in enumerate(IMD_BANDS, 1)}
    values = enrolled.select(
        "student_id",
        "known_on",
        previous_attempts="num_of_prev_attempts",
        studied_credits="studied_credits",
        education_level=pl.col("highest_education").replace_strict(
            education, default=None, return_dtype=pl.Int32
        ),
        deprivation_decile=pl.col("imd_band").replace_strict(
            decile, default=None, return_dtype=pl.Int32
        ),
    )
    return (
        values.unpivot(list(ATTRIBUTES), index=("student_id", "known_on"), variable_name="name")
        .drop_nulls("value")
        .with_columns(pl.col("value").cast(pl.String))
        .sort("student_id", "name")
    )
