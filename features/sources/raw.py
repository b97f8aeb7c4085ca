"""What a reader hands over: cells as written, with the row numbers a person sees. Never more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import polars as pl

Positions = np.ndarray[Any, np.dtype[np.int64]]
#: Rows of typed columns that are read at a time.
PIECE = 1 << 20


class Unreadable(Exception):
    """A file that cannot be read as a table: the rule it breaks and the row where it was seen."""

    def __init__(self, rule: str, row: int | None = None) -> None:
        """``row`` counts the header as row 1."""
        super().__init__(rule)
        self.rule = rule
        self.row = row


class Turns(Protocol):
    """Rows that are read some at a time, from each of ``starts`` on; columns are named '0', '1', ..."""

    @property
    def height(self) -> int:
        """How many rows there are."""

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        """The columns' types."""

    @property
    def starts(self) -> Sequence[int]:
        """Where a reading begins, ascending."""

    def read(self, start: int, columns: Sequence[str]) -> pl.DataFrame:
        """The rows from ``start`` up to the next one."""

    def span(self, column: str) -> pl.Series:
        """The least and the largest value of a column of days."""


class Columns:
    """Typed columns, in memory or yet unread."""

    def __init__(self, cells: pl.LazyFrame) -> None:
        """Nothing is read yet but their names."""
        self.cells, self.schema = cells, dict(cells.collect_schema())

    @cached_property
    def height(self) -> int:
        """How many rows there are."""
        count: int = self.cells.select(pl.len()).collect().item()
        return count

    @property
    def starts(self) -> Sequence[int]:
        """Every so many rows."""
        return range(0, self.height, PIECE)

    def read(self, start: int, columns: Sequence[str]) -> pl.DataFrame:
        """The rows from ``start`` up to the next one."""
        return self.cells.select(columns).slice(start, PIECE).collect()

    def span(self, column: str) -> pl.Series:
        """The least and the largest value of a column of days."""
        ends = self.cells.select(low=pl.col(column).min(), high=pl.col(column).max()).collect()
        return ends["low"].append(ends["high"])


@dataclass(frozen=True)
class Raw:
    """One file's cells.

    ``headers`` as written, in order, doubles included; ``cells`` have one column per header named
    '0', '1', ... (text, or the types of a Parquet file), read or yet unread. ``gaps``: before which of
    them records were left out (blank, torn), an entry each; None where none was. ``ragged`` are rows whose
    number of fields differs from the header's: (row, fields); they are not in ``cells``. ``further`` names
    sheets that were not read.
    """

    headers: tuple[str, ...]
    cells: pl.DataFrame | pl.LazyFrame | Turns
    gaps: Positions | None = None
    ragged: tuple[tuple[int, int], ...] = ()
    further: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """All cells in memory; raises ``Unreadable``."""
        if isinstance(self.cells, pl.DataFrame):
            return self.cells
        if not isinstance(self.cells, pl.LazyFrame):
            return together(self.cells)
        try:
            return self.cells.collect()
        except (pl.exceptions.PolarsError, OSError):
            raise Unreadable("broken_parquet") from None

    @cached_property
    def turns(self) -> Turns:
        """The cells, read as they are asked for."""
        held = isinstance(self.cells, pl.DataFrame | pl.LazyFrame)
        return Columns(self.cells.lazy()) if held else self.cells  # type: ignore[union-attr,return-value]

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.turns.height

    @property
    def rows(self) -> pl.Series | None:
        """The row numbers in the file (header = row 1), or None where they are simply 2, 3, ..."""
        if self.gaps is None:
            return None
        return pl.Series(row_numbers(np.arange(self.height), self.gaps), dtype=pl.UInt32)


def row_numbers(index: Positions, gaps: Positions | None) -> Positions:
    """Positions among the rows read -> row numbers as a person sees them in the file (the header is row 1)."""
    passed = 0 if gaps is None else np.searchsorted(gaps, index, side="right")
    return index + 2 + passed


def together(turns: Turns) -> pl.DataFrame:
    """All rows at once."""
    read = [turns.read(start, list(turns.schema)) for start in turns.starts]
    return pl.concat(read, rechunk=True) if read else pl.DataFrame(schema=dict(turns.schema))
