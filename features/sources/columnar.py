"""Parquet: columns as they are typed; the check reads types and text alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from features.sources.raw import Raw, Unreadable


def read_parquet(path: Path) -> Raw:
    """The columns of a Parquet file; raises ``Unreadable``."""
    if not path.stat().st_size:
        raise Unreadable("empty_file")
    try:
        frame = pl.read_parquet(path, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError):
        raise Unreadable("broken_parquet") from None
    headers = tuple(frame.columns)
    return Raw(headers, frame.rename({name: str(i) for i, name in enumerate(headers)}))
