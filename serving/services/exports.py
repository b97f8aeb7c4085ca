"""A school's week as a table: the columns of a list, made from what one actor may see."""

from __future__ import annotations

from typing import Any

import polars as pl

from serving.documents.tables import csv_bytes, xlsx_bytes
from serving.scoring.columns import LIST, NUMBERS, TOP, shaped
from serving.services.views import DISCLAIMERS_ZH, PupilWeek, ReasonView, SchoolWeek

COLUMNS = {name: kind for name, kind in LIST.items() if name not in NUMBERS}


class WeekExports:
    """Fulfils ``web.doors.Exports``; the week is already cut to the actor and masked."""

    def csv(self, week: SchoolWeek) -> bytes:
        """UTF-8 with a byte-order mark; nothing a spreadsheet would run."""
        return csv_bytes(table(week))

    def xlsx(self, week: SchoolWeek) -> bytes:
        """A workbook with the list and the disclaimers."""
        notes = {
            "list_id": week.head.list_id,
            "as_of": week.head.as_of.isoformat(),
            "model": week.head.model,
            "说明": DISCLAIMERS_ZH["lead"],
            "转发": DISCLAIMERS_ZH["share"],
        }
        if week.head.synthetic:
            notes["数据"] = DISCLAIMERS_ZH["synthetic"]
        return xlsx_bytes(table(week), sheet=week.head.week, notes=notes)


def table(week: SchoolWeek) -> pl.DataFrame:
    """One row a pupil listed or left, in the order of the list; bare contributions left out."""
    rows = [_row(week, pupil) for pupil in (*week.rows, *week.left)]
    return shaped(pl.DataFrame(rows, schema_overrides=COLUMNS) if rows else pl.DataFrame(), COLUMNS)


def _row(week: SchoolWeek, pupil: PupilWeek) -> dict[str, Any]:
    head = week.head
    taken = {name: getattr(pupil, name) for name in COLUMNS if hasattr(pupil, name)}
    return {
        **taken,
        "list_id": head.list_id,
        "week": head.week,
        "as_of": head.as_of,
        "grade": None if pupil.grade is None else str(pupil.grade),
        "alerts": "；".join(alert.zh for alert in pupil.alerts),
        "alert_basis": "；".join(alert.basis for alert in pupil.alerts),
        **_reasons(pupil.reasons),
        "model_version": head.model,
        "retrospective": head.retrospective,
    }


def _reasons(reasons: tuple[ReasonView, ...]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for place in TOP:
        one = reasons[place - 1] if place <= len(reasons) else None
        said[f"reason_{place}"] = one.zh if one else None
        said[f"reason_{place}_code"] = one.code if one else None
        said[f"changeable_{place}"] = one.changeable if one else None
    return said
