"""The digest of what was accepted: equal facts have equal digests in any file format or row order.

Every distinct value is hashed (BLAKE2b, 8 bytes), a row's 64-bit words are mixed column by column,
and a table is the pair of sums of two mixes of its rows (so order does not matter, but how often a
row occurs does). SHA-256 is taken over the tables' sums and the batch. It names content; it is no
seal against somebody who wants two extracts to have one name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from features.batch import Batch
from features.check.sheet import Encoded

Words = np.ndarray[Any, np.dtype[np.uint64]]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_THREE = np.uint64(3)
CHUNK = 1 << 20
#: Rows whose numbers are read at a time, and rows that are mixed: those stay near the processor.
PART, NEAR = 1 << 18, 1 << 15
Sums = tuple[int, int, int]


def _mix(words: Words, aside: Words) -> None:
    """The finaliser of splitmix64, in place: every bit of the input moves every bit of the output.

    ``aside``: as long, for what is shifted.
    """
    for shift, factor in ((30, _MIX1), (27, _MIX2), (31, None)):
        np.right_shift(words, np.uint64(shift), out=aside)
        words ^= aside
        if factor is not None:
            words *= factor


def text_words(values: pl.Series) -> Words:
    """One word a text. To remember them from table to table costs more than to hash them again."""
    fresh = hashlib.blake2b(digest_size=8).copy  # a copy costs a third less than a new one

    def said(text: bytes) -> bytes:
        one = fresh()
        one.update(text)
        return one.digest()

    pieces = (values.slice(n, CHUNK).cast(pl.Binary) for n in range(0, len(values), CHUNK))
    hashes = [b"\0" * 8 if t is None else said(t) for piece in pieces for t in piece.to_list()]
    return np.frombuffer(b"".join(hashes), np.uint64)


def words_of(encoded: Mapping[str, Encoded]) -> dict[str, Words]:
    """The words of the columns' values."""
    return {name: text_words(entry.values) for name, entry in encoded.items()}


def _number_words(series: pl.Series) -> Words:
    """Dates, flags, counts and measures as words; empty is a word of its own."""
    plain = series + 0.0 if series.dtype == pl.Float64 else series.to_physical().cast(pl.Int64)
    if not series.null_count():
        return plain.to_numpy().view(np.uint64)
    return np.where(
        series.is_null().to_numpy(), _STEP, plain.fill_null(0).to_numpy().view(np.uint64)
    )


def table_words(
    names: Sequence[str], frame: pl.DataFrame, encoded: Mapping[str, Encoded],
    texts: Mapping[str, Words],
) -> Sums:  # fmt: skip
    """(rows, sum, sum of another mix) of a table; independent of the order of rows.

    ``names``: its columns in order; of those in ``encoded`` ``texts`` are the words of their values, the others
    are in ``frame``.
    """
    first = second = 0
    for start in range(0, frame.height, PART):
        part = frame.slice(start, PART)
        columns = [
            (texts[name], encoded[name].codes[start : start + PART])
            if name in texts
            else (None, _number_words(part[name]))
            for name in names
        ]
        of_rows, of_another = _summed(columns, part.height)
        first, second = first + of_rows, second + of_another
    return frame.height, first % 2**64, second % 2**64


def _summed(columns: Sequence[tuple[Words | None, Any]], height: int) -> tuple[int, int]:
    """The sums of ``height`` rows: each column's words, or the words of its values and a place a row."""
    first = second = 0
    rows, aside = np.empty(NEAR, np.uint64), np.empty(NEAR, np.uint64)
    for start in range(0, height, NEAR):
        here = slice(start, min(start + NEAR, height))
        row, beside = rows[: here.stop - start], aside[: here.stop - start]
        row.fill(0)
        for values, column in columns:
            row *= _THREE
            row += column[here] if values is None else values[column[here]]
            row += _STEP
            _mix(row, beside)
        first += int(row.sum(dtype=np.uint64))
        row += _STEP
        _mix(row, beside)
        second += int(row.sum(dtype=np.uint64))
    return first, second


def together(some: Iterable[Sums]) -> Sums:
    """The sums of a table out of those of its parts."""
    rows, first, second = (sum(column) for column in zip((0, 0, 0), *some, strict=True))
    return rows, first % 2**64, second % 2**64


def digest(tables: dict[str, Sums], batch: Batch) -> str:
    """SHA-256 (hex) over the tables' words by name, and the batch."""
    said = {"tables": dict(sorted(tables.items())), "batch": batch.model_dump(mode="json")}
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
