"""Where the records of a delimited text end, found block by block: memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from features.sources.raw import Positions, Unreadable

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
QUOTE, NEWLINE, RETURN = ord('"'), ord("\n"), ord("\r")
#: Bytes looked at in one go: few enough to stay near the processor.
BLOCK = 1 << 20
#: Bytes that are cut into cells in one go.
PIECE = 32 << 20


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """The rest of ``file`` in blocks that end where a line does."""
    while block := file.read(BLOCK):
        yield block if block.endswith(b"\n") else block + file.readline()


@dataclass(frozen=True)
class Piece:
    """Whole records from byte ``low`` to ``high``: ``rows`` of them have a field for every header.

    ``start``: how many such rows lie before it. ``whole``: there are no others.
    """

    low: int
    high: int
    start: int
    rows: int
    whole: bool


@dataclass(frozen=True)
class Records:
    """The text in pieces; torn records as (row, fields); ``gaps``: before which rows records were left out."""

    pieces: list[Piece]
    ragged: tuple[tuple[int, int], ...]
    gaps: Positions | None

    @property
    def height(self) -> int:
        """How many rows there are below the header."""
        return sum(piece.rows for piece in self.pieces)


def fields_of(block: bytes, separator: int, *, within: bool = False) -> tuple[Positions, Positions]:
    """Where records of a block end, and how many fields each has; last how many separators follow the last end.

    Line breaks and separators within quotation marks do not count; ``within``: the block begins there.
    """
    array = np.frombuffer(block, np.uint8)
    breaks, marks = array == NEWLINE, array == separator
    if within or b'"' in block:
        outside = ~(np.logical_xor.accumulate(array == QUOTE) ^ within)
        breaks &= outside
        marks &= outside
    marks |= breaks
    places = np.flatnonzero(marks)
    last = np.flatnonzero(breaks[places])
    ends, fields = places[last], np.diff(np.append(last, len(places)), prepend=-1)
    fields[-1] -= 1
    return ends, fields


def _without_blank(block: bytes, starts: Positions, ends: Positions, fields: Positions) -> None:
    """Blank records have no field."""
    array = np.frombuffer(block, np.uint8)
    alone = np.flatnonzero(fields == 1)
    lengths = ends[alone] - starts[alone]
    returns = array[np.maximum(ends[alone] - 1, 0)] == RETURN
    fields[alone[(lengths == 0) | ((lengths == 1) & returns)]] = 0


def records_of(body: bytes, separator: int) -> tuple[Positions, Positions]:
    """Where each of some whole records ends, and how many fields it has (0: blank)."""
    ends, fields = fields_of(body, separator)
    if body.endswith(b"\n"):
        fields = fields[:-1]
    else:
        ends, fields[-1] = np.append(ends, len(body)), fields[-1] + 1
    _without_blank(body, np.append(0, ends[:-1] + 1), ends, fields)
    return ends, fields


class Scan:
    """Counts the fields of records, block by block; remembers whether a quotation mark is open."""

    def __init__(self, width: int, separator: str, begin: int) -> None:
        """``width``: fields that a record should have. The text begins at byte ``begin``."""
        self.width, self.separator = width, ord(separator)
        self.at = self.record = self.piece = begin
        self.open, self.carried = False, 0
        self.records, self.kept, self.before = 0, 0, (0, 0)
        self.pieces: list[Piece] = []
        self.odd: list[tuple[Positions, Positions]] = []

    def take(self, block: bytes) -> None:
        """The next block."""
        ends, fields = fields_of(block, self.separator, within=self.open)
        fields[0] += self.carried
        self.open ^= bool(block.count(b'"') & 1)
        self.carried = int(fields[-1])
        if len(ends):
            self._close(block, ends, fields[:-1])
            self.record = self.at + int(ends[-1]) + 1
        self.at += len(block)
        if self.record - self.piece >= PIECE:
            self._cut()

    def finish(self, last: bytes) -> Records:
        """Everything that was found; ``last``: the text's last block.

        The last record counts too where no line break follows it. Raises ``Unreadable`` where a
        quotation mark is never closed.
        """
        if self.open:
            raise Unreadable("unclosed_quote", self.records + 1)
        if self.record < self.at:
            alone = self.at - self.record == 1 and last.endswith(b"\r")
            self._count(np.array([0 if alone else self.carried + 1]))
            self.record = self.at
        if self.piece < self.at:
            self._cut()
        odd, fields = (np.concatenate([pair[n] for pair in self.odd]) for n in (0, 1))
        ragged = zip((odd + 1)[fields > 0].tolist(), fields[fields > 0].tolist(), strict=True)
        gaps = odd - 1 - np.arange(len(odd)) if len(odd) else None
        return Records(self.pieces, tuple(ragged), gaps)

    def _close(self, block: bytes, ends: Positions, fields: Positions) -> None:
        """Records that end in this block."""
        starts = np.append(0, ends[:-1] + 1)
        starts[0] += self.record - self.at
        _without_blank(block, starts, ends, fields)
        self._count(fields)

    def _count(self, fields: Positions) -> None:
        odd = np.flatnonzero(fields != self.width)
        if not self.records:  # the header is no row, whatever it has
            odd = odd[odd > 0]
        self.odd.append((odd + self.records, fields[odd]))
        self.kept += len(fields) - len(odd) - (not self.records)
        self.records += len(fields)

    def _cut(self) -> None:
        """A piece ends with the last record that did."""
        records, kept = self.before
        rows = self.kept - kept
        whole = rows == self.records - records - (not records)
        self.pieces.append(Piece(self.piece, self.record, kept, rows, whole))
        self.piece, self.before = self.record, (self.records, self.kept)
