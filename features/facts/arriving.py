"""The rows of a big table as they arrive: narrow, and by the part of the store they belong to.

An extract accepted in parts lies in the order of the store's own parts: it is read one after the other,
texts as places in the dictionary they are stored with. Others come in whatever order: read once, and kept
beside where they are many.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.facts.marks_code import marks_by_place
from features.facts.numbers import Numbers
from features.facts.parts import Parted
from features.tables import polars_schema

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: Rows read at a time of a table in no order: eight row groups of an extract.
CHUNK = 8 * 262_144


@dataclass
class Arrived:
    """All rows that have come for one part, narrow; pieces of them may lie on the disk."""

    part: str
    pieces: list[pl.DataFrame | Path]

    def rows(self) -> pl.DataFrame:
        """The pieces together."""
        frames = [pl.read_ipc(p) if isinstance(p, Path) else p for p in self.pieces]
        return pl.concat(frames)


def arriving(
    rows: pl.LazyFrame, file: Path | None, parted: Parted, numbers: Numbers, *, aside: Path
) -> Iterator[Arrived]:
    """Every part that ``rows`` speak of, once.

    ``file``: where they lie, if in one file. ``aside``: a folder that is emptied by whoever gave it.
    """
    laid = None if file is None else _laid(file, parted)
    if laid is None:
        yield from _scattered(rows, parted, numbers, aside)
        return
    reader = _Reader(laid[0], parted, numbers)
    for groups in laid[1]:
        for part, piece in parted.places(reader.read(groups)).items():
            yield Arrived(part, [piece])


def _scattered(
    rows: pl.LazyFrame, parted: Parted, numbers: Numbers, aside: Path
) -> Iterator[Arrived]:
    height = rows.select(pl.len()).collect().item()
    found: dict[str, Arrived] = {}
    for start in range(0, height, CHUNK):
        chunk = parted.narrow(rows.slice(start, CHUNK).collect(), numbers)
        for part, piece in parted.places(chunk).items():
            kept: pl.DataFrame | Path = piece
            if height > CHUNK:
                kept = aside / f"{parted.name}.{part}.{start}.arrow"
                piece.write_ipc(kept, compression="lz4")
            found.setdefault(part, Arrived(part, [])).pieces.append(kept)
    yield from found.values()


def _laid(file: Path, parted: Parted) -> tuple[pq.ParquetFile, list[list[int]]] | None:
    """The file's row groups by part of the store, where each belongs to one alone; else None."""
    import pyarrow.parquet as pq

    texts = [name for name, kind in polars_schema(parted.name).items() if kind == pl.String]
    opened = pq.ParquetFile(file, read_dictionary=texts)
    if opened.metadata.num_rows <= CHUNK:
        return None
    by: list[list[int]] = []
    last: object = None
    seen = set()
    for n in range(opened.metadata.num_row_groups):
        place = _place(opened.metadata.row_group(n), parted)
        if place is None or (place != last and place in seen):
            return None
        if place != last:
            by.append([])
        by[-1].append(n)
        last = place
        seen.add(place)
    return opened, by


def _place(group: pq.RowGroupMetaData, parted: Parted) -> tuple[object, ...] | None:
    """What a row group's rows have in common that tells their part; None where that is not one thing."""
    stored = {group.column(n).path_in_schema: n for n in range(group.num_columns)}
    place: list[object] = []
    for name in parted.by or (parted.clock,):
        told = group.column(stored[name]).statistics
        if told is None or not told.has_min_max or told.null_count:
            return None
        low, high = (_week(day) if isinstance(day, date) else day for day in (told.min, told.max))
        if low != high:
            return None
        place.append(low)
    return tuple(place)


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


class _Reader:
    """Reads row groups with texts as places: what is asked of a text is asked once of each distinct one."""

    def __init__(self, file: pq.ParquetFile, parted: Parted, numbers: Numbers) -> None:
        self.file, self.parted, self.numbers = file, parted, numbers
        self._ids = pl.Series([], dtype=pl.String)
        self._numbers = pl.Series([], dtype=pl.UInt32)

    def read(self, groups: Iterable[int]) -> pl.DataFrame:
        """The rows of these groups, narrow."""
        return pl.concat([self._narrow(n) for n in groups])

    def _narrow(self, group: int) -> pl.DataFrame:
        rows = self.file.read_row_group(group)
        columns = {name: rows.column(name).combine_chunks() for name in rows.column_names}
        coded: dict[str, pl.Series] = {}
        if self.parted.people:
            coded["pupil_no"] = self._numbered(*_places(columns.pop("student_id")))
        if self.parted.marks:
            status, session = (_places(columns.pop(name)) for name in ("status", "session"))
            coded["mark"] = marks_by_place(status, session)
        for name, column in columns.items():
            found = pl.from_arrow(column)
            assert isinstance(found, pl.Series)
            coded[name] = found.cast(polars_schema(self.parted.name)[name])
        names = [n for n in self.parted.narrow_columns if n not in {"vanished", "until"}]
        return pl.DataFrame([coded[name].alias(name) for name in names])

    def _numbered(self, places: pl.Series, ids: pl.Series) -> pl.Series:
        if not ids.equals(self._ids):
            self._ids, self._numbers = ids, self.numbers.of(ids)
        found = self._numbers.gather(places)
        if found.has_nulls():
            strange = ids.gather(places.filter(found.is_null()).unique())
            self.numbers.add(strange)
            self._numbers = self.numbers.of(ids)
            found = self._numbers.gather(places)
        return found


def _places(column: object) -> tuple[pl.Series, pl.Series]:
    """Of a column of a dictionary: each row's place, and the texts by place."""
    places, texts = pl.Series(column.indices), pl.Series(column.dictionary)  # type: ignore[attr-defined]
    return places.cast(pl.UInt32), texts.cast(pl.String)
