"""Databases for tests: SQLite in a folder, and a PostgreSQL that is started where one can be.

``BAOXUE_TEST_DATABASE_URL`` names a server to be used instead (its user may create databases).
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from serving.store.database import open_database

#: Whom the server runs as where the tests run as root, which it refuses.
NOBODY = "nobody"
_NUMBERS = count(1)


class Server:
    """A PostgreSQL of our own, on a socket in its folder; forgotten when the tests end."""

    def __init__(self, programs: Path) -> None:
        """``programs`` holds initdb and pg_ctl."""
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="baoxue-pg-"))
        atexit.register(self.end)
        if os.geteuid() == 0:
            shutil.chown(self.folder, NOBODY)
        self._run("initdb", "-D", str(self.data), "-U", "baoxue", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")  # fmt: skip
        self.start()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql+psycopg://baoxue@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-o", options, "start")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def end(self) -> None:
        """Stop it and remove its folder."""
        if (self.data / "postmaster.pid").exists():
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", NOBODY, "--", *command]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        subprocess.run(
            command, check=True, cwd="/", env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # fmt: skip


def programs() -> Path | None:
    """The newest folder with PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    there = [str(p) for p in found] + [shutil.which("initdb") or ""]
    own = [Path(p).parent for p in there if p and (Path(p).parent / "pg_ctl").is_file()]
    return own[0] if own else None


def own_server() -> Server:
    """A server for tests that kill it; skips where none can be started."""
    folder = programs()
    if folder is None:
        pytest.skip(
            "no PostgreSQL: install the package postgresql, or set BAOXUE_TEST_DATABASE_URL"
        )
    pytest.importorskip("psycopg", reason="no driver: pip install '.[postgres]'")
    try:
        return Server(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"PostgreSQL could not be started: {type(error).__name__}")


@cache
def _server_url() -> str:
    given = os.environ.get("BAOXUE_TEST_DATABASE_URL", "")
    if given.startswith("postgresql"):
        return given
    return own_server().url


@cache
def _template() -> str:
    """A database at the newest revision, copied by every test."""
    name = f"baoxue_template_{os.getpid()}"
    url = _made(name, "template0")
    open_database(url).close()
    return name


def postgresql() -> str:
    """The address of a fresh database at the newest revision; skips where there is no server."""
    return _made(f"baoxue_test_{os.getpid()}_{next(_NUMBERS)}", _template())


def empty_postgresql() -> str:
    """The address of a database without a table; skips where there is no server."""
    return _made(f"baoxue_test_{os.getpid()}_{next(_NUMBERS)}", "template0")


def _made(name: str, template: str) -> str:
    url = _server_url()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"drop database if exists {name}"))
            connection.execute(text(f"create database {name} template {template}"))
    except OperationalError as error:
        pytest.skip(f"PostgreSQL does not answer: {type(error).__name__}")
    finally:
        engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)
