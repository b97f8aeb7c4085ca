"""A table too large to hold: read once, a piece at a time, and laid aside in parts that each hold all rows of
their keys.

A column's texts are turned into places in a dictionary that grows as the file is read; rows keep the places,
so whatever is asked of a text is asked once of each distinct one. Days that come as days stay days. The parts
are calendar weeks where the key has a day, else what the key says beside the pupil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock

import numpy as np
import polars as pl

from features.batch import Batch
from features.check.intake import Reading, as_text, within_years
from features.check.sheet import Codes, Words
from features.sources import Turns
from features.sources.turns import in_turn
from features.tables import Table

#: What tells one part from another, in the order in which they are gone through.
Label = tuple[str, ...]
#: A part's rows of one piece are kept in memory where they are so few: a file is not worth it.
FEW = 1 << 12
#: Position of a row in its file, beside its columns.
ROW = "_row"
#: The Monday before the first day of 1970, in days since then; and weeks added so that none is below 0.
MONDAY, FAR = -3, 100_000
_NOBODY: Label = ()


@dataclass
class Scattered:
    """The table in parts.

    ``words`` are the dictionaries of its columns, ``days`` the columns that came as days, ``latest`` the
    last day of each that has one. A part is a list
    of pieces in the order of the file: position in the file, places or days of each column.
    """

    height: int
    words: dict[str, Words]
    days: frozenset[str]
    latest: dict[str, date] = field(default_factory=dict)
    parts: dict[Label, list[tuple[int, pl.DataFrame | Path]]] = field(default_factory=dict)

    def labels(self) -> list[Label]:
        """The parts' labels in order."""
        return sorted(self.parts)

    def part(self, label: Label) -> pl.DataFrame:
        """All rows of a part in the order of the file."""
        pieces = [piece for _, piece in sorted(self.parts[label], key=lambda pair: pair[0])]
        frames = [pl.read_ipc(p) if isinstance(p, Path) else p for p in pieces]
        return pl.concat(frames, how="vertical_relaxed")


def scatter(
    table: Table, batch: Batch, rows: Turns, columns: Mapping[str, str], *, room: Path
) -> Scattered:
    """The rows of ``table`` in parts, kept in ``room`` until they are asked for.

    ``columns``: the name in a file's ``rows`` of each of the contract's. Raises ``Unreadable``,
    ``polars.exceptions.PolarsError`` and ``OSError`` where the file cannot be read.
    """
    return _Scattering(table, batch, rows, columns, room=room).run()


