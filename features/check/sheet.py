"""A table while it is being checked: typed columns, dictionaries of its texts, faulty rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import polars as pl

from features.batch import Batch
from features.check.hits import Hits
from features.tables import Table

Codes = np.ndarray[Any, np.dtype[np.int32]]
Keys = np.ndarray[Any, np.dtype[np.uint64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Answer = TypeVar("Answer")
ROOM = 1 << 62
BLANKS = " \t\r\n\u3000\u00a0\ufeff"


@dataclass(frozen=True)
class Encoded:
    """A column as a dictionary: ``values`` distinct, the first null; ``codes`` point into them."""

    values: pl.Series
    codes: Codes

    def spread(self, per_value: pl.Series) -> pl.Series:
        """One value per dictionary entry -> one per row."""
        return per_value.gather(self.codes)

    def rows_where(self, wrong: pl.Series) -> Mask:
        """The rows whose entry is true in ``wrong``."""
        mask: Mask = wrong.fill_null(False).to_numpy()[self.codes]
        return mask


class Words:
    """The distinct texts of a column in the order in which they were met, the first of them none.

    One dictionary may be met with piece by piece, by several threads: what ``texts`` says is whole once
    all of them have returned.
    """

    def __init__(self) -> None:
        """Nothing was met yet."""
        # what was met is forgotten when no column of its type is left
        self._held = pl.Series([], dtype=pl.Categorical(pl.Categories.random()))
        self._ends = [-1]

    def codes(self, series: pl.Series) -> Codes:
        """The place of each row's text."""
        places = series.cast(self._held.dtype).to_physical()
        self._ends.append(-1 if (last := places.max()) is None else int(last))  # type: ignore[arg-type]
        codes: Codes = (places.cast(pl.Int32) + 1).fill_null(0).to_numpy()
        return codes

    def texts(self) -> pl.Series:
        """All texts met, by place."""
        places = pl.Series("value", np.arange(max(self._ends) + 1, dtype=np.uint32))
        met = places.cat.to(self._held.dtype).cast(pl.String)
        return pl.Series("value", [None], pl.String).append(met)


def encode(series: pl.Series) -> Encoded:
    """A text column -> dictionary of its values without surrounding blanks; empty is null."""
    words = Words()
    codes = words.codes(series)
    return _cleaned(words.texts(), codes)


def encode_distinct(texts: pl.Series) -> Encoded:
    """The same of texts that all differ, the first of them none."""
    return _cleaned(texts, np.arange(len(texts), dtype=np.int32))


def _cleaned(texts: pl.Series, codes: Codes) -> Encoded:
    clean = _clean(texts)
    return Encoded(texts, codes) if clean.equals(texts) else regroup(clean, codes)


def _clean(texts: pl.Series) -> pl.Series:
    """Distinct texts without surrounding blanks and what spreadsheets need; empty is null."""
    clean = texts.str.strip_chars(BLANKS)
    # ="0123" and '0123 are how spreadsheets are told to keep a number's zeros
    if (clean.str.starts_with("=") | clean.str.starts_with("'")).any():
        clean = clean.str.replace(r"^(?:=\"(.*)\"|'(\d.*))$", "$1$2")
    return clean.replace("", None)


def regroup(values: pl.Series, codes: Codes) -> Encoded:
    """The dictionary with equal values joined: after a conversion two words may mean one code."""
    if values.null_count() == 1 and values.n_unique() == len(values):
        return Encoded(values, codes)
    distinct = values.drop_nulls().unique()
    joined = pl.Series(values.name, [None], dtype=values.dtype).append(distinct)
    places = pl.Series(range(1, len(joined)), dtype=pl.Int32)
    to = values.replace_strict(distinct, places, default=0, return_dtype=pl.Int32).to_numpy()
    return Encoded(joined, to[codes])


