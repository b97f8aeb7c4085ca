"""Laws of the command ``baoxue sample``."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from features.commands import sample
from features.refusal import Refusal


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(lambda: None)
    sample.register(made)
    return made


def test_writes_a_county_and_says_what_next(app: typer.Typer, tmp_path: Path) -> None:
    """The command writes the extract, prints the rows and the next step."""
    out = tmp_path / "c"
    done = CliRunner().invoke(
        app, ["sample", str(out), "--students", "30", "--weeks", "2", "--format", "csv"]
    )
    assert done.exit_code == 0, done.output
    assert (out / "students.csv").exists()
    assert (out / "batch.toml").exists()
    assert "baoxue check" in done.output
    assert "虚构" in done.output


def test_unknown_format_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    """A format that is not there is refused with those that are."""
    done = CliRunner().invoke(app, ["sample", str(tmp_path / "c"), "--format", "ods"])
    assert isinstance(done.exception, Refusal)
    assert "parquet" in done.exception.say("en")


def test_templates_are_written_instead(app: typer.Typer, tmp_path: Path) -> None:
    """--templates writes blank tables and no pupils."""
    out = tmp_path / "t"
    done = CliRunner().invoke(app, ["sample", str(out), "--templates", "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert any(out.iterdir())


def test_last_day_is_an_option_never_the_clock(app: typer.Typer, tmp_path: Path) -> None:
    """The records end on the day asked for."""
    out = tmp_path / "c"
    args = ["sample", str(out), "--students", "20", "--weeks", "2", "--last-day", "2025-10-24"]
    assert CliRunner().invoke(app, args).exit_code == 0
    assert "received_on = 2025-10-24" in (out / "batch.toml").read_text("utf-8")
