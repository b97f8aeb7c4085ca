"""The commands of ``features`` as people call them: what they print, refuse and leave behind."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner, Result

import features.build
import features.commands
from features.commands import _clock
from features.mount import mount
from features.refusal import Refusal
from features.synthetic.county import County, write_county

APP = typer.Typer(pretty_exceptions_enable=False)
mount(features.commands, APP)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic extract."""
    folder = tmp_path_factory.mktemp("cli") / "my county"
    write_county(folder, County(students=60, seed=7, weeks=6))
    return folder


def run(home: Path, *arguments: str, lang: str = "zh") -> Result:
    """One command in this home; a refusal stays an exception."""
    env = {"BAOXUE_HOME": str(home), "BAOXUE_LANG": lang}
    result = CliRunner().invoke(APP, arguments, env=env)
    if isinstance(result.exception, Refusal):
        raise result.exception
    return result


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_clean_check_prints_the_next_command(county: Path, tmp_path: Path, lang: str) -> None:
    """The last line is a command that can be copied, also where the folder's name has a space."""
    last = run(tmp_path, "check", str(county), lang=lang).output.strip().splitlines()[-1]
    assert last.endswith(f"baoxue import '{county}'")


def test_an_extract_that_says_nothing_of_itself_is_named(county: Path, tmp_path: Path) -> None:
    """Imported without batch.toml, one line says which area it went to and how to mend it."""
    bare = tmp_path / "bare"
    shutil.copytree(county, bare)
    (bare / "batch.toml").unlink()
    said = run(tmp_path / "home", "import", str(bare)).output.strip().splitlines()
    assert len(said) == 2
    assert "“local”" in said[1]
    assert "baoxue import --undo local-0001" in said[1]
    assert len(run(tmp_path / "home", "import", str(county)).output.strip().splitlines()) == 1


def test_the_indicator_frame_is_what_its_name_says(county: Path, tmp_path: Path) -> None:
    """Under .csv it is CSV with a byte-order mark, under another suffix refused before any work."""
    out = tmp_path / "f.csv"
    run(tmp_path, "features", str(county), "--as-of", "2026-11-20", "--out", str(out))
    assert out.read_bytes().startswith("\ufeffstudent_id,".encode())
    assert pl.read_csv(out).height > 30
    with pytest.raises(Refusal, match="parquet"):
        run(tmp_path, "features", "nowhere", "--as-of", "2026-11-20", "--out", "f.xlsx")


def test_a_day_without_any_pupil_gives_no_indicator_frame(county: Path, tmp_path: Path) -> None:
    """A year mistyped is refused before anything is written."""
    out = tmp_path / "f.parquet"
    with pytest.raises(Refusal, match="没有学生在读"):
        run(tmp_path, "features", str(county), "--as-of", "2015-11-20", "--out", str(out))
    assert not out.exists()


def test_a_day_of_receipt_to_come_is_refused_with_the_remedy(
    county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """check names it as a fault of batch.toml, import refuses it; nothing is stored, and no indicators are told of a day to come. The day itself is fine."""
    home = tmp_path / "home"
    monkeypatch.setattr(_clock, "today_here", lambda: date(2026, 11, 19))
    said = run(home, "check", str(county))
    assert said.exit_code == 1
    assert "晚于今天（2026-11-19）" in said.output
    assert "received_on" in said.output
    assert "不予接收" not in said.output.splitlines()[1]
    with pytest.raises(Refusal, match="received_on"):
        run(home, "import", str(county))
    with pytest.raises(Refusal, match="不能晚于今天"):
        run(
            home, "features", str(county), "--as-of", "2026-11-20", "--out", str(tmp_path / "f.csv")
        )
    assert not home.exists()
    monkeypatch.setattr(_clock, "today_here", lambda: date(2026, 11, 20))
    assert run(home, "check", str(county)).exit_code == 0
    assert run(home, "import", str(county)).exit_code == 0


def test_rows_set_aside_are_counted(county: Path, tmp_path: Path) -> None:
    """``--set-aside`` says of every table how many rows were left out, also the second time, and as JSON."""
    faulty = tmp_path / "faulty"
    shutil.copytree(county, faulty)
    path = faulty / "attendance.parquet"
    rows = pl.read_parquet(path)
    one = rows.head(1).with_columns(status=pl.lit("吃饭"))
    pl.concat([rows, one], how="vertical_relaxed").write_parquet(path)
    home = tmp_path / "home"
    with pytest.raises(Refusal, match="--set-aside"):
        run(home, "import", str(faulty))
    for _ in range(2):
        said = run(home, "import", str(faulty), "--set-aside")
        assert "搁置 1 行：attendance 1 行" in said.output
    told = json.loads(run(home, "import", str(faulty), "--set-aside", "--json").output)
    assert told["set_aside"] == {"attendance": 1}
    # who imports the folder again without the word is told as well
    assert "搁置 1 行：attendance 1 行" in run(home, "import", str(faulty)).output
    told = json.loads(run(home, "import", str(faulty), "--json").output)
    assert told["set_aside"] == {"attendance": 1}
    assert "没有搁置" in run(tmp_path / "other", "import", str(county), "--set-aside").output


def test_the_indicator_frame_is_the_same_by_several_processes(
    county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``--workers`` is passed on to whoever builds, and the table is that of one process, by student id."""
    asked: list[int] = []
    real = features.build.build_by

    def by(workers: int, *given: object, **named: object) -> object:
        asked.append(workers)
        return real(workers, *given, **{**named, "most": 20})  # type: ignore[arg-type]

    monkeypatch.setattr(features.build, "build_by", by)
    one, two = tmp_path / "one.parquet", tmp_path / "two.parquet"
    told = ("features", str(county), "--as-of", "2026-11-20", "--out")
    run(tmp_path, *told, str(one))
    run(tmp_path, *told, str(two), "--workers", "2")
    assert asked == [1, 2]
    assert one.read_bytes() == two.read_bytes()
    assert pl.read_parquet(two)["student_id"].is_sorted()
