"""What a measurement is prepared with: synthetic extracts and stores, made once a size and found again."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks import apart, city
from benchmarks.bars import Place


@contextmanager
def taken(room: Path) -> Iterator[None]:
    """The room for one measurement; ends with a sentence where another is at work in it."""
    room.mkdir(parents=True, exist_ok=True)
    with (room / ".taken").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(
                f"another measurement is at work in {room}: wait for it, or name another --room"
            ) from None
        yield


def weekly(place: Place) -> Path:
    """A room with ``whole``, ``history``, ``delta`` and a ``home`` that holds the history and a champion."""
    room = place.room / f"{place.size}-city"
    room.mkdir(parents=True, exist_ok=True)
    _forget_other_programs(room)
    if not (room / "home" / "champion").is_dir():
        command = ["-m", "benchmarks.city", "--pupils", str(place.pupils), "--keep", str(room)]
        apart.run([*command, "--prepare"])
    return room


def _forget_other_programs(room: Path) -> None:
    """A store folded by other code would be folded anew inside what is measured: it is made again here."""
    sources = sorted((apart.ROOT / "features" / "facts").glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = room / "folded-by"
    if not stamp.exists() or stamp.read_text() != digest:
        for name in ("home", "folded"):
            shutil.rmtree(room / name, ignore_errors=True)
        stamp.write_text(digest)


def imported(place: Place) -> tuple[Path, Path, date]:
    """A home that has folded the whole extract, the extract, and its last day."""
    room = weekly(place)
    home, whole = room / "folded", room / "whole"
    lines = (
        "import sys; from pathlib import Path; from features.facts import open_facts;"
        "open_facts([Path(sys.argv[1])], Path(sys.argv[2]))"
    )
    if not (home / "facts").is_dir():
        apart.run(["-c", lines, str(whole), str(home)])
    return home, whole, city.LAST
