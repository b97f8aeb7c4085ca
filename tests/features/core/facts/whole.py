"""A dated table folded whole, from all its layers at once: what a store that grew must equal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from features.facts.fold import FOREVER, Layer
from features.tables import TABLES, Table

BOOKKEEPING = ("until", "vanished", "seq")


def _with_bookkeeping(rows: pl.DataFrame, seq: int) -> pl.DataFrame:
    return rows.with_columns(
        pl.lit(0, pl.Int8).alias("vanished"), pl.lit(seq, pl.Int32).alias("seq")
    )


def _values(rows: pl.DataFrame, key: Sequence[str]) -> list[str]:
    return [c for c in rows.columns if c not in {*key, "known_on", *BOOKKEEPING}]


def _changed(stored: pl.DataFrame, new: pl.DataFrame, *, key: list[str], day: date) -> pl.DataFrame:
    """What of ``new`` is news: rows not yet stored; changed rows without a later day get ``day``."""
    values = _values(new, key)
    same = [*key, "known_on", *values]
    # what an extract says last of a key is what it holds now, even where that was stored before and
    # superseded since: a fact taken back and restored, an end set and emptied
    top = new.group_by(key).agg(pl.col("known_on").max())
    at = [*key, "known_on"]
    past = new.join(top, on=at, how="anti", nulls_equal=True)
    new = pl.concat(
        [
            past.join(stored.select(same), on=same, how="anti", nulls_equal=True),
            new.join(top, on=at, how="semi", nulls_equal=True),
        ]
    )
    latest = (
        stored.sort("known_on", "seq", maintain_order=True)
        .unique(key, keep="last", maintain_order=True)
        .select(*key, *[pl.col(c).alias(f"stored_{c}") for c in ("known_on", *values)])
    )
    # rows that get the same day must stay in the order in which they were known
    new = new.sort("known_on", maintain_order=True)
    new = new.join(latest, on=key, how="left", nulls_equal=True, maintain_order="left")
    undated = (pl.col("known_on") <= pl.col("stored_known_on")).fill_null(False)
    repeats = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"stored_{c}")) for c in values)
    return (
        new.filter(~(undated & repeats))
        .with_columns(
            pl.when(undated)
            .then(pl.max_horizontal(pl.lit(day), pl.col("stored_known_on")))
            .otherwise(pl.col("known_on"))
            .alias("known_on")
        )
        .drop("stored_known_on", *[f"stored_{c}" for c in values])
    )


def _vanished(stored: pl.DataFrame, new: pl.DataFrame, *, table: Table, day: date) -> pl.DataFrame:
    """Rows taken back because a full extract, within the days it covers, no longer holds them."""
    key = list(table.key)
    if table.clock is None or new.is_empty():
        return stored.clear()
    first, last = new.select(
        pl.col(table.clock).min().alias("a"), pl.col(table.clock).max().alias("b")
    ).row(0)
    if table.kind == "interval":
        last = day  # what began after all that is left may be just what was lost
    latest = stored.sort("known_on", "seq", maintain_order=True).unique(
        key, keep="last", maintain_order=True
    )
    gone = latest.filter(
        (pl.col("void") == 0)
        & pl.col(table.clock).is_between(first, last)
        & (pl.col("known_on") < day)
    ).join(new.select(key), on=key, how="anti", nulls_equal=True)
    return gone.with_columns(
        pl.lit(day).alias("known_on"),
        pl.lit(1, pl.Int8).alias("void"),
        pl.lit(1, pl.Int8).alias("vanished"),
    )


def _until(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Close each row by the day the next row of its key became known."""
    single = ~pl.struct(key).is_duplicated()
    flagged = rows.with_columns(single.alias("_single")) if len(rows) else None
    if flagged is None:
        return rows.with_columns(pl.lit(FOREVER).alias("until")).drop("seq")
    alone = flagged.filter("_single").with_columns(pl.lit(FOREVER).alias("until"))
    chains = (
        flagged.filter(~pl.col("_single"))
        .sort(*key, "known_on", "seq", maintain_order=True)
        .with_columns(pl.col("known_on").shift(-1).over(key).fill_null(FOREVER).alias("until"))
    )
    return pl.concat([alone, chains]).drop("_single", "seq")


def fold_whole(layers: Sequence[Layer], name: str) -> pl.DataFrame:
    """One dated table of all layers with ``until`` and ``vanished``, in no order."""
    table = TABLES[name]
    key = list(table.key)
    stored: pl.DataFrame | None = None
    for seq, layer in enumerate(layers):
        if name not in layer.tables:
            continue
        new = _with_bookkeeping(layer.tables[name].collect(), seq)
        if stored is None:
            stored = new
            continue
        news = _changed(stored, new, key=key, day=layer.received_on)
        gone = (
            _vanished(stored, new, table=table, day=layer.received_on)
            if layer.full
            else stored.clear()
        )
        stored = pl.concat([stored, news, gone.with_columns(pl.lit(seq, pl.Int32).alias("seq"))])
    assert stored is not None
    return _until(stored, key)
