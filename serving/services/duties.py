"""Duty alerts of a day straight from facts: no model, nothing published."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from features.facts import Facts
from serving.scoring.identity import pupil_id
from serving.scoring.rules import Duty
from serving.services import rosters
from serving.services.exports import BOM, neutral
from serving.services.today import read_today
from serving.services.views import AlertView

COLUMNS = (
    "school_id", "class_id", "pupil_id", "student_id", "name", "code", "label", "text", "basis",
    "reference", "since", "due_on", "responsible", "listed",
)  # fmt: skip


def alerts_of(
    facts: Facts, as_of: date, duties: Mapping[str, Duty], *, pupil_key: str
) -> list[AlertView]:
    """Every duty alert of the day: listed ones first, then the earliest due, school by school.

    Empty where the batch says ``alerts = false``.
    """
    today = read_today(facts, as_of, duties)
    names = today.pupils.select("student_id", "name")
    rows = today.alerts.join(names, on="student_id", how="left").sort(
        "school_id", pl.col("listed").not_(), "due_on", "class_id", "student_id", "code",
        nulls_last=True,
    )  # fmt: skip
    return [
        rosters.alert(_with_id(row, facts.batch.area, pupil_key))
        for row in rows.iter_rows(named=True)
    ]


def _with_id(row: Mapping[str, Any], area: str, key: str) -> dict[str, Any]:
    student = row["student_id"]
    return {**row, "pupil_id": pupil_id(key, area, student) if student else ""}


def _row(alert: AlertView, lang: str) -> dict[str, Any]:
    own = {name: getattr(alert, name, None) for name in COLUMNS}
    own |= {"label": getattr(alert, f"label_{lang}"), "text": getattr(alert, lang)}
    return own


def alerts_csv(alerts: Sequence[AlertView], lang: str = "zh") -> bytes:
    """UTF-8 with a byte-order mark; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for alert in alerts:
        writer.writerow([_cell(value) for value in _row(alert, lang).values()])
    return (BOM + out.getvalue()).encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return neutral(value) if isinstance(value, str) else str(value.isoformat())


def alerts_json(alerts: Sequence[AlertView], lang: str = "zh") -> bytes:
    """A list of objects with the columns of the CSV."""
    said = [_row(alert, lang) for alert in alerts]
    return (
        json.dumps(said, ensure_ascii=False, indent=2, default=lambda d: d.isoformat()) + "\n"
    ).encode()
