"""CSV: every field as text, every record with its number; torn records are named, never guessed."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.sources.encoding import sniff, to_utf8
from features.sources.raw import Raw, Unreadable

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")
#: Bytes looked at in one go.
PIECE = 32 << 20


def read_csv(path: Path) -> Raw:
    """The cells of a CSV file (comma, semicolon or tab), as text; raises ``Unreadable``."""
    data = path.read_bytes()
    sniff(data)
    data = to_utf8(data)
    if not data.strip():
        raise Unreadable("empty_file")
    headers, separator = _header(data)
    ends, fields = _records(data, separator)
    return _cells(data, (ends, fields), headers, separator)


def _header(data: bytes) -> tuple[tuple[str, ...], str]:
    first = data[: data.find(b"\n")] if b"\n" in data else data
    separator = max(",\t;", key=first.decode().count)
    names = next(
        csv.reader(io.StringIO(data[: 1 << 20].decode(errors="ignore")), delimiter=separator)
    )
    return tuple(name.strip() for name in names), separator


def _records(data: bytes, separator: str) -> tuple[Positions, Positions]:
    """Where each record ends, and how many fields it has (0: blank); in pieces, memory bounded.

    Line breaks and separators within quotation marks do not count. Raises ``Unreadable`` where a
    quotation mark is never closed.
    """
    scan = _Scan(ord(separator))
    array = np.frombuffer(data, np.uint8)
    for start in range(0, len(array), PIECE):
        scan.read(array[start : start + PIECE], start)
    return scan.finish(array)


class _Scan:
    """Counts fields piece by piece; remembers whether a quotation mark is open."""

    def __init__(self, separator: int) -> None:
        self.separator = separator
        self.ends: list[Positions] = []
        self.fields: list[Positions] = []
        self.open = False
        self.carried = 0

    def read(self, piece: Bytes, start: int) -> None:
        """Take the next bytes, which begin at ``start``."""
        breaks, marks, quotes = piece == NEWLINE, piece == self.separator, piece == QUOTE
        if self.open or quotes.any():
            outside = ~(np.logical_xor.accumulate(quotes) ^ self.open)
            breaks &= outside
            marks &= outside
            self.open = not bool(outside[-1])
        ends, places = np.flatnonzero(breaks), np.flatnonzero(marks)
        before = np.concatenate(([0], np.searchsorted(places, ends)))
        counts = np.diff(before)
        if len(ends):
            counts[0] += self.carried
            self.carried = 0
        self.carried += len(places) - int(before[-1])
        self.ends.append(ends + start)
        self.fields.append(counts)

    def finish(self, array: Bytes) -> tuple[Positions, Positions]:
        """Ends and fields of all records, the last one too where no line break follows it."""
        ends, fields = np.concatenate(self.ends), np.concatenate(self.fields) + 1
        if self.open:
            raise Unreadable("unclosed_quote", len(ends) + 1)
        if not len(ends) or ends[-1] != len(array) - 1:
            ends, fields = np.append(ends, len(array)), np.append(fields, self.carried + 1)
        lengths = np.diff(ends, prepend=-1) - 1
        returns = array[np.maximum(ends - 1, 0)] == RETURN
        fields[(lengths == 0) | ((lengths == 1) & returns)] = 0
        return ends, fields


def _cells(
    data: bytes, records: tuple[Positions, Positions], headers: tuple[str, ...], separator: str
) -> Raw:
    ends, fields = records
    torn = np.flatnonzero((fields != len(headers)) & (fields != 0))
    torn = torn[torn > 0]
    keep = fields == len(headers)
    keep[0] = True
    regular = bool(keep.all())
    body = data if regular else _pick(data, ends, keep)
    rows = None if regular else pl.Series(np.flatnonzero(keep)[1:] + 1, dtype=pl.UInt32)
    ragged = tuple((int(i) + 1, int(fields[i])) for i in torn)
    return Raw(headers, _parse(body, len(headers), separator, int(keep.sum()) - 1), rows, ragged)


def _pick(data: bytes, ends: Positions, keep: np.ndarray) -> bytes:
    starts = np.concatenate(([0], ends[:-1] + 1))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.view(np.int8), [0]))))
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return b"".join(data[starts[a] : ends[b - 1]] + b"\n" for a, b in pieces)


def _parse(body: bytes, width: int, separator: str, expected: int) -> pl.DataFrame:
    names = [str(i) for i in range(width)]
    if not expected:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    try:
        frame = pl.read_csv(
            body, has_header=False, skip_rows=1, new_columns=names, separator=separator,
            infer_schema=False,
        )  # fmt: skip
    except pl.exceptions.PolarsError:
        raise Unreadable("torn") from None
    if frame.shape != (expected, width):
        raise Unreadable("torn")
    return frame
