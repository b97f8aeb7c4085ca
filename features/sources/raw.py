"""What a reader hands over: cells as written, with the row numbers a person sees. Never more."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Raw:
    """One file's cells.

    ``headers`` as written, in order, doubles included; ``frame`` has one column per header named
    '0', '1', ... (text, or the types of a Parquet file). ``rows`` are the row numbers in the file
    (header = row 1), or None where they are simply 2, 3, ... ``ragged`` are rows whose number of
    fields differs from the header's: (row, fields); they are not in ``frame``. ``further`` names
    sheets that were not read.
    """

    headers: tuple[str, ...]
    frame: pl.DataFrame
    rows: pl.Series | None = None
    ragged: tuple[tuple[int, int], ...] = ()
    further: tuple[str, ...] = ()


class Unreadable(Exception):
    """A file that cannot be read as a table: the rule it breaks and the row where it was seen."""

    def __init__(self, rule: str, row: int | None = None) -> None:
        """``row`` counts the header as row 1."""
        super().__init__(rule)
        self.rule = rule
        self.row = row