@dataclass
class Sheet:
    """One table of the extract: ``frame`` has the contract's columns, typed, one row a row read."""

    table: Table
    file: str
    frame: pl.DataFrame
    encoded: dict[str, Encoded]
    headers: dict[str, str]
    numbers: Keys | None = None
    bad: Mask = field(default_factory=lambda: np.zeros(0, bool))
    unused: Mask = field(default_factory=lambda: np.zeros(0, bool))
    declared: frozenset[str] = frozenset()
    unreadable: dict[str, Mask] = field(default_factory=dict)
    #: What rules of the last stage find out together.
    found: dict[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """No row is faulty yet."""
        self.bad = np.zeros(self.frame.height, bool)
        self.unused = np.zeros(self.frame.height, bool)

    @property
    def name(self) -> str:
        """The table's English name."""
        return self.table.name

    def unread(self, column: str) -> Mask:
        """Rows whose cell holds something that could not be read (a fault already)."""
        return self.unreadable.get(column, np.zeros(1, bool))

    def labels(self, columns: Sequence[str]) -> list[str]:
        """The Chinese names of those columns."""
        return [self.table.column(name).zh for name in columns]

    def row_numbers(self, index: np.ndarray) -> np.ndarray:
        """Positions -> row numbers as a person sees them in the file (the header is row 1)."""
        return index + 2 if self.numbers is None else self.numbers[index]

    def hits(self, column: str | None, mask: Mask, **words: object) -> Iterable[Hits]:
        """One ``Hits`` where the mask holds anything, else nothing."""
        index = np.flatnonzero(mask)
        if len(index):
            yield Hits(self.name, column, index, self.shown(column, index), dict(words))

    def shown(self, column: str | None, index: np.ndarray) -> pl.Series | None:
        """The values of those rows where anyone may read them, else None."""
        if column is None or self.table.column(column).type == "text":
            return None
        if column == "birth_date" or self.table.restricted:
            return None
        return self.frame[column].gather(index).cast(pl.String)

    def packed(self, columns: Sequence[str]) -> Keys:
        """One integer a row that is equal exactly where all ``columns`` are equal."""
        key = np.zeros(self.frame.height, np.uint64)
        room = 1
        for column in columns:
            part, size = self._part(column)
            if room * size >= ROOM:
                key = pl.Series(key).rank("dense").cast(pl.UInt64).to_numpy()
                room = len(key) + 1
            key = key * np.uint64(size) + part
            room *= size
        return key

    @cached_property
    def repeated(self) -> Mask:
        """Rows whose key occurs more than once (one sort; nothing more where none does)."""
        keys = self.packed(self.table.key)
        ordered = np.sort(keys)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(twice):
            return np.zeros(len(keys), bool)
        mask: Mask = pl.Series(keys).is_in(pl.Series(twice).unique().implode()).to_numpy()
        return mask

    def _part(self, column: str) -> tuple[Keys, int]:
        if column in self.encoded:
            entry = self.encoded[column]
            return entry.codes.astype(np.uint64), len(entry.values) + 1
        physical = self.frame[column].to_physical().cast(pl.Int64)
        low = physical.min()
        if low is None:
            return np.zeros(len(physical), np.uint64), 1
        part = (physical - low + 1).fill_null(0).cast(pl.UInt64)
        return part.to_numpy(), int(part.max() or 0) + 1  # type: ignore[arg-type]


@dataclass
class Extract:
    """Everything read: the sheets by table name, and what the batch says."""

    batch: Batch
    received_on: date
    sheets: dict[str, Sheet] = field(default_factory=dict)
    known: Mapping[str, pl.Series] | None = None
    _asked: dict[object, tuple[pl.Series, Any]] = field(default_factory=dict)
    _strangers: dict[str, pl.Series] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def once(self, what: object, values: pl.Series, ask: Callable[[pl.Series], Answer]) -> Answer:
        """The answer to ``what`` is asked of a dictionary, asked once however many parts point into it."""
        with self._lock:  # parts are judged at the same time
            held = self._asked.get(what)
            if held is None or held[0] is not values:
                self._asked[what] = held = (values, ask(values))
        found: Answer = held[1]
        return found

    def strangers(self, table: str, find: Callable[[Extract, str], pl.Series]) -> pl.Series:
        """What ``find`` says of ``table``, asked once."""
        if table not in self._strangers:
            self._strangers[table] = find(self, table)
        return self._strangers[table]

    @property
    def complete(self) -> bool:
        """True where every id that may be referred to is at hand: a full extract, or ids given."""
        return self.batch.mode == "full" or self.known is not None

    def ids(self, table: str, column: str) -> pl.Series | None:
        """Distinct ids of a reference table, faulty rows' too, and those known before.

        None where the table was not read and nothing was known.
        """
        sheet = self.sheets.get(table)
        here = None if sheet is None else sheet.encoded[column].values.drop_nulls()
        before = (self.known or {}).get(table)
        if here is None or before is None:
            return before if here is None else here
        return here.append(before)
