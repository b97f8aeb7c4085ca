"""Extracts laid over each other: both clocks folded into two columns, ``known_on`` and ``until``.

Pure: frames in, frames out, one layer at a time upon what is stored. The rules are the contract's: one key,
one fact; a later-known row of the same key supersedes; a changed row that does not say when it became known
is known on its extract's day; a row that a later *full* extract no longer holds, within the days that extract
covers, is taken back on that day.

A layer only ever adds to the end of a key's chain: what it says counts from the day the newest stored row
became known, or later. So nothing but ``until`` has to be remembered of the order in which rows came, the
row that stands is the one whose ``until`` is open, and a part of a table that holds all rows of its keys can
be laid by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from features.tables import TABLES, polars_schema

FOREVER = date(9999, 12, 31)
#: What the fold itself adds; never compared when rows are.
BOOKKEEPING = ("until", "vanished")


@dataclass(frozen=True)
class Layer:
    """One accepted extract: its tables, the day it was received, and whether it claims to be whole.

    ``files``: where tables lie that are files of their own.
    """

    tables: Mapping[str, pl.LazyFrame]
    received_on: date
    full: bool
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Coming:
    """What a layer says to a table or a part of one.

    ``rows``: its rows, without bookkeeping. ``day``: when it was received. ``clock`` and ``span``: rows whose
    clock lies within the span (both ends counted) and that it does not hold are taken back; None takes back
    nothing.
    """

    rows: pl.DataFrame
    day: date
    clock: str | None = None
    span: tuple[date, date] | None = None


def nothing(rows: pl.DataFrame) -> pl.DataFrame:
    """What is stored before the first layer: no rows, with the columns of ``rows`` and the bookkeeping."""
    return rows.clear().with_columns(
        pl.lit(0, pl.Int8).alias("vanished"), pl.lit(None, pl.Date).alias("until")
    )


def _codes(frames: Sequence[pl.DataFrame], column: str) -> tuple[list[pl.Series], int]:
    """Whole numbers from 1 in the order of the column's values (0 for none), and how many bits they need."""
    values = [frame[column] for frame in frames]
    if values[0].dtype == pl.String:
        words = pl.concat([v.unique() for v in values]).unique().drop_nulls().sort()
        kind = pl.Enum(words)
        codes = [v.cast(kind).to_physical().cast(pl.Int64) + 1 for v in values]
        return [c.fill_null(0) for c in codes], len(words).bit_length()
    numbers = [v.to_physical().cast(pl.Int64).to_frame("v") for v in values]
    low, high = pl.concat(numbers).select(a=pl.col("v").min(), b=pl.col("v").max()).row(0)
    first = 0 if low is None else low - 1
    shifted = [n.select((pl.col("v") - first).fill_null(0))["v"] for n in numbers]
    return shifted, (0 if high is None else high - first).bit_length()


def keyed(frames: Sequence[pl.DataFrame], key: Sequence[str]) -> list[pl.DataFrame]:
    """The frames with ``k``: the key as one whole number, equal and ordered in all as the key itself is.

    One number is hashed, compared and sorted in a fraction of the time that several texts need.
    """
    keys = [pl.zeros(len(frame), pl.Int64, eager=True) for frame in frames]
    used = 0
    for column in key:
        codes, bits = _codes(frames, column)
        keys = [k * (1 << bits) + c for k, c in zip(keys, codes, strict=True)]
        used += bits
    if used > 63:
        raise OverflowError(f"a key of {', '.join(key)} needs {used} bits")
    return [frame.with_columns(k.alias("k")) for frame, k in zip(frames, keys, strict=True)]


def _said_before(stored: pl.DataFrame, new: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """``new`` without history sent again; rows of one key in the order in which they were known.

    What an extract says last of a key is what it holds now, even where that was stored before and superseded
    since: a fact taken back and restored, an end set and emptied.
    """
    many = new["k"].is_duplicated()
    if not many.any():
        return new
    chains = new.filter(many).sort("known_on", maintain_order=True)
    past = pl.col("known_on") < pl.col("known_on").max().over("k")
    same = ["k", "known_on", *values]
    again = chains.filter(past).join(stored, on=same, how="semi", nulls_equal=True).select(same)
    kept = chains.join(
        again, on=same, how="anti", nulls_equal=True, maintain_order="left"
    )  # a row at the top differs from every past one in its day
    return pl.concat([new.filter(~many), kept])


def _news(
    stored: pl.DataFrame, stands: pl.DataFrame, coming: Coming, *, values: Sequence[str]
) -> pl.DataFrame:
    """What of the coming rows is news: rows not yet stored; changed rows without a later day get its day."""
    if stands.is_empty():
        return coming.rows.with_columns(pl.lit(0, pl.Int8).alias("vanished"))
    spoken = pl.col("k").is_in(coming.rows["k"].unique().implode())  # mostly few of many
    new = _said_before(stored.filter(spoken), coming.rows, values)
    latest = stands.filter(spoken).select(
        "k", *[pl.col(c).alias(f"stored_{c}") for c in ("known_on", *values)]
    )
    new = new.join(latest, on="k", how="left", maintain_order="left")
    undated = (pl.col("known_on") <= pl.col("stored_known_on")).fill_null(False)
    repeats = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"stored_{c}")) for c in values)
    late = pl.max_horizontal(pl.lit(coming.day), pl.col("stored_known_on"))
    return (
        new.filter(~(undated & repeats))
        .with_columns(pl.when(undated).then(late).otherwise(pl.col("known_on")).alias("known_on"))
        .drop("stored_known_on", *[f"stored_{c}" for c in values])
        .with_columns(pl.lit(0, pl.Int8).alias("vanished"))
    )


