"""Duty alerts of a day straight from facts: no model, nothing published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from features.facts import Facts
from serving.scoring.identity import pupil_id
from serving.scoring.rules import Duty
from serving.services import rosters
from serving.services.today import read_today
from serving.services.views import AlertView


def alerts_of(
    facts: Facts, as_of: date, duties: Mapping[str, Duty], *, pupil_key: str
) -> list[AlertView]:
    """Every duty alert of the day: listed ones first, then the earliest due, school by school.

    Empty where the batch says ``alerts = false``.
    """
    today = read_today(facts, as_of, duties)
    names = today.pupils.select("student_id", "name")
    classes = rosters.class_words(today.pupils)
    rows = today.alerts.join(names, on="student_id", how="left")
    rows = rows.join(classes, on=["school_id", "class_id"], how="left").sort(
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
