"""Answers made ready, beside the runs: one small SQLite file an edition; may be deleted at any time.

Whatever reads back is proven by its own checksum, so nothing is forced to the disk here: after a
crash a torn answer is no answer and is made again. What is asked for most stays in memory as well.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from pathlib import Path
from zlib import crc32

from serving.ports import Place, Ready

log = logging.getLogger("baoxue.shelf")
#: Files of so many editions are kept; older ones answer nobody.
KEPT = 3
#: So many bytes of answers stay in memory.
NEAR = 32 * 1024 * 1024
_TABLE = """
create table if not exists answers (
    kind text, subject text, week text, cut text,
    etag text not null, list_id text not null, school_id text not null, class_id text not null,
    shown integer not null, crc integer not null, body blob not null,
    primary key (kind, subject, week, cut)
)"""
_GET = (
    "select crc, body, etag, list_id, school_id, class_id, shown from answers "
    "where kind = ? and subject = ? and week = ? and cut = ?"
)
_PUT = "insert or replace into answers values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class FolderShelf:
    """``serving.ports.Shelf`` under ``$BAOXUE_HOME/served``."""

    def __init__(self, root: Path, program: str) -> None:
        """``program`` names code and wording: another program's answers are not taken."""
        self._root = root
        self._program = program
        self._open: dict[str, sqlite3.Connection] = {}
        # waiting for a lock of ours costs microseconds, for one of SQLite's milliseconds of sleep
        self._lock = threading.Lock()
        self._near: dict[tuple[str, Place], Ready] = {}
        self._bytes = 0

    def get(self, edition: str, place: Place) -> Ready | None:
        """One look-up; a body that does not fit its checksum is none."""
        near = self._near.get((edition, place))
        if near is not None:
            return near
        try:
            with self._lock:
                row = self._of(edition).execute(_GET, _key(place)).fetchone()
        except (sqlite3.Error, OSError) as error:
            log.warning("shelf not read: %s", type(error).__name__)
            return None
        if row is None or crc32(row[1]) != row[0]:
            return None
        ready = Ready(*row[1:])
        self._keep_near(edition, place, ready)
        return ready

    def put(self, edition: str, place: Place, ready: Ready) -> None:
        """Keep one answer."""
        own = (ready.etag, ready.list_id, ready.school_id, ready.class_id, ready.rows)
        said = (*own, crc32(ready.body), ready.body)
        try:
            with self._lock:
                self._of(edition).execute(_PUT, (*_key(place), *said))
        except (sqlite3.Error, OSError) as error:
            log.warning("shelf not written: %s", type(error).__name__)

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            for connection in self._open.values():
                connection.close()
            self._open.clear()

    def _keep_near(self, edition: str, place: Place, ready: Ready) -> None:
        """In memory, at most ``NEAR`` bytes of bodies; the one read in first goes first."""
        with self._lock:
            if (edition, place) in self._near:
                return
            self._near[edition, place] = ready
            self._bytes += len(ready.body)
            while self._bytes > NEAR:
                self._bytes -= len(self._near.pop(next(iter(self._near))).body)

    def _of(self, edition: str) -> sqlite3.Connection:
        """The edition's file; opening a new one lets the oldest go."""
        if edition not in self._open:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o750)
            path = self._path(edition)
            connection = sqlite3.connect(path, timeout=0.05, check_same_thread=False)
            connection.isolation_level = None
            connection.execute("pragma synchronous=off")
            connection.execute("pragma cache_size=-4096")
            connection.execute(_TABLE)
            path.chmod(0o640)
            self._open[edition] = connection
            self._sweep()
        return self._open[edition]

    def _path(self, edition: str) -> Path:
        name = hashlib.sha256(f"{self._program}\n{edition}".encode()).hexdigest()[:24]
        return self._root / f"{name}.sqlite"

    def _sweep(self) -> None:
        """Close and remove what is older than the newest few editions."""
        while len(self._open) > KEPT:
            self._open.pop(next(iter(self._open))).close()
        files = sorted(self._root.glob("*.sqlite"), key=lambda p: p.stat().st_mtime)
        for old in files[:-KEPT]:
            if old not in {self._path(edition) for edition in self._open}:
                old.unlink(missing_ok=True)


def _key(place: Place) -> tuple[str, str, str, str]:
    return (place.kind, place.subject, place.week, place.cut)
