"""Laws of ``baoxue convert``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from features.commands import convert
from tests.features.converters.factories import export, oulad, person, pupil


def run(*words: str) -> tuple[int, str]:
    app = typer.Typer()
    convert.register(app)
    result = CliRunner().invoke(app, ["convert", *words], catch_exceptions=True)
    return result.exit_code, result.output


def test_oulad_prints_rows_and_the_next_step(tmp_path: Path) -> None:
    """The command says what it wrote and which command comes next."""
    folder = oulad(tmp_path / "src", [person(7)])
    code, said = run("oulad", str(folder), str(tmp_path / "out"), "--presentations", "2013J")
    assert code == 0
    assert "attendance" in said
    assert "下一步：baoxue check" in said


def test_english_is_spoken_where_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With BAOXUE_LANG=en the same is said in English."""
    monkeypatch.setenv("BAOXUE_LANG", "en")
    path = export(tmp_path / "x.csv", [pupil()])
    _, said = run("xueji", str(path), str(tmp_path / "out"), "--received-on", "2026-10-10")
    assert "Still needed:" in said
    assert "Next: baoxue check" in said


def test_xueji_lists_what_is_still_needed(tmp_path: Path) -> None:
    """What the export lacks is printed as a list under 还需要."""
    path = export(tmp_path / "x.csv", [pupil()])
    _, said = run("xueji", str(path), str(tmp_path / "out"), "--received-on", "2026-10-10")
    assert "还需要：\n  · 学校名称" in said


def test_programs_read_json(tmp_path: Path) -> None:
    """--json gives rows, notes and wants in both languages."""
    path = export(tmp_path / "x.csv", [pupil()])
    _, said = run("xueji", str(path), str(tmp_path / "o"), "--received-on", "2026-10-10", "--json")
    told = json.loads(said)
    assert told["rows"]["students"] == 1
    assert {"zh", "en"} == set(told["wanted"][0])


def test_the_day_of_the_export_must_be_said(tmp_path: Path) -> None:
    """Without --received-on nothing is converted: usage, exit 2."""
    path = export(tmp_path / "x.csv", [pupil()])
    code, _ = run("xueji", str(path), str(tmp_path / "o"))
    assert code == 2
    assert not (tmp_path / "o").exists()