class _Scattering:
    def __init__(
        self, table: Table, batch: Batch, rows: Turns, columns: Mapping[str, str], *, room: Path
    ) -> None:
        self.table, self.batch, self.rows, self.room = table, batch, rows, room
        self.columns = columns
        self.latest: dict[str, date] = {}
        days = frozenset(
            n for n, c in columns.items() if rows.schema[c] == pl.Date and self._days(n)
        )
        words = {name: Words() for name in columns if name not in days}
        self.done = Scattered(rows.height, words, days, self.latest)
        self.by = _split_by(table)
        self.lock = Lock()

    def _days(self, name: str) -> bool:
        """True where all of a column of days may be read as days."""
        span = self.rows.span(self.columns[name])
        first, last = span.dt.year()
        found = self.table.column(name).type == "date" and within_years(first, last)
        if found and last is not None:
            self.latest[name] = span[1]
        return found

    def run(self) -> Scattered:
        for start, found in in_turn(self._piece, self.rows.starts):
            for label, piece in found.items():
                self.done.parts.setdefault(label, []).append((start, piece))
        return self.done

    def _piece(self, start: int) -> tuple[int, dict[Label, pl.DataFrame | Path]]:
        rows = self.rows.read(start, list(self.columns.values()))
        laid = {name: self._laid(name, rows[column]) for name, column in self.columns.items()}
        laid[ROW] = pl.Series(np.arange(start, start + len(rows), dtype=np.uint32))
        places, labels = self._labelled(laid, len(rows))
        frame = pl.DataFrame(laid)
        if len(labels) == 1:
            return start, {labels[0]: self._kept(frame, f"{start}.0")}
        frame = frame[np.argsort(places, kind="stable")]
        ends = np.cumsum(np.bincount(places, minlength=len(labels))).tolist()
        firsts = [0, *ends[:-1]]
        return start, {
            label: self._kept(frame.slice(first, end - first), f"{start}.{first}")
            for label, first, end in zip(labels, firsts, ends, strict=True)
        }

    def _laid(self, name: str, series: pl.Series) -> pl.Series:
        """Days as days, texts as places, in as few bytes as they need."""
        if name in self.done.days:
            return series
        words = self.done.words[name]
        if name not in self.by:
            return _short(words.codes(as_text(series)))
        with self.lock:  # these words are read below: none may be half met
            return _short(words.codes(as_text(series)))

    def _labelled(self, laid: dict[str, pl.Series], height: int) -> tuple[Codes, list[Label]]:
        """The number of each row's part within the piece, and the parts' labels."""
        places, labels = np.zeros(height, np.int32), [_NOBODY]
        for name in self.by:
            if name in laid:
                codes, words = self._said(name, laid[name])
                together = places * np.int32(len(words)) + codes
                there, places = _dense(together, len(labels) * len(words))
                labels = [(*labels[n // len(words)], words[n % len(words)]) for n in there]
        return places.astype(np.uint16) if len(labels) < 1 << 16 else places, labels

    def _said(self, name: str, series: pl.Series) -> tuple[Codes, list[str]]:
        """What each row says in a column that parts are told by: a place in a list of words."""
        if name in self.done.days:
            return _weeks(series)
        with self.lock:
            texts = self.done.words[name].texts()
        reading = Reading(self.table, self.batch, len(texts), distinct=True)
        reading.read(self.table.column(name), texts)
        values = reading.columns[name]
        codes, words = _weeks(values) if values.dtype == pl.Date else _as_read(values)
        return codes[series.to_numpy()], words

    def _kept(self, piece: pl.DataFrame, place: str) -> pl.DataFrame | Path:
        if len(piece) <= FEW:
            return piece[np.arange(len(piece))]  # a slice would hold all that it was cut from
        path = self.room / f"{self.table.name}.{place}.arrow"
        piece.write_ipc(path, compression="lz4")
        return path


def _split_by(table: Table) -> tuple[str, ...]:
    """The columns whose values tell parts: the day, else what of the key names no person or place."""
    if table.clock in table.key:
        return (table.clock,)
    return tuple(name for name in table.key if not table.column(name).refers)


def _short(codes: Codes) -> pl.Series:
    most = int(codes.max()) if len(codes) else 0
    kind = np.uint8 if most < 1 << 8 else np.uint16 if most < 1 << 16 else np.uint32
    return pl.Series(codes.astype(kind))


def _dense(numbers: Codes, room: int) -> tuple[list[int], Codes]:
    """The numbers that occur, ascending, and each one's place among them; all are below ``room``."""
    there = np.flatnonzero(np.bincount(numbers, minlength=room))
    places = np.zeros(room, np.int32)
    places[there] = np.arange(len(there))
    return there.tolist(), places[numbers]


def _weeks(days: pl.Series) -> tuple[Codes, list[str]]:
    """Each day's week as a place in a list of words that sort as weeks do, none first."""
    weeks = (days.to_physical() - MONDAY) // 7
    low, high = weeks.min(), weeks.max()
    if low is None:
        return np.zeros(len(days), np.int32), [""]
    codes = (weeks - low + 1).fill_null(0).cast(pl.Int32).to_numpy()
    return codes, ["", *(f"{week + FAR:06d}" for week in range(low, high + 1))]  # type: ignore[operator,arg-type]


def _as_read(values: pl.Series) -> tuple[Codes, list[str]]:
    """Each value as a place in a list of distinct ones."""
    kind = pl.Enum(values.drop_nulls().unique().sort())
    codes = (values.cast(kind).to_physical().cast(pl.Int32) + 1).fill_null(0).to_numpy()
    return codes, ["", *kind.categories]
