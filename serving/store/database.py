"""The database: one engine, one metadata, migrations on opening.

SQLite by default, PostgreSQL by ``BAOXUE_DATABASE_URL``. Tables are declared in the modules that
use them (``lists``, ``accounts``, ``audit`` ...) on ``metadata``; history: ``migrations``.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    InvalidatePoolError,
    NoSuchModuleError,
    OperationalError,
)
from sqlalchemy.pool import ConnectionPoolEntry

from features.refusal import Refusal
from serving.ports import Unreachable

MIGRATIONS = Path(__file__).parent / "migrations"
#: So long a writer waits for another process's transaction before it gives up.
PATIENCE = 30.0
#: After so many seconds unused a connection to a server is asked whether anybody is there.
RESTED = 1.0
MIGRATION_LOCK = 0x62616F78  # any number will do, as long as every process takes the same

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC; SQLite gives naive times back, people get aware ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody knows which one it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        aware = value.astimezone(UTC)
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An open database; ``read()`` and ``write()`` give connections inside a transaction."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; use ``open_database``."""
        self.engine = engine
        self._turn = _turn_of(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; what it sees is one state."""
        with self._connected() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection that may write; commits at the end, rolls back on an error."""
        with self._turn(), self._connected() as connection:
            connection = connection.execution_options(baoxue_write=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Raises ``Unreachable`` where the database does not answer, or no longer does."""
        try:
            connection = self.engine.connect()
        except (OperationalError, InterfaceError) as error:
            raise Unreachable from error
        with connection:
            try:
                yield connection
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise Unreachable from error
                raise

    def at_head(self) -> bool:
        """True where every migration has been applied."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            version = Table("alembic_version", MetaData(), autoload_with=connection)
            return connection.scalar(select(version.c.version_num)) == head_revision()

    def tidy(self) -> None:
        """For a quiet moment: what SQLite would otherwise do in the middle of somebody's commit."""
        if self.engine.dialect.name != "sqlite":
            return
        with self._turn():
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def head_revision() -> str:
    """The newest revision: files are named ``0001_what.py`` and their revision is ``0001``."""
    return max(p.name[:4] for p in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open the database at ``url`` and bring its tables to the newest revision.

    Raises ``Unreachable`` where it cannot be opened.
    """
    database = Database(_engine(url))
    if migrate and not database.at_head():
        with _migration_lock(database):
            if not database.at_head():
                upgrade(database)
    return database


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply the migrations up to ``revision``."""
    from alembic import command

    with database.write() as connection:
        command.upgrade(alembic_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the migrations back down to ``revision`` ('base' for all)."""
    from alembic import command

    with database.write() as connection:
        command.downgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration without a file: this folder and this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Refusal(
            "BAOXUE_DATABASE_URL 写法有误。PostgreSQL 写成 postgresql+psycopg://用户:密码@主机/库名。",
            "BAOXUE_DATABASE_URL is not an address. PostgreSQL is written "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        ) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        try:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unreachable from error
    try:
        engine = create_engine(parsed)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Refusal(
            "缺少该数据库的驱动。PostgreSQL 请先运行：pip install 'baoxue[postgres]'。",
            "The driver of this database is missing. For PostgreSQL run: "
            "pip install 'baoxue[postgres]'.",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "checkin", _rested)
        event.listen(engine, "checkout", partial(_asked_after, engine.dialect))
    return engine


def _rested(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rested_since"] = time.monotonic()


def _asked_after(
    dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """A connection that rested may be gone: it is asked first, and it and all that rest beside it are made anew
    where nobody answers. One in use a moment ago is not: that would be a question more in every transaction."""
    since = record.info.get("rested_since")
    if since is None or time.monotonic() - since < RESTED:
        return
    assert dialect.dbapi is not None
    try:
        dialect.do_ping(connection)
    except dialect.dbapi.Error as error:
        raise InvalidatePoolError from error


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, see _sqlite_begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA foreign_keys=ON")
    # one forced write a commit instead of three or four; readers and the writer do not wait
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    # at most 256 MB between checkpoints: each is a pause, and a page written often is then copied once
    cursor.execute("PRAGMA wal_autocheckpoint=65536")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    """A writer takes its lock at once: two writers then wait for each other instead of failing."""
    write = connection.get_execution_options().get("baoxue_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class _Turn:
    """SQLite's writers one after the other, across threads and processes.

    SQLite would let them wait by sleeping up to 0.1 s at a time. And before 3.51.3 a commit during
    another connection's checkpoint could lose pages; checkpoints happen inside commits, so where
    commits come one by one the two never meet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._handle = -1
        self._deep = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
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


def _turn_of(engine: Engine) -> Callable[[], AbstractContextManager[None]]:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:":
        return nullcontext
    return _Turn(Path(f"{name}.writing"))


@contextmanager
def _migration_lock(database: Database) -> Iterator[None]:
    """One process migrates, the others wait."""
    if database.engine.dialect.name == "sqlite":
        name = database.engine.url.database
        if not name or name == ":memory:":
            yield
            return
        with Path(f"{name}.migrating").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with database.engine.connect() as connection:
        lock_key = {"key": MIGRATION_LOCK}
        connection.execute(text("select pg_advisory_lock(:key)"), lock_key)
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), lock_key)
