"""Run folders: written aside, forced to the disk, renamed; never changed once they stand."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from features.refusal import Refusal

#: Written last: a folder without it is not complete.
MANIFEST = "manifest.json"
#: Before the name of a run in the making: its parts lie there, and a killed run goes on from them.
_MAKING = ".writing-"
#: The lowest level of zstd: half the time of the next ones for an eighth more room.
_PACKING: Mapping[str, Any] = {"compression": "zstd", "compression_level": 1}
#: Tables of numbers that hardly repeat: half the time of zstd for a third more room.
_PACKED: Mapping[str, Mapping[str, Any]] = {"scores": {"compression": "lz4"}}
#: Within it, no part: which pupils belong to which.
_ROOM = ".room"


class FolderRuns:
    """``serving.ports.Runs`` under ``$BAOXUE_HOME/runs``."""

    def __init__(self, root: Path) -> None:
        """Keep the folder ``runs``; it is made on the first write."""
        self.root = root

    def write(
        self, folder: str, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]
    ) -> None:
        """Everything at once: one part, and done; or nothing of it."""
        if self.exists(folder):
            return
        try:
            self.add(folder, 0, tables)
            self.finish(folder, files)
        except Refusal:
            shutil.rmtree(self._making(folder), ignore_errors=True)
            raise

    def begun(self, folder: str) -> frozenset[int]:
        """The parts of a folder in the making that stand complete."""
        return frozenset(int(p.name) for p in self._making(folder).glob("[0-9]*"))

    def add(self, folder: str, part: int, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write one part to a temporary folder, fsync, rename."""
        making = self._making(folder)
        target = making / f"{part:04d}"
        try:
            making.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=".part-", dir=making))
        except OSError as error:
            raise _unwritable() from error
        try:
            _fill(aside, tables)
            aside.rename(target)
            _sync(making)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not target.is_dir():
                raise _unwritable() from error

    def room(self, folder: str) -> Path:
        """A folder beside the parts in the making: what workers share, gone when the run stands."""
        path = self._making(folder) / _ROOM
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable() from error
        return path

    def drawn(self, folder: str, table: str) -> pl.LazyFrame:
        """One table of a folder in the making, as far as it is written."""
        return pl.scan_parquet(sorted(self._making(folder).glob(f"[0-9]*/{table}.parquet")))

    def finish(self, folder: str, files: Mapping[str, str]) -> None:
        """Parts become tables, files are added, the folder takes its name: the last step is a rename."""
        if self.exists(folder):
            return
        target, making = self.root / folder, self._making(folder)
        aside = target.parent / f"{_MAKING}{target.name}.done"
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            _gather(making, aside)
            _add(aside, files)
            aside.rename(target)
            _sync(target.parent)
            shutil.rmtree(making, ignore_errors=True)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not self.exists(folder):
                raise _unwritable() from error

    def _making(self, folder: str) -> Path:
        target = self.root / folder
        return target.parent / f"{_MAKING}{target.name}"

    def exists(self, folder: str) -> bool:
        """True where this folder stands, complete."""
        return (self.root / folder / MANIFEST).is_file()

    def scan(self, folder: str, table: str) -> pl.LazyFrame:
        """One table of a run, lazily."""
        room = self.root / folder
        paths = sorted((room / table).glob("*.parquet")) or [room / f"{table}.parquet"]
        if not paths[0].is_file():
            raise Refusal(
                f"名单文件夹缺少 {table}.parquet。请从备份恢复，或用 --revise 重新生成本周名单。",
                f"The run's folder lacks {table}.parquet. Restore a backup, or make the week's "
                "list again with --revise.",
            )
        return pl.scan_parquet(paths)

    def text(self, folder: str, name: str) -> str:
        """One text file of a run."""
        return (self.root / folder / name).read_text(encoding="utf-8")

    def sweep(self, *, older_than: float) -> int:
        """Remove what killed runs left half written before ``older_than`` (seconds since 1970)."""
        left = [p for p in self.root.glob(f"*/*/{_MAKING}*") if p.stat().st_mtime < older_than]
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
        return len(left)


def _fill(aside: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    for name, frame in tables.items():
        path = aside / f"{name}.parquet"
        frame.write_parquet(path, **_PACKED.get(name, _PACKING), statistics=True)
        _sync(path)
    _sync(aside)


def _gather(making: Path, aside: Path) -> None:
    """A table of one part is a file, of several a folder of parts in their order (linked: parts stay until
    the run stands)."""
    parts = sorted(making.glob("[0-9]*"))
    for part in parts:
        for path in part.glob("*.parquet"):
            new = (
                aside / path.name if len(parts) == 1 else aside / path.stem / f"{part.name}.parquet"
            )
            new.parent.mkdir(exist_ok=True)
            _link(path, new)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _add(aside: Path, files: Mapping[str, str]) -> None:
    for name in sorted(files, key=lambda n: n == MANIFEST):
        (aside / name).write_text(files[name], encoding="utf-8", newline="\n")
        _sync(aside / name)
    for room in (*(p for p in aside.iterdir() if p.is_dir()), aside):
        _sync(room)
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
