"""Facts as they would lie in the store had nobody learned anything after a day: the rest is not there.

``asof`` hides what was not yet known; here it is gone. What reads the same from both looked no further.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from features.asof import FACT_DAYS
from features.facts import Facts
from features.facts.fold import FOREVER
from features.tables import TABLES

#: Words about people that no indicator reads: they are not copied.
PERSONAL = {
    "students": (
        "name", "id_number", "residence_code", "address", "guardian_name", "guardian_relation",
        "guardian_phone",
    ),
    "classes": ("head_teacher",),
    "status_changes": ("reason", "to_place"),
    "care": ("entrusted_to", "relation"),
    "disability": ("certificate_no",),
    "contacts": ("by", "result"),
    "home_teaching": ("teacher",),
}  # fmt: skip


def past(facts: Facts, day: date, folder: Path) -> Facts:
    """A copy in ``folder`` (made if need be) without what became known after ``day``.

    Rows known later are left out; ends, checks and decisions learned later are emptied; that a row was
    superseded later is forgotten. Tables without a second clock (schools, pupils, calendar) are as they were.
    What no indicator reads is not copied: restricted tables are empty, and so are ``PERSONAL`` columns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(p for p in facts.folder.rglob("*") if p.is_file()):
        copy = folder / path.relative_to(facts.folder)
        copy.parent.mkdir(exist_ok=True)
        if path.suffix == ".parquet":
            rows = _needed(pl.scan_parquet(path), path.relative_to(facts.folder).parts[0])
            _left(rows, day).sink_parquet(copy)
        else:
            shutil.copyfile(path, copy)
    return replace(facts, folder=folder, digest=f"{facts.digest}-{day}")


def _needed(rows: pl.LazyFrame, file: str) -> pl.LazyFrame:
    """The rows of a table without what tells about people and is read by no indicator."""
    name = file.removesuffix(".parquet")
    if name in TABLES and TABLES[name].restricted:
        return rows.clear()
    emptied = [pl.lit(None, pl.String).alias(column) for column in PERSONAL.get(name, ())]
    return rows.with_columns(emptied)


def _left(rows: pl.LazyFrame, day: date) -> pl.LazyFrame:
    names = rows.collect_schema().names()
    if "known_on" not in names:
        return rows
    emptied = {c: pl.col(c) for c in FACT_DAYS if c in names}
    if "end_known_on" in names:
        emptied |= dict.fromkeys(("end_on", "end_known_on"), pl.col("end_known_on"))
    kept = [
        pl.when(known <= day).then(pl.col(one)).alias(one)
        for column, known in emptied.items()
        for one in (column, f"{column}_no")
        if one in names
    ]
    until = pl.when(pl.col("until") > day).then(pl.lit(FOREVER)).otherwise(pl.col("until"))
    rows = rows.filter(pl.col("known_on") <= day).with_columns(*kept, until=until)
    return (
        rows.with_columns(until_no=pl.col("until").cast(pl.Int32)) if "until_no" in names else rows
    )
