"""``baoxue health``: sentences for people, an exit code for the scheduler, a file for the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

import baoxue
import serving.commands
from features.mount import mount
from features.refusal import Refusal
from serving.app import create_app
from serving.settings import ServingSettings
from tests.serving.services.counties import county

APP = typer.Typer(pretty_exceptions_enable=False)
mount(serving.commands, APP)


def run(home: Path, *arguments: str, lang: str = "zh") -> Result:
    """One command in this home; a refusal stays an exception."""
    env = {"BAOXUE_HOME": str(home / "home"), "BAOXUE_LANG": lang}
    result = CliRunner().invoke(APP, arguments, env=env)
    if isinstance(result.exception, Refusal):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one old and one newer week published."""
    where = tmp_path_factory.mktemp("health")
    county(where / "county")
    for day in ("2026-11-13", "2026-11-20"):
        done = run(where, "weekly", str(where / "county"), "--as-of", day, "--engine", "polars")
        assert done.exit_code == 0, done.output
    return where


def test_a_sound_week_exits_with_nothing(home: Path) -> None:
    """A past week, judged as it stood: sentences in both languages, exit 0."""
    zh = run(home, "health", "--week", "2026-W46")
    assert zh.exit_code == 0, zh.output
    assert "没有须人处理的事项" in zh.output
    en = run(home, "health", "--week", "2026-W46", lang="en")
    assert "nothing needs a person." in en.output
    assert not re.search(r"[\u4e00-\u9fff]", en.output)


def test_what_needs_a_person_exits_with_one(home: Path) -> None:
    """Where no school has reported for a week, the scheduler hears it: exit 1, the sentence on top."""
    import polars as pl

    where = home.parent / "silent"
    changed = where / "county"
    where.mkdir()
    county(changed)
    for name in ("attendance", "roll_calls"):
        table = changed / f"{name}.parquet"
        pl.read_parquet(table).filter(pl.col("date") < pl.date(2026, 11, 9)).write_parquet(table)
    for day in ("2026-11-20", "2026-11-13"):
        assert (
            run(where, "weekly", str(changed), "--as-of", day, "--engine", "polars").exit_code == 0
        )
    told = run(where, "health", "--week", "2026-W47", "--format", "json")
    assert told.exit_code == 1
    said = json.loads(told.stdout)
    acting = [f["code"] for f in said["findings"] if f["severity"] == "act"]
    assert "silent_attendance" in acting
    assert said["findings"][0]["severity"] == "act"


def test_the_page_shows_what_the_command_made(home: Path, tmp_path: Path) -> None:
    """The report lies under the home; the application reads it; as one file it needs nothing else."""
    run(home, "health", "--week", "2026-W46")
    run(home, "health")
    stored = list((home / "home" / "health").glob("*/*.json"))
    assert [p.stem for p in sorted(stored)] == ["2026-W46", "2026-W47"]
    app = create_app(ServingSettings(home=home / "home"))
    (report,) = app.state.doors.health()
    assert report.week == "2026-W47"
    out = tmp_path / "health.html"
    run(home, "health", "--week", "2026-W46", "--format", "html", "--out", str(out))
    html = out.read_text(encoding="utf-8")
    assert "2026-W46" in html
    assert "<style>" in html
    assert 'href="/' not in html


def test_a_week_that_was_never_published_is_refused(home: Path) -> None:
    """What there is stands in the refusal."""
    with pytest.raises(Refusal, match="2026-W47"):
        run(home, "health", "--week", "2026-W02")


def test_the_demo_goes_on_where_health_asks_for_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo looks at the health of its week, so that the page has something to show; an exit code of 1,
    which asks for a person, does not end it."""
    said: list[str] = []

    def run(command: str, *_: str) -> None:
        said.append(command)
        if command == "health":
            raise typer.Exit(1)

    monkeypatch.setattr(baoxue, "run", run)
    monkeypatch.setattr(baoxue, "fullest_list", lambda: "s1")
    baoxue.run_through(Path("demo"), 300, 7)
    assert said[-3:] == ["weekly", "health", "list"]
