"""A file's raw cells -> a sheet with the contract's columns; what its headers lack is named."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from features.batch import Batch
from features.check import parse
from features.check.hits import Hits, Indices
from features.check.rule import ValueRule
from features.check.rules import load
from features.check.rules.rows import required_columns
from features.check.sheet import Encoded, Mask, Sheet, encode, encode_distinct, regroup
from features.sources import Raw
from features.tables import NEVER_IMPORTED, TABLES, Column, Table, polars_schema

NEAR = 0.75


@dataclass(frozen=True)
class Finding:
    """A breach without cells: of a file, a table, or a header; or rows that are no rows."""

    rule: str
    table: str | None = None
    column: str | None = None
    row: int | None = None
    words: dict[str, object] = field(default_factory=dict)
    refuses: bool = False


def plain(header: str) -> str:
    """A header for comparison: width, case, blanks and a template's asterisk do not count."""
    folded = unicodedata.normalize("NFKC", header).strip().lower()
    return re.sub(r"\(必填\)|[\s*:]+", "", folded)


def table_named(stem: str) -> Table | None:
    """The table that a file is named after, in English or Chinese."""
    wanted = plain(stem)
    for table in TABLES.values():
        if wanted in {plain(name) for name in (table.name, table.zh, *table.aliases)}:
            return table
    return None


def nearest_table(stem: str) -> Table | None:
    """The table whose name the stem nearly is."""
    names = {plain(n): t for t in TABLES.values() for n in (t.name, t.zh, *t.aliases)}
    found = difflib.get_close_matches(plain(stem), list(names), 1, NEAR)
    return names[found[0]] if found else None


@dataclass
class Headers:
    """Which column stands at which place, and what was found wrong."""

    places: dict[str, int]
    findings: list[Finding]

    @property
    def refused(self) -> bool:
        """True where the table cannot be read."""
        return any(finding.refuses for finding in self.findings)


def match_headers(table: Table, headers: tuple[str, ...], population: str) -> Headers:
    """Headers in English or Chinese -> the contract's columns."""
    by_name = {plain(h): c for c in table.columns for h in c.headers}
    matches: dict[str, list[int]] = {}
    strangers: list[int] = []
    for place, header in enumerate(headers):
        column = by_name.get(plain(header))
        if column is None:
            strangers.append(place)
        else:
            matches.setdefault(column.name, []).append(place)
    findings = [*_doubles(table, headers, matches)]
    needed = {c.name for c in required_columns(table, population)}
    absent = [c for c in table.columns if c.name not in matches]
    missing = [c for c in absent if c.name in needed]
    findings += _missing(table, missing, [headers[i] for i in strangers])
    findings += _strangers(table, headers, strangers, absent)
    return Headers({name: places[0] for name, places in matches.items()}, findings)


def _doubles(
    table: Table, headers: tuple[str, ...], matches: dict[str, list[int]]
) -> Iterator[Finding]:
    for name, places in matches.items():
        if len(places) > 1:
            words: dict[str, object] = {"headers": ", ".join(headers[i] for i in places)}
            yield Finding("duplicate_column", table.name, name, 1, words, refuses=True)


def _near(column: Column, strangers: list[str]) -> str | None:
    known = {plain(name): name for name in strangers if name}
    for header in column.headers:
        found = difflib.get_close_matches(plain(header), list(known), 1, NEAR)
        if found:
            return known[found[0]]
    return None


def _missing(table: Table, columns: list[Column], strangers: list[str]) -> Iterator[Finding]:
    for column in columns:
        near = _near(column, strangers)
        hints: dict[str, object] = {"hint_zh": "", "hint_en": ""}
        if near is not None:
            hints = {"hint_zh": f"，是否就是“{near}”", "hint_en": f"; is it {near!r}"}
        yield Finding("missing_column", table.name, column.name, 1, hints, refuses=True)


def _strangers(
    table: Table, headers: tuple[str, ...], places: list[int], absent: list[Column]
) -> Iterator[Finding]:
    for place in places:
        header = headers[place]
        words: dict[str, object] = {"header": header, "place": place + 1}
        if not header:
            yield Finding("unnamed_column", table.name, None, 1, words)
        elif any(word in header.lower() for word in NEVER_IMPORTED):
            yield Finding("never_imported", table.name, None, 1, words, refuses=True)
        elif near := next((c for c in absent if _near(c, [header])), None):
            words["nearest"] = near.zh if not header.isascii() else near.name
            yield Finding("near_column", table.name, None, 1, words, refuses=True)
        else:
            yield Finding("unknown_column", table.name, None, 1, words)


