"""Random numbers by topic, so that a new table never changes the draws of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def stream(seed: int, chunk: int, topic: str) -> np.random.Generator:
    """The generator of one topic in one chunk: the same for the same three arguments, everywhere."""
    key = [seed, chunk, crc32(topic.encode())]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def pick(rng: np.random.Generator, words: Sequence[str], size: int, p: Any = None) -> Array:
    """``size`` of ``words`` at random, as an object array of str."""
    weights = None if p is None else np.asarray(p, dtype=float) / np.sum(p)
    return np.asarray(words, dtype=object)[rng.choice(len(words), size=size, p=weights)]


def blank(words: Array, where: Bools) -> Array:
    """The words with None where ``where``."""
    out = words.copy()
    out[where] = None
    return out


def words(values: Array) -> pl.Series:
    """An object array of str and None as a text column (also when it is empty)."""
    return pl.Series(values.tolist(), dtype=pl.String)


def frame(columns: dict[str, Any]) -> pl.DataFrame:
    """A table of arrays and series; object arrays become text."""
    return pl.DataFrame(
        {
            name: words(v) if isinstance(v, np.ndarray) and v.dtype == object else v
            for name, v in columns.items()
        }
    )


def later(column: str, days: Array) -> pl.Expr:
    """The day ``days`` after the one in ``column``, row by row."""
    number = pl.col(column).cast(pl.Int32) + pl.lit(pl.Series(days.astype(np.int32)))
    return number.cast(pl.Date)


def rank_within(groups: Array) -> Ints:
    """0, 1, 2 ... inside each group, in the order of the rows."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else order
    lengths = np.diff(np.r_[starts, len(ordered)])
    out = np.empty(len(ordered), dtype=np.int64)
    out[order] = np.arange(len(ordered)) - np.repeat(starts, lengths)
    return out


def sigmoid(x: Array) -> Array:
    """The logistic function."""
    return 1 / (1 + np.exp(-x))


def spread_spells(starts: Bools, lengths: Array) -> Bools:
    """Days covered by spells that start where ``starts`` (pupils x days) and last ``lengths`` days."""
    covered = starts.copy()
    for k in range(1, int(lengths.max(initial=1))):
        covered[:, k:] |= starts[:, :-k] & (lengths[:, :-k] > k)
    return covered
