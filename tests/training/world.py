"""A small extract on disk: pupils who come to school, and some who come less and less and leave."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.batch import Batch
from features.tables import polars_schema

FIRST, WEEKS = date(2025, 9, 1), 30
DAYS = [d for n in range(7 * WEEKS) if (d := FIRST + timedelta(days=n)).weekday() < 5]
UNTIL = DAYS[-1]
SCHOOLS = ("A", "B", "C")


def pupil(n: int) -> str:
    return f"{SCHOOLS[n % 3]}{n:03d}"


def leaving(n: int, leavers: int) -> date | None:
    """The day on which pupil ``n`` leaves: the first ``leavers`` do, spread over the year."""
    if n >= leavers:
        return None
    return DAYS[25 + (n * 7) % (len(DAYS) - 30)]


def marks(n: int, left: date | None, drawn: np.random.Generator) -> list[dict[str, Any]]:
    """Daily marks; absence grows in the three weeks before leaving."""
    told = []
    for day in DAYS:
        if left is not None and day > left:
            break
        near = left is not None and (left - day).days < 21
        absent = drawn.uniform() < (0.5 if near else 0.05)
        told.append(
            {
                "student_id": pupil(n),
                "date": day,
                "session": "day",
                "status": "absent" if absent else "present",
            }
        )
    return told


def tables(pupils: int, leavers: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table of the extract."""
    drawn = np.random.default_rng(5)
    gone = {n: leaving(n, leavers) for n in range(pupils)}
    return {
        "schools": [{"school_id": s, "name": s, "stage": "junior", "county_code": "000000"} for s in SCHOOLS],
        "classes": [{"school_id": s, "class_id": "1", "school_year": "2025", "grade": "7"} for s in SCHOOLS],
        "students": [{"student_id": pupil(n), "name": "-", "birth_date": date(2013, 1, 1)} for n in gone],
        "enrolments": [
            {"student_id": pupil(n), "school_id": SCHOOLS[n % 3], "start_on": FIRST, "grade": "7", "class_id": "1", "end_on": day, "known_on": FIRST}
            for n, day in gone.items()
        ],
        "status_changes": [
            {"student_id": pupil(n), "happened_on": day, "kind": "dropped_out", "known_on": day} for n, day in gone.items() if day
        ],
        "attendance": [row for n, day in gone.items() for row in marks(n, day, drawn)],
        "calendar": [{"date": d, "term": "2025-2026-1", "is_school_day": 1} for d in DAYS],
    }  # fmt: skip


def write(
    folder: Path, *, pupils: int = 150, leavers: int = 60, area: str = "small", **batch: Any
) -> Path:
    """Write the extract and return its folder."""
    folder.mkdir(parents=True)
    for name, rows in tables(pupils, leavers).items():
        if not rows:
            continue
        schema = polars_schema(name)
        wide = pl.DataFrame(rows, schema={k: v for k, v in schema.items() if k in rows[0]})
        wide.write_parquet(folder / f"{name}.parquet")
    said = {
        "area": area,
        "received_on": UNTIL,
        "id_scheme": "any",
        "population": "any",
        "outcome": ("dropped_out",),
        "alerts": False,
        "lag_days": {"grades": 0},
    }
    Batch(**said | batch).write(folder)
    return folder
