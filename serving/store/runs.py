"""Run folders: written aside, forced to the disk, renamed; never changed once they stand."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from features.refusal import Refusal

#: Written last: a folder without it is not complete.
MANIFEST = "manifest.json"


class FolderRuns:
    """``serving.ports.Runs`` under ``$BAOXUE_HOME/runs``."""

    def __init__(self, root: Path) -> None:
        """Keep the folder ``runs``; it is made on the first write."""
        self.root = root

    def write(
        self, folder: str, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]
    ) -> None:
        """Write everything to a temporary folder beside it, fsync, rename."""
        target = self.root / folder
        if self.exists(folder):
            return
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
        except OSError as error:
            raise _unwritable() from error
        try:
            _fill(aside, tables, files)
            aside.rename(target)
            _sync(target.parent)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not self.exists(folder):
                raise _unwritable() from error

    def exists(self, folder: str) -> bool:
        """True where this folder stands, complete."""
        return (self.root / folder / MANIFEST).is_file()

    def scan(self, folder: str, table: str) -> pl.LazyFrame:
        """One table of a run, lazily."""
        path = self.root / folder / f"{table}.parquet"
        if not path.is_file():
            raise Refusal(
                f"名单文件夹缺少 {table}.parquet。请从备份恢复，或用 --revise 重新生成本周名单。",
                f"The run's folder lacks {table}.parquet. Restore a backup, or make the week's "
                "list again with --revise.",
            )
        return pl.scan_parquet(path)

    def text(self, folder: str, name: str) -> str:
        """One text file of a run."""
        return (self.root / folder / name).read_text(encoding="utf-8")

    def sweep(self, *, older_than: float) -> int:
        """Remove what killed runs left half written before ``older_than`` (seconds since 1970)."""
        left = [p for p in self.root.glob("*/*/.writing-*") if p.stat().st_mtime < older_than]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return len(left)


def _fill(aside: Path, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]) -> None:
    for name, frame in tables.items():
        frame.write_parquet(aside / f"{name}.parquet", compression="zstd", statistics=True)
        _sync(aside / f"{name}.parquet")
    for name in sorted(files, key=lambda n: n == MANIFEST):
        (aside / name).write_text(files[name], encoding="utf-8", newline="\n")
        _sync(aside / name)
    _sync(aside)
    aside.chmod(0o750)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable() -> Refusal:
    return Refusal(
        "名单写不进磁盘：请检查磁盘空间和 BAOXUE_HOME 的写权限。已发布的名单不受影响。",
        "The list cannot be written: check disk space and the write permission of BAOXUE_HOME. "
        "Published lists stand.",
    )
