"""The extract's tables as known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

#: Table -> columns read; the first few, ``KEYS`` many, say which rows are the same fact.
TABLES = {
    "enrolments": ["student_id", "school_id", "start_on", "grade", "class_id", "end_on",
                   "end_known_on", "boarding"],
    "students": ["student_id", "name", "birth_date", "distance_km"],
    "attendance": ["student_id", "date", "session", "status"],
    "roll_calls": ["school_id", "class_id", "date", "session"],
    "grades": ["student_id", "term", "exam", "subject", "happened_on", "score", "full_score", "level"],
    "poverty": ["student_id", "category", "start_on", "end_on", "end_known_on", "risk_status"],
    "left_behind": ["student_id", "standard", "kind", "start_on", "end_on", "end_known_on", "carer"],
    "disability": ["student_id", "category", "start_on", "end_on", "end_known_on", "level"],
    "aid": ["student_id", "programme", "term", "status"],
    "status_changes": ["student_id", "happened_on", "kind"],
    "term_registration": ["student_id", "term", "status", "happened_on"],
    "calendar": ["date", "county_code", "school_id", "grade", "class_id", "term", "is_school_day"],
    "student_aliases": ["old_student_id", "student_id"],
}  # fmt: skip
KEYS = {
    "enrolments": 3, "students": 1, "attendance": 3, "roll_calls": 4, "grades": 4, "poverty": 3,
    "left_behind": 4, "disability": 3, "aid": 3, "status_changes": 3, "term_registration": 2,
    "calendar": 5, "student_aliases": 1,
}  # fmt: skip
#: Fields that are told by their own row only where they have become known.
_UNDATED = ("students", "calendar")


@dataclass(frozen=True)
class Extract:
    """The tables as known on a day."""

    day: pd.Timestamp
    tables: dict[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]


def read(folder: Path, day: pd.Timestamp) -> Extract:
    """Every table, each fact once: the newest row known on the day, taken-back facts left out."""
    tables = {name: _known(folder, name, day) for name in TABLES}
    renamed = tables["student_aliases"].set_index("old_student_id")["student_id"]
    for name, table in tables.items():
        if "student_id" in table and name != "student_aliases" and len(renamed):
            old = table["student_id"].isin(renamed.index)
            table.loc[old, "student_id"] = table.loc[old, "student_id"].map(renamed)
    return Extract(day, tables)


def _known(folder: Path, name: str, day: pd.Timestamp) -> pd.DataFrame:
    columns = TABLES[name]
    if name in _UNDATED:
        return pd.read_parquet(folder / f"{name}.parquet", columns=columns).pipe(_dated)
    table = pd.read_parquet(folder / f"{name}.parquet", columns=[*columns, "known_on", "void"])
    table = _dated(table)
    table = table[table["known_on"] <= day].sort_values("known_on", kind="stable")
    table = table.drop_duplicates(columns[: KEYS[name]], keep="last")
    table = table[table["void"] != 1].drop(columns=["void", "known_on"])
    if "end_known_on" in table:
        table.loc[table["end_known_on"] > day, "end_on"] = pd.NaT
    return table


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    for column in table:
        if str(column).endswith("_on") or column in ("date", "birth_date"):
            table[column] = pd.to_datetime(table[column])
    return table
