"""A table too large to hold, checked part by part: the same rules, the same rows named, the same rows kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from features.batch import Batch
from features.check import settle
from features.check.digest import Sums, Words, table_words, text_words, together
from features.check.hits import Hits
from features.check.intake import Reading, breach
from features.check.judge import Judged, values
from features.check.keeping import Keeper
from features.check.scatter import ROW, Label, Scattered
from features.check.settle import Tally
from features.check.sheet import Encoded, Sheet
from features.sources.raw import Positions, row_numbers
from features.sources.turns import in_turn
from features.tables import Column, Table, polars_schema

#: Puts the rules about rows to a sheet.
Judge = Callable[[Sheet], Iterator[Judged]]
#: A part that was judged: what was found, its good rows with their dictionaries, the count, the digest's sums.
Part = tuple[list[Judged], pl.DataFrame, dict[str, Encoded], Tally, Sums]


@dataclass
class _Read:
    """A column as its distinct texts were read: rows point at them."""

    column: Column
    values: pl.Series
    entry: Encoded | None
    unreadable: np.ndarray | None
    found: list[tuple[str, np.ndarray, Encoded]]


@dataclass
class Outcome:
    """What came of a big table: findings with rows of the whole file, counts, the sums of its digest."""

    tally: Tally
    hits: list[Judged]
    sums: Sums


@dataclass
class BigTable:
    """A table laid in parts, and how its columns were read."""

    table: Table
    file: str
    headers: dict[str, str]
    gaps: Positions | None
    parts: Scattered
    _reads: dict[str, _Read] = field(default_factory=dict)
    _words: dict[str, Words] = field(default_factory=dict)

    def read(self, batch: Batch) -> None:
        """Read every column's distinct texts."""
        for column in self.table.columns:
            if column.name not in self.parts.days:
                read = self._reads[column.name] = self._read(column, batch)
                if read.entry is not None:
                    self._words[column.name] = text_words(read.entry.values)

    def _read(self, column: Column, batch: Batch) -> _Read:
        words = self.parts.words.get(column.name)
        texts = pl.Series([None], dtype=pl.String) if words is None else words.texts()
        reading = Reading(self.table, batch, len(texts), distinct=True)
        reading.read(column, texts)
        entry = reading.encoded.get(column.name)
        found = [(rule, mask, met) for rule, _, mask, met in reading.found]
        return _Read(
            column, reading.columns[column.name], None if entry is None else _sorted(entry),
            reading.unreadable.get(column.name), found,
        )  # fmt: skip

    def latest(self) -> date | None:
        """The latest day on which anything in the table was so or became known."""
        names = [n for n in (*self.table.own_days, "known_on") if n in self.table.names]
        days = [
            self.parts.latest.get(n) if n in self.parts.days else self._reads[n].values.max()
            for n in names
        ]
        return max((day for day in days if isinstance(day, date)), default=None)

    def row_numbers(self, index: np.ndarray) -> np.ndarray:
        """Positions -> row numbers as a person sees them in the file (the header is row 1)."""
        return row_numbers(index, self.gaps)

    def run(self, judge: Judge, keeper: Keeper | None, ragged: int) -> Outcome:
        """Judge every part, and hand the rows that are good to ``keeper``."""
        hits: dict[tuple[object, ...], list[Judged]] = {}
        tallies, sums = [Tally(self.table.name, self.file, ragged, ragged, 0, 0, 0)], []
        for found, frame, encoded, tally, words in self._parts(judge):
            for order, rule, one in found:
                place = (order, rule, one.column, repr(one.words))
                hits.setdefault(place, []).append((order, rule, one))
            tallies.append(tally)
            sums.append(words)
            if keeper is not None:
                keeper.add(frame, encoded)
        merged = [(some[0][0], some[0][1], _one([h for _, _, h in some])) for some in hits.values()]
        return Outcome(_total(tallies), merged, together(sums))

    def _parts(self, judge: Judge) -> Iterator[Part]:
        """The parts in order, some of them at the same time."""
        return in_turn(partial(self._part, judge=judge), self.parts.labels())

    def _part(self, label: Label, judge: Judge) -> Part:
        sheet, rows, breaches = self._sheet(self.parts.part(label))
        found = [*values(sheet, breaches), *judge(sheet)]
        frame, encoded, tally = settle.settle(sheet, 0, texts=False)
        words = table_words(self.table.names, frame, encoded, self._words)
        said = [(order, rule, _moved(hits, rows)) for order, rule, hits in found]
        return said, frame, encoded, tally, words

    def _sheet(self, part: pl.DataFrame) -> tuple[Sheet, np.ndarray, list[tuple[str, Hits]]]:
        """The part as a sheet, its rows' positions in the file, and what is wrong with single values."""
        columns: dict[str, pl.Series] = {}
        encoded: dict[str, Encoded] = {}
        unreadable: dict[str, np.ndarray] = {}
        wrong: list[tuple[str, Column, np.ndarray, Encoded]] = []
        for name in self.table.names:
            if name in self.parts.days:
                columns[name] = part[name]
                continue
            read = self._reads[name]
            at = part[name].to_numpy() if name in part.columns else np.zeros(len(part), np.uint8)
            columns[name] = read.values.gather(at).alias(name)
            if read.entry is not None:
                encoded[name] = Encoded(read.entry.values, read.entry.codes[at])
            if read.unreadable is not None:
                unreadable[name] = read.unreadable[at]
            wrong += [
                (rule, read.column, mask[at], Encoded(met.values, met.codes[at]))
                for rule, mask, met in read.found
            ]
        frame = pl.DataFrame(columns, schema=polars_schema(self.table.name))
        sheet = Sheet(self.table, self.file, frame, encoded, self.headers,
                      declared=frozenset(self.headers), unreadable=unreadable)  # fmt: skip
        found = [
            (rule, breach(sheet, column, np.flatnonzero(mask), entry))
            for rule, column, mask, entry in wrong
            if mask.any()
        ]
        return sheet, part[ROW].to_numpy(), found


def _sorted(entry: Encoded) -> Encoded:
    """The dictionary in the order of its texts: the same in whatever order rows came."""
    rest = entry.values.slice(1)
    if rest.is_sorted():
        return entry
    order = _order(rest)
    places = np.zeros(len(entry.values), np.int32)
    places[order + 1] = np.arange(1, len(rest) + 1)
    return Encoded(entry.values.head(1).append(rest.gather(order)), places[entry.codes])


def _order(texts: pl.Series) -> np.ndarray:
    """Where the texts stand in their order: Arrow finds it in half the time that Polars needs."""
    import pyarrow.compute as pc

    found = pc.sort_indices(texts.to_arrow(compat_level=pl.CompatLevel.oldest()))
    return np.asarray(found)


def _moved(hits: Hits, rows: np.ndarray) -> Hits:
    """The same rows by their positions in the file."""
    return Hits(hits.table, hits.column, rows[hits.index].astype(np.int64), hits.shown, hits.words)


def _one(some: Sequence[Hits]) -> Hits:
    """What a rule found in several parts, in the order of the file."""
    index = np.concatenate([hits.index for hits in some])
    order = np.argsort(index, kind="stable")
    shown = [hits.shown for hits in some if hits.shown is not None]
    said = pl.concat(shown).gather(order) if shown else None
    return Hits(some[0].table, some[0].column, index[order], said, some[0].words)


def _total(some: Sequence[Tally]) -> Tally:
    names = ("rows", "bad", "identical", "unused", "accepted")
    return Tally(some[0].table, some[0].file, *(sum(getattr(t, n) for t in some) for n in names))
