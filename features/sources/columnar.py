"""Parquet: columns as they are typed; the check reads types and text alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.sources.raw import Raw, Unreadable

#: A file with more rows is not read before it is known what of it is wanted at a time.
LARGE = 1 << 20


def read_parquet(path: Path) -> Raw:
    """The columns of a Parquet file, unread where they are long; raises ``Unreadable``."""
    if not path.stat().st_size:
        raise Unreadable("empty_file")
    try:
        cells = pl.scan_parquet(path, hive_partitioning=False)
        headers = tuple(cells.collect_schema())
        named = cells.rename({name: str(i) for i, name in enumerate(headers)})
        large = cells.select(pl.len()).collect().item() > LARGE
        return Raw(headers, named if large else named.collect())
    except (pl.exceptions.PolarsError, OSError):
        raise Unreadable("broken_parquet") from None
