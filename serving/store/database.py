"""The database: one engine, one metadata, migrations on opening.

SQLite by default, PostgreSQL by ``BAOXUE_DATABASE_URL``. Tables are declared in the modules that
use them (``lists``, ``accounts``, ``audit`` ...) on ``metadata``; history: ``migrations``.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
from sqlalchemy.exc import OperationalError

from features.refusal import Refusal

MIGRATIONS = Path(__file__).parent / "migrations"
#: From this version on SQLite's write-ahead log is free of the reset corruption.
WAL_SOUND = (3, 51, 3)
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

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; what it sees is one state."""
        with self._connected() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection that may write; commits at the end, rolls back on an error."""
        with self._connected() as connection:
            connection = connection.execution_options(baoxue_write=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise _closed() from error
        with connection:
            yield connection

    def at_head(self) -> bool:
        """True where every migration has been applied."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            version = Table("alembic_version", MetaData(), autoload_with=connection)
            return connection.scalar(select(version.c.version_num)) == head_revision()

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def head_revision() -> str:
    """The newest revision: files are named ``0001_what.py`` and their revision is ``0001``."""
    return max(p.name[:4] for p in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open the database at ``url`` and bring its tables to the newest revision.

    Raises ``Refusal`` where it cannot be opened.
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


def _closed() -> Refusal:
    return Refusal(
        "数据库打不开：请检查 BAOXUE_DATABASE_URL、磁盘空间和写权限后重试。",
        "The database cannot be opened: check BAOXUE_DATABASE_URL, disk space and write "
        "permission, then try again.",
    )


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        try:
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _closed() from error
    engine = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() != "sqlite")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, see _sqlite_begin
    cursor = connection.cursor()
    sound = sqlite3.sqlite_version_info >= WAL_SOUND
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA journal_mode={'WAL' if sound else 'TRUNCATE'}")
    cursor.execute("PRAGMA synchronous=FULL")
    if not sound:
        cursor.execute("PRAGMA cache_spill=OFF")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    """A writer takes its lock at once: two writers then wait for each other instead of failing."""
    write = connection.get_execution_options().get("baoxue_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


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
