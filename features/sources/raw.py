"""What a reader hands over: cells as written, with the row numbers a person sees. Never more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl


class Unreadable(Exception):
    """A file that cannot be read as a table: the rule it breaks and the row where it was seen."""

    def __init__(self, rule: str, row: int | None = None) -> None:
        """``row`` counts the header as row 1."""
        super().__init__(rule)
        self.rule = rule
        self.row = row


@dataclass(frozen=True)
class Raw:
    """One file's cells.

    ``headers`` as written, in order, doubles included; ``cells`` have one column per header named
    '0', '1', ... (text, or the types of a Parquet file), read or yet unread. ``rows`` are the row numbers
    in the file (header = row 1), or None where they are simply 2, 3, ... ``ragged`` are rows whose number
    of fields differs from the header's: (row, fields); they are not in ``cells``. ``further`` names
    sheets that were not read.
    """

    headers: tuple[str, ...]
    cells: pl.DataFrame | pl.LazyFrame
    rows: pl.Series | None = None
    ragged: tuple[tuple[int, int], ...] = ()
    further: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """All cells in memory; raises ``Unreadable``."""
        if isinstance(self.cells, pl.DataFrame):
            return self.cells
        try:
            return self.cells.collect()
        except (pl.exceptions.PolarsError, OSError):
            raise Unreadable("broken_parquet") from None

    @property
    def lazy(self) -> pl.LazyFrame:
        """The cells, read as they are asked for."""
        return self.cells.lazy()

    @cached_property
    def height(self) -> int:
        """How many rows there are."""
        if isinstance(self.cells, pl.DataFrame):
            return self.cells.height
        count: int = self.cells.select(pl.len()).collect().item()
        return count