def build_sheet(
    table: Table, file: str, raw: Raw, places: dict[str, int], batch: Batch
) -> tuple[Sheet, list[tuple[str, Hits]]]:
    """Type every column; return the sheet and the breaches of the value rules by rule name."""
    reading = Reading(table, batch, raw.frame.height)
    for column in table.columns:
        place = places.get(column.name)
        reading.read(column, None if place is None else raw.frame[str(place)])
    rows = raw.rows
    numbers = None if rows is None else rows.cast(pl.UInt64).to_numpy()
    frame = pl.DataFrame(reading.columns, schema=polars_schema(table.name))
    headers = {name: raw.headers[place] for name, place in places.items()}
    sheet = Sheet(table, file, frame, reading.encoded, headers, numbers,
                  declared=frozenset(places), unreadable=reading.unreadable)  # fmt: skip
    return sheet, reading.breaches(sheet)


def within_years(low: int | None, high: int | None) -> bool:
    """True where days of the years from ``low`` to ``high`` are what a register may hold."""
    return low is None or high is None or (low >= parse.FIRST_YEAR and high <= parse.LAST_YEAR)


def _are_days(series: pl.Series, column: Column) -> bool:
    if series.dtype != pl.Date or column.type != "date":
        return False
    years = series.dt.year()
    return within_years(years.min(), years.max())  # type: ignore[arg-type]


def as_text(series: pl.Series) -> pl.Series:
    """A column of a typed file as it would be written; what is no single value is a damaged character."""
    if series.dtype in (pl.List, pl.Struct, pl.Binary, pl.Object):
        return pl.repeat("\ufffd", len(series), eager=True)
    return series.cast(pl.String)


class Reading:
    """The columns of one table while they are being typed.

    ``found``: what the value rules say, as (rule, column, rows, the column's clean texts).
    """

    def __init__(self, table: Table, batch: Batch, height: int, *, distinct: bool = False) -> None:
        """``height``: rows of the columns to come. ``distinct``: they are texts that all differ, none first."""
        self.table, self.batch, self.height, self.distinct = table, batch, height, distinct
        self.columns: dict[str, pl.Series] = {}
        self.encoded: dict[str, Encoded] = {}
        self.unreadable: dict[str, Mask] = {}
        self.found: list[tuple[str, Column, Mask, Encoded]] = []

    def read(self, column: Column, series: pl.Series | None) -> None:
        """Type one column; a column that is not in the file is empty or its default."""
        if series is not None and _are_days(series, column):
            self.columns[column.name] = series.alias(column.name)
            return
        entry = self._encode(series)
        self._judge(column, entry)
        self._type(column, entry)

    def _encode(self, series: pl.Series | None) -> Encoded:
        if series is None:
            none = pl.Series([None], dtype=pl.String)
            return Encoded(none, np.zeros(self.height, np.int32))
        texts = as_text(series).rename("value")
        return encode_distinct(texts) if self.distinct else encode(texts)

    def _judge(self, column: Column, entry: Encoded) -> None:
        if len(entry.values) == 1:  # none, which breaks no value rule
            return
        for rule in load().values():
            if isinstance(rule, ValueRule) and rule.applies(column, self.batch):
                wrong = rule.wrong(entry.values, column).fill_null(False)
                wrong = wrong & entry.values.is_not_null()
                if wrong.any():
                    mask = entry.rows_where(wrong)
                    self.found.append((rule.name, column, mask, entry))
                    seen = self.unreadable.get(column.name)
                    self.unreadable[column.name] = mask if seen is None else seen | mask

    def _type(self, column: Column, entry: Encoded) -> None:
        values = parse.typed(entry.values, column, self.batch)
        if column.type in ("text", "code"):
            same = values.equals(entry.values)
            entry = entry if same else regroup(values.cast(pl.String), entry.codes)
            entry = self._default(column, entry)
            self.encoded[column.name] = entry
            self.columns[column.name] = entry.spread(entry.values).alias(column.name)
            return
        found = entry.spread(values).alias(column.name)
        self.columns[column.name] = (
            found if column.default is None else found.fill_null(int(column.default))
        )

    def _default(self, column: Column, entry: Encoded) -> Encoded:
        """Empty cells take the column's default; a cell that cannot be read stays empty."""
        if column.default is None:
            return entry
        empty = entry.codes == 0
        if column.name in self.unreadable:
            empty &= ~self.unreadable[column.name]
        values = entry.values.append(pl.Series([column.default]))
        codes = np.where(empty, np.int32(len(values) - 1), entry.codes)
        return regroup(values, codes)

    def breaches(self, sheet: Sheet) -> list[tuple[str, Hits]]:
        """What the value rules found; each with the value as written where it may be shown."""
        return [
            (rule, breach(sheet, column, np.flatnonzero(mask), entry))
            for rule, column, mask, entry in self.found
        ]


def breach(sheet: Sheet, column: Column, index: Indices, entry: Encoded) -> Hits:
    """Rows of a column that break a value rule; ``entry`` holds what they say."""
    hidden = column.type == "text" or sheet.shown(column.name, index[:0]) is None
    shown = None if hidden else entry.values.gather(entry.codes[index])
    return Hits(sheet.name, column.name, index, shown)
