"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import polars as pl

#: Rows in a row group: small enough that a reader of some schools or some statuses skips the others.
GROUP = 32_768
SECONDS_A_DAY = 86_400


def sweep(making: Path) -> None:
    """Take away what was begun beside ``making`` a day or more before it and never finished: whoever wrote it
    was killed, or the power went."""
    since = making.stat().st_mtime - SECONDS_A_DAY
    for path in making.parent.glob(".*-*"):
        begun = path.name.startswith((".new-", ".split-")) and path.is_dir()
        if begun and path.stat().st_mtime < since:
            shutil.rmtree(path, ignore_errors=True)


def publish(temporary: Path, final: Path) -> None:
    """Move a finished folder into place at once; where another run was quicker, keep its one."""
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        temporary.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        shutil.rmtree(temporary)


def write_atomically(path: Path, text: str) -> None:
    """The whole text or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def write_table(rows: pl.DataFrame, path: Path) -> None:
    """A Parquet file under a new name, moved into place: another folder's link to the old one keeps it."""
    path.parent.mkdir(exist_ok=True)
    aside = path.with_suffix(".new")
    rows.write_parquet(
        aside, compression="zstd", compression_level=1, row_group_size=GROUP, statistics=True
    )
    aside.replace(path)
