"""CSV: every field as text, every record with its number; torn records are named, never guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import polars as pl

from features.sources.encoding import Stored, in_a_long_file, sniff, to_utf8
from features.sources.raw import Raw, Unreadable, together
from features.sources.records import Piece, Records, Scan, blocks, records_of

#: Files with more bytes are read a piece at a time.
LONG = 64 << 20


class Text(Protocol):
    """Where the bytes of a table lie; ``begin``: those of its header."""

    @property
    def begin(self) -> int:
        """The first byte."""

    def open(self) -> BinaryIO:
        """The bytes as stored, from the first on."""

    def read(self, low: int, high: int) -> bytes:
        """Those bytes in UTF-8."""


@dataclass(frozen=True)
class Held:
    """A table's bytes in memory, UTF-8."""

    data: bytes
    begin: int = 0

    def open(self) -> BinaryIO:
        """The bytes."""
        return io.BytesIO(self.data)

    def read(self, low: int, high: int) -> bytes:
        """Some of them."""
        return self.data[low:high]


def read_csv(path: Path) -> Raw:
    """The cells of a CSV file (comma, semicolon or tab), as text; raises ``Unreadable``.

    Those of a long file are yet unread, but its records were counted.
    """
    stored: Stored | None = in_a_long_file(path) if path.stat().st_size > LONG else None
    lines, ragged = _records(stored or _held(path))
    cells = together(lines) if stored is None else lines
    return Raw(lines.headers, cells, lines.records.gaps, ragged)


def _held(path: Path) -> Held:
    data = path.read_bytes()
    sniff(data)
    data = to_utf8(data)
    if not data or data.isspace():
        raise Unreadable("empty_file")
    return Held(data)


def _records(text: Text) -> tuple[Lines, tuple[tuple[int, int], ...]]:
    with text.open() as file:
        block = next(blocks(file))
        headers, separator = _header(text.read(text.begin, text.begin + len(block)))
        scan = Scan(len(headers), separator, text.begin)
        scan.take(block)
        for block in blocks(file):
            scan.take(block)
    records = scan.finish(block)
    return Lines(text, headers, separator, records), records.ragged


def _header(data: bytes) -> tuple[tuple[str, ...], str]:
    first = data[: data.find(b"\n")] if b"\n" in data else data
    separator = max(",\t;", key=first.decode().count)
    head = io.StringIO(data[: 1 << 20].decode(errors="ignore"))
    try:
        names = next(csv.reader(head, delimiter=separator))
    except csv.Error:  # a carriage return alone within the first line
        raise Unreadable("torn") from None
    return tuple(name.strip() for name in names), separator


@dataclass(frozen=True)
class Lines:
    """The records of a text, cut into cells as they are asked for."""

    text: Text
    headers: tuple[str, ...]
    separator: str
    records: Records

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.records.height

    @cached_property
    def schema(self) -> Mapping[str, pl.DataType]:
        """All text."""
        return {str(i): pl.String() for i in range(len(self.headers))}

    @cached_property
    def _pieces(self) -> dict[int, Piece]:
        return {piece.start: piece for piece in self.records.pieces if piece.rows}

    @property
    def starts(self) -> Sequence[int]:
        """Where pieces begin."""
        return list(self._pieces)

    def read(self, start: int, columns: Sequence[str]) -> pl.DataFrame:
        """The rows of a piece; raises ``Unreadable`` where they cannot be split."""
        piece = self._pieces[start]
        try:
            body = self.text.read(piece.low, piece.high)
            head = piece.low == self.text.begin
            return self._parse(self._whole(body, piece), piece.rows, head=head).select(columns)
        except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError):
            raise Unreadable("torn") from None

    def span(self, column: str) -> pl.Series:
        """Of no use: texts are no days."""
        raise TypeError(column)

    def _whole(self, body: bytes, piece: Piece) -> bytes:
        """The records of a piece that have a field for every header, and the header where it holds it."""
        if piece.whole:
            return body
        ends, fields = records_of(body, ord(self.separator))
        keep = fields == len(self.headers)
        keep[0] |= piece.low == self.text.begin
        starts = np.append(0, ends[:-1] + 1)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.view(np.int8), [0]))))
        runs = zip(edges[::2], edges[1::2], strict=True)
        return b"".join(body[starts[a] : ends[b - 1]] + b"\n" for a, b in runs)

    def _parse(self, body: bytes, rows: int, *, head: bool) -> pl.DataFrame:
        names = list(self.schema)
        frame = pl.read_csv(
            body, has_header=False, skip_rows=int(head), new_columns=names,
            separator=self.separator, infer_schema=False,
        )  # fmt: skip
        if frame.shape != (rows, len(names)):
            raise Unreadable("torn")
        return frame
