"""Fixtures of the web's tests: one house a module, since most tests only read."""

from __future__ import annotations

import pytest

from tests.serving.factories import House, house


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house of its own."""
    return house(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One house for tests that only read."""
    return house(tmp_path_factory.mktemp("shared"))
