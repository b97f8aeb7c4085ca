"""One small synthetic county taken through the product's own commands, once for all journeys."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import baoxue
from features.refusal import Refusal
from features.synthetic.county import County, write_county

DAY = "2026-11-20"
WEEK = "2026-W47"
TRAIN = ("--until", DAY, "--promote", "--every-weeks", "2")


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    code: int
    out: str

    @property
    def json(self) -> Any:
        """The output read as JSON."""
        return json.loads(self.out)


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get("BAOXUE_HOME")
    os.environ["BAOXUE_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["BAOXUE_HOME"]
        else:
            os.environ["BAOXUE_HOME"] = before


@dataclass(frozen=True)
class Home:
    """A ``BAOXUE_HOME`` and the commands given in it."""

    folder: Path

    def run(self, *arguments: object) -> Told:
        """One command, in this process; a refusal is exit 1 with its sentence."""
        raw = io.BytesIO()
        said = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
        with _home(self.folder), redirect_stdout(said), redirect_stderr(said):
            try:
                code = baoxue.mounted()([str(a) for a in arguments], standalone_mode=False) or 0
            except Refusal as refusal:
                code = 1
                said.write(refusal.zh)
            except SystemExit as stop:
                code = int(stop.code or 0)
            except Exception as error:
                # typer's own way of ending a command early (typer.Exit) has no common base with click's
                if not hasattr(error, "exit_code"):
                    raise
                code = int(error.exit_code)
        said.flush()
        return Told(int(code), raw.getvalue().decode("utf-8"))

    def done(self, *arguments: object) -> Told:
        """The same for a command that must succeed."""
        told = self.run(*arguments)
        assert told.code == 0, told.out
        return told


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic county of 2,000 pupils with a year and a term of records."""
    folder = tmp_path_factory.mktemp("county") / "extract"
    write_county(folder, County(students=2000, seed=11, profile="hard_county"))
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, county: Path) -> Home:
    """A home in which the county was checked, trained upon and listed."""
    home = Home(tmp_path_factory.mktemp("home"))
    home.done("check", county)
    home.done("train", county, *TRAIN)
    home.done("weekly", county, "--as-of", DAY)
    return home


@pytest.fixture(scope="session")
def school(home: Home) -> str:
    """The school with the longest list."""
    with _home(home.folder):
        return baoxue.fullest_list()
