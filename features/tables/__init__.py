"""The contract's tables: names, keys, columns, types, codes, headers. Nothing is checked here."""

from __future__ import annotations

import polars as pl

from features.tables import people, registers, schooling
from features.tables.codes import NEVER_IMPORTED
from features.tables.column import Column, Table

__all__ = ["NEVER_IMPORTED", "RESTRICTED_COLUMNS", "TABLES", "Column", "Table", "polars_schema"]

_ALL = (*people.TABLES, *schooling.TABLES, *registers.TABLES)

#: Every table of the contract by its English name.
TABLES: dict[str, Table] = {table.name: table for table in _ALL}

#: Never a model input, whatever a configuration says.
RESTRICTED_COLUMNS = frozenset(
    name for name in TABLES["students_restricted"].names if name != "student_id"
)

_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "date": pl.Date(),
    "int": pl.Int32(),
    "float": pl.Float64(),
    "flag": pl.Int8(),
}


def polars_schema(name: str) -> dict[str, pl.DataType]:
    """Column -> polars type of the table ``name``, in contract order; ``KeyError`` if unknown.

    Dated tables end with ``known_on`` (Date) and ``void`` (Int8).
    """
    return {column.name: _TYPES[column.type] for column in TABLES[name].columns}
