"""Which folded stores are kept: the newest few of an area, and whatever was opened lately.

A store that grew out of another shares the files that did not change with it, so keeping both costs little;
but the files that were replaced stay on the disk as long as any store names them. Everything here can be
folded anew from the extracts, so nothing is lost, only time.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from features.facts.files import write_atomically

#: Beside the tables: the area and the extracts that a store was folded from. Touched when it is opened.
CHAIN = "chain.json"
#: Stores kept of an area: this week's, and those that a list of the last weeks is replayed from.
NEWEST = 4
#: A store opened so lately before the newest one may still be read from.
LATELY_SECONDS = 7 * 86400


def name_chain(folder: Path, area: str, extracts: Sequence[str]) -> None:
    """Write down in ``folder`` what was folded into it."""
    text = json.dumps({"area": area, "extracts": list(extracts)}, ensure_ascii=False, indent=1)
    write_atomically(folder / CHAIN, text)


def touch(folder: Path) -> None:
    """Remember that the store in ``folder`` is in use; on a read-only disk it is not."""
    with suppress(OSError):
        os.utime(folder / CHAIN)


def _area(folder: Path) -> str:
    path = folder / CHAIN
    if folder.name.startswith(".") or not path.exists():
        return ""
    area: str = json.loads(path.read_text(encoding="utf-8"))["area"]
    return area


def _used(folder: Path) -> float:
    path = folder / CHAIN
    return (path if path.exists() else folder).stat().st_mtime


def opened_last(root: Path) -> Path | None:
    """The store that was opened last of those in ``root``; None where there is none."""
    folders = [p for p in root.glob("*") if _area(p)]
    return max(folders, key=_used, default=None)


def forget_old(root: Path, area: str) -> None:
    """Delete the stores of ``area`` beyond the newest, and what no chain stands by (interrupted, older forms).

    What was opened within a week before the newest store stays: somebody may be reading it.
    """
    folders = sorted((p for p in root.iterdir() if p.is_dir()), key=_used, reverse=True)
    lately = _used(folders[0]) - LATELY_SECONDS if folders else 0.0
    of_area = [p for p in folders if _area(p) == area]
    for folder in [*of_area[NEWEST:], *(p for p in folders if not _area(p))]:
        if _used(folder) < lately:
            shutil.rmtree(folder, ignore_errors=True)
