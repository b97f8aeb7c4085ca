"""Fixtures of the web's tests: one house a module, since most tests only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.store.database import Database, open_database
from tests.serving import databases
from tests.serving.factories import House, house


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house of its own."""
    return house(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One house for tests that only read."""
    return house(tmp_path_factory.mktemp("shared"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database at the newest revision, once of each kind."""
    sqlite = request.param == "sqlite"
    opened = open_database(
        f"sqlite:///{tmp_path / 'a' / 'baoxue.db'}" if sqlite else databases.postgresql()
    )
    yield opened
    opened.close()
