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
CHUNK = 1 << 20
Sums = tuple[int, int, int]


def _mix(words: Words) -> Words:
    """The finaliser of splitmix64: every bit of the input moves every bit of the output."""
    words = (words ^ (words >> np.uint64(30))) * _MIX1
    words = (words ^ (words >> np.uint64(27))) * _MIX2
    return words ^ (words >> np.uint64(31))


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
    floats = series.dtype == pl.Float64
    plain = series.fill_null(0.0) + 0.0 if floats else series.to_physical().cast(pl.Int64)
    words = plain.fill_null(-(2**62)).to_numpy() if not floats else plain.to_numpy()
    empty = series.is_null().to_numpy()
    return np.where(empty, _STEP, words.astype(plain.to_numpy().dtype).view(np.uint64))


def table_words(
    names: Sequence[str], frame: pl.DataFrame, encoded: Mapping[str, Encoded],
    texts: Mapping[str, Words],
) -> Sums:  # fmt: skip
    """(rows, sum, sum of another mix) of a table; independent of the order of rows.

    ``names``: its columns in order; of those in ``encoded`` ``texts`` are the words of their values, the others
    are in ``frame``.
    """
    first = second = 0
    for start in range(0, frame.height, CHUNK):
        part = frame.slice(start, CHUNK)
        row = np.zeros(part.height, np.uint64)
        for name in names:
            words = (
                texts[name][encoded[name].codes[start : start + CHUNK]]
                if name in texts
                else _number_words(part[name])
            )
            row = _mix(row * np.uint64(3) + words + _STEP)
        first += int(row.sum(dtype=np.uint64))
        second += int(_mix(row + _STEP).sum(dtype=np.uint64))
    return frame.height, first % 2**64, second % 2**64


def together(some: Iterable[Sums]) -> Sums:
    """The sums of a table out of those of its parts."""
    rows, first, second = (sum(column) for column in zip((0, 0, 0), *some, strict=True))
    return rows, first % 2**64, second % 2**64


def digest(tables: dict[str, Sums], batch: Batch) -> str:
    """SHA-256 (hex) over the tables' words by name, and the batch."""
    said = {"tables": dict(sorted(tables.items())), "batch": batch.model_dump(mode="json")}
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
