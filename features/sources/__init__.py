"""An extract's folder: which files it holds, and their cells as written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.sources.columnar import read_parquet
from features.sources.delimited import read_csv
from features.sources.raw import Raw, Turns, Unreadable
from features.sources.workbook import read_xlsx

__all__ = ["Raw", "Source", "Turns", "Unreadable", "list_sources"]

#: Read: endings of the files that are tables. Others of ``OLD`` are named with a remedy.
READERS: dict[str, Callable[[Path], Raw]] = {
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".parquet": read_parquet,
}
OLD = (".xls", ".et", ".ods", ".xlsm", ".xlsb", ".txt", ".tsv")


@dataclass(frozen=True)
class Source:
    """One file of an extract."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending: the table's name, if it is one."""
        return self.path.stem.strip()

    def read(self) -> Raw:
        """The file's cells; raises ``Unreadable`` where it is no table."""
        reader = READERS.get(self.path.suffix.lower())
        if reader is None:
            raise Unreadable("old_format")
        try:
            return reader(self.path)
        except PermissionError:
            raise Unreadable("no_permission") from None


def list_sources(folder: Path) -> list[Source]:
    """The folder's tables (and files that mean to be tables), by name; other files are no concern.

    Office lock files (``~$x.xlsx``) and hidden files are passed over.
    """
    endings = {*READERS, *OLD}
    files = (path for path in folder.iterdir() if path.is_file())
    tables = (path for path in files if path.suffix.lower() in endings)
    return [Source(path) for path in sorted(tables) if not path.name.startswith(("~$", "."))]