def _lost(stands: pl.DataFrame, coming: Coming) -> pl.DataFrame:
    """Rows taken back because a full extract, within the days it covers, no longer holds them."""
    if coming.span is None or coming.clock is None:
        return stands.clear()
    gone = stands.filter(
        (pl.col("void") == 0)
        & pl.col(coming.clock).is_between(*coming.span)
        & (pl.col("known_on") < coming.day)
    ).join(coming.rows, on="k", how="anti", maintain_order="left")
    return gone.with_columns(
        pl.lit(coming.day).alias("known_on"),
        pl.lit(1, pl.Int8).alias("void"),
        pl.lit(1, pl.Int8).alias("vanished"),
    )


def _closed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows by key and known_on, each closed by the day the next row of its key became known."""
    rows = rows.sort("k", maintain_order=True)
    ends = rows["k"].ne_missing(rows["k"].shift(-1))
    chained = ~(ends & ends.shift(1, fill_value=True))
    if chained.any():
        # keys of one row need no second sort; those of several stand at places that stay theirs
        places = chained.arg_true()
        chains = rows.select("k", "known_on").with_row_index("place").filter(chained)
        order = chains.sort("k", "known_on", maintain_order=True)["place"]
        every = pl.int_range(len(rows), eager=True, dtype=pl.UInt32)
        rows = rows.select(pl.all().gather(every.scatter(places, order)))
    until = pl.when(pl.lit(ends)).then(pl.lit(FOREVER)).otherwise(pl.col("known_on").shift(-1))
    return rows.with_columns(until.alias("until"))


def lay(stored: pl.DataFrame, coming: Coming, key: Sequence[str]) -> pl.DataFrame | None:
    """One layer upon what is stored, by key and known_on; None where it says nothing new.

    ``stored`` has the columns of ``coming.rows``, ``vanished`` and ``until``, and all rows of every key of
    the coming ones.
    """
    stored, new = keyed([stored, coming.rows], key)
    values = [c for c in coming.rows.columns if c not in {*key, "known_on"}]
    coming = Coming(new, coming.day, coming.clock, coming.span)
    stands = stored.filter(pl.col("until") == FOREVER)
    lost = _lost(stands, coming).select(stored.columns).drop("until")
    news = _news(stored, stands, coming, values=values).select(lost.columns)
    if news.is_empty() and lost.is_empty():
        return None
    return _closed(pl.concat([stored.drop("until"), news, lost])).drop("k")


def span_of(layer: Layer, name: str) -> tuple[date, date] | None:
    """The days for which ``layer`` claims to know every row of the table; None where it claims none."""
    table = TABLES[name]
    if not layer.full or table.clock is None:
        return None
    clock = pl.col(table.clock)
    first, last = layer.tables[name].select(a=clock.min(), b=clock.max()).collect().row(0)
    if first is None:
        return None
    # of an interval, what began after all that is left may be just what was lost
    return first, layer.received_on if table.kind == "interval" else last


def fold_dated(stored: pl.DataFrame | None, layer: Layer, name: str) -> pl.DataFrame | None:
    """A whole dated table with one more layer, by key and known_on; None where nothing changes."""
    rows = layer.tables[name].select(*polars_schema(name)).collect()
    first = stored is None
    coming = Coming(
        rows, layer.received_on, TABLES[name].clock, None if first else span_of(layer, name)
    )
    before = nothing(rows) if stored is None else stored
    laid = lay(before, coming, TABLES[name].key)
    return before if laid is None and first else laid


def fold_plain(stored: pl.DataFrame | None, layer: Layer, name: str) -> pl.DataFrame:
    """One table without dates: the latest extract that speaks of a key prevails."""
    key = list(TABLES[name].key)
    rows = layer.tables[name].collect()
    if stored is not None:
        rows = pl.concat([stored, rows])
    return rows.unique(key, keep="last", maintain_order=True).sort(key)


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Beside every date its number of days since 1970: engines differ in date arithmetic."""
    dates = [c for c, t in rows.schema.items() if t == pl.Date and c not in {"known_on", "until"}]
    return rows.with_columns(pl.col(c).cast(pl.Int32).alias(f"{c}_no") for c in dates)
