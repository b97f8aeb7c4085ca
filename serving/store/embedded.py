"""SQLite: how it is opened, and whose turn it is to write.

Commits go to a log beside the database (WAL), which a checkpoint copies into it; the log is then written
from its beginning again.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor

from serving.ports import Unreachable

#: So long a writer waits for another process's transaction before it gives up.
PATIENCE = 30.0
#: Pages between checkpoints (64 MB): each is a pause, and a page written often is then copied once.
CHECKPOINT = 16384


def listen(engine: Engine) -> None:
    """Every connection of ``engine`` is set up, and begins its transactions as readers or writers do."""
    event.listen(engine, "connect", _connect)
    event.listen(engine, "begin", _begin)


def _connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, see _begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(1000 * PATIENCE)}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # one forced write a commit instead of three or four; readers and the writer do not wait
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: two writers then wait for each other instead of failing."""
    write = connection.get_execution_options().get("baoxue_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def begin_writing(dialect: Dialect, cursor: DBAPICursor) -> None:
    """As ``_begin`` does for a writer; other drivers begin by themselves."""
    if dialect.name == "sqlite":
        cursor.execute("BEGIN IMMEDIATE")


def tidy(engine: Engine) -> None:
    """A checkpoint now, for a writer whose turn it is."""
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")


class Turn:
    """SQLite's writers one after the other, across threads and processes.

    SQLite would let them wait by sleeping up to 0.1 s at a time. And before 3.51.3 a commit during
    another connection's checkpoint could lose pages; checkpoints happen inside commits, so where
    commits come one by one the two never meet.
    """

    def __init__(self, path: Path) -> None:
        """``path``: a file to hold while writing; it is made where there is none."""
        self._path = path
        self._lock = threading.RLock()
        self._handle = -1
        self._deep = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """The turn, for as long as it is held; raises ``Unreachable`` after ``PATIENCE``."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise Unreachable
        try:
            self._deep += 1
            if self._deep == 1:
                self._handle = _locked(self._path)
            yield
        finally:
            self._deep -= 1
            if self._deep == 0 and self._handle >= 0:
                os.close(self._handle)  # gives the lock back
                self._handle = -1
            self._lock.release()


def _locked(path: Path) -> int:
    """An open, locked file; raises ``Unreachable`` where it cannot be had in ``PATIENCE``."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise Unreachable from error
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError as error:
            if time.monotonic() > until:
                os.close(handle)
                raise Unreachable from error
            time.sleep(0.002)


def turn_of(engine: Engine) -> Callable[[], AbstractContextManager[None]]:
    """The turn of whoever writes to the database of ``engine``; none where SQLite is not or has no file."""
    path = _file(engine)
    return nullcontext if path is None else Turn(Path(f"{path}.writing"))


@contextmanager
def migrating(engine: Engine) -> Iterator[None]:
    """One process migrates, the others wait for as long as that takes."""
    path = _file(engine)
    if path is None:
        yield
        return
    with Path(f"{path}.migrating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(engine: Engine) -> Path | None:
    """Where SQLite keeps the database; None on another one, or in memory."""
    name = engine.url.database
    kept = engine.dialect.name == "sqlite" and name and name != ":memory:"
    return Path(str(name)) if kept else None
