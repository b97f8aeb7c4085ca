"""Duty alerts (必查提醒): one file each, found by folder; listed whatever the model says.

A file holds ``CODES`` (what it may say, each with its texts in ``rules/alerts.toml``) and
``alerts(day) -> frame`` with the columns of ``day.FOUND``. A file of one code leaves ``words`` to
name a variant of the sentence (``zh_often``); a file of several puts the code there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import date
from types import ModuleType
from typing import Any

import polars as pl

from features.sentence import render
from serving.scoring.alerts.day import FOUND, AlertDay
from serving.scoring.rules import Duty

#: Rooms of this folder that hold no alert.
_NOT_ALERTS = ("day", "workdays")
COLUMNS: dict[str, pl.DataType] = {
    "code": pl.String(),
    **{k: v for k, v in FOUND.items() if k not in {"until", "n", "m", "month", "words", "rule"}},
    "basis": pl.String(),
    "reference": pl.String(),
    "label_zh": pl.String(),
    "label_en": pl.String(),
    "zh": pl.String(),
    "en": pl.String(),
}


def rooms() -> list[ModuleType]:
    """Every alert file of the folder, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_ALERTS)
    return [importlib.import_module(f"{__name__}.{name}") for name in names]


def duty_alerts(day: AlertDay) -> pl.DataFrame:
    """Every alert of the day, worded: the columns of ``COLUMNS``.

    Sorted by school, class, pupil, code. Pupils appear once a code; alerts about a class have an
    empty ``student_id``.
    """
    every = [_coded(room, room.alerts(day)) for room in rooms()]
    rows = pl.concat(every).sort("school_id", "class_id", "student_id", "code", "since")
    rows = rows.unique(
        ["code", "student_id", "school_id", "class_id"], keep="first", maintain_order=True
    )
    return worded(rows, day.duties, day.as_of)


def _coded(room: ModuleType, rows: pl.DataFrame) -> pl.DataFrame:
    if len(room.CODES) == 1:
        return rows.with_columns(pl.lit(room.CODES[0]).alias("code"))
    return rows.with_columns(pl.col("words").alias("code"), pl.lit("").alias("words"))


def worded(rows: pl.DataFrame, duties: Mapping[str, Duty], as_of: date) -> pl.DataFrame:
    """Add the texts, basis and who answers of each alert's rule."""
    said = [_said(duties[row["code"]], row, as_of) for row in rows.iter_rows(named=True)]
    texts = pl.DataFrame(
        said,
        schema={c: pl.String() for c in ("responsible", *list(COLUMNS)[-6:])},
    )
    kept = rows.select(c for c in rows.columns if c in COLUMNS and c != "responsible")
    return kept.hstack(texts).select(pl.col(c).cast(t) for c, t in COLUMNS.items())


def _said(duty: Duty, row: Mapping[str, Any], as_of: date) -> dict[str, str]:
    source = duty.at(row["rule"], as_of) if row["rule"] else duty
    variant = f"_{row['words']}" if row["words"] else ""
    return {
        "responsible": row["responsible"] or duty.responsible,
        "basis": source.basis,
        "reference": source.reference,
        "label_zh": duty.label_zh,
        "label_en": duty.label_en,
        "zh": render(duty.words.get(f"zh{variant}", duty.zh), row, "zh", near=as_of),
        "en": render(duty.words.get(f"en{variant}", duty.en), row, "en", near=as_of),
    }
