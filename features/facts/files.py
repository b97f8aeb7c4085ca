"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import psutil

#: Rows in a row group: small enough that a reader of some schools or some statuses skips the others.
GROUP = 32_768
SECONDS_A_DAY = 86_400
#: Copies of a store that a process works in, beside it: ``.past-PROCESS@MACHINE-...``.
_ROOM = ".past-"


def sweep(making: Path) -> None:
    """Take away what was begun beside ``making`` a day or more before it and never finished: whoever wrote it
    was killed, or the power went."""
    since = making.stat().st_mtime - SECONDS_A_DAY
    for path in making.parent.glob(".*-*"):
        begun = path.name.startswith((".new-", ".split-", _ROOM)) and path.is_dir()
        if begun and path.stat().st_mtime < since:
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def room_beside(store: Path) -> Iterator[Path]:
    """A room for a copy of ``store``: in its home, never where others of the machine look, gone afterwards."""
    store.parent.mkdir(parents=True, exist_ok=True)
    forget_rooms(store.parent)
    prefix = f"{_ROOM}{os.getpid()}@{platform.node()}-"
    with tempfile.TemporaryDirectory(
        dir=store.parent, prefix=prefix, ignore_cleanup_errors=True
    ) as room:
        sweep(Path(room))
        yield Path(room)


def forget_rooms(root: Path) -> None:
    """Take away rooms in ``root`` whose process is gone: it was killed, and what it copied is about pupils.

    Whether a process of another machine lives cannot be seen: its rooms are left to ``sweep``.
    """
    for room in root.glob(f"{_ROOM}*@{platform.node()}-*"):
        process = room.name.removeprefix(_ROOM).partition("@")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(room, ignore_errors=True)


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
