"""The database: one engine, one metadata, migrations on opening.

SQLite by default (``embedded``), PostgreSQL by ``BAOXUE_DATABASE_URL``. Tables are declared in the modules that
use them (``lists``, ``accounts``, ``audit`` ...) on ``metadata``; history: ``migrations``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
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
    SQLAlchemyError,
)
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from features.places import disk_full
from features.refusal import Refusal
from serving.ports import Full, Unreachable
from serving.settings import ServingSettings
from serving.store import embedded
from serving.store.written import Direct

MIGRATIONS = Path(__file__).parent / "migrations"
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
        self._turn = embedded.turn_of(engine)

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
    def direct(self) -> Iterator[Direct]:
        """As ``write``, for statements written out once; errors of the driver are ``SQLAlchemyError``.

        What is said goes out together where the driver can, up to the first answer that is waited for.
        """
        dialect = self.engine.dialect
        assert dialect.dbapi is not None
        with self._turn():
            connection = self._raw()
            try:
                with together(connection.driver_connection):
                    cursor = connection.cursor()
                    embedded.begin_writing(dialect, cursor)
                    yield Direct(cursor, dialect)
                    connection.commit()
            except dialect.dbapi.Error as error:
                if dialect.is_disconnect(error, connection, None):
                    connection.invalidate(error)
                    raise Unreachable from error
                if disk_full(error):
                    raise Full from error
                raise SQLAlchemyError(type(error).__name__) from error
            finally:
                connection.close()  # what was not committed is rolled back

    def _raw(self) -> PoolProxiedConnection:
        try:
            return self.engine.raw_connection()
        except (OperationalError, InterfaceError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise Unreachable from error

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
                if error.orig is not None and disk_full(error.orig):
                    raise Full from error
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
        if self.engine.dialect.name == "sqlite":
            with self._turn():
                embedded.tidy(self.engine)

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
    try:
        database = Database(_engine(url))
        if migrate and not database.at_head():
            with _migration_lock(database):
                if not database.at_head():
                    upgrade(database)
    except Full:
        raise
    except (Unreachable, OSError) as error:
        raise _unopened(url) from error
    return database


def _unopened(url: str) -> Unreachable:
    """Which file it is, and who said so: a county that set no database must not look for its address."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return Unreachable()
    settings = ServingSettings()
    own = settings.database_url is None and url == settings.database
    return Unreachable(Path(str(parsed.database)), at_home=own)


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
        engine = create_engine(parsed, **_pooled(parsed))
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Refusal(
            "缺少该数据库的驱动。PostgreSQL 请先运行：pip install 'baoxue[postgres]'。",
            "The driver of this database is missing. For PostgreSQL run: "
            "pip install 'baoxue[postgres]'.",
        ) from error
    if engine.dialect.name == "sqlite":
        embedded.listen(engine)
    else:
        event.listen(engine, "checkin", _rested)
        event.listen(engine, "checkout", partial(_asked_after, engine.dialect))
    return engine


def _pooled(url: URL) -> dict[str, Any]:
    """Of a server the connection used last is used next: it knows its statements, and the others may rest.

    Every question sees what was committed before it, whatever a server is set to: who waited for a turn must
    find what the one before wrote.
    """
    if url.get_backend_name() == "sqlite":
        return {}
    return {"pool_use_lifo": True, "isolation_level": "READ COMMITTED"}


def together(driver: Any) -> AbstractContextManager[object]:
    """What is said to ``driver`` inside goes out together, up to the first answer waited for, where it can."""
    pipeline = getattr(driver, "pipeline", None)
    return nullcontext() if pipeline is None else pipeline()


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


@contextmanager
def _migration_lock(database: Database) -> Iterator[None]:
    """One process migrates, the others wait."""
    if database.engine.dialect.name == "sqlite":
        with embedded.migrating(database.engine):
            yield
        return
    with database.engine.connect() as connection:
        lock_key = {"key": MIGRATION_LOCK}
        connection.execute(text("select pg_advisory_lock(:key)"), lock_key)
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), lock_key)
