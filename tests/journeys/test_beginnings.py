"""Beginnings: nothing yet, nobody gone yet, summer, a new year, a delta: a sensible result and what to do next."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.synthetic.county import County, write_county
from tests.journeys.conftest import DAY, TRAIN, Home

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of 400 pupils."""
    folder = tmp_path_factory.mktemp("small") / "extract"
    write_county(folder, County(students=400, seed=3))
    return folder


def _copy(source: Path, out: Path) -> Path:
    shutil.copytree(source, out)
    return out


def test_a_home_without_anything_says_what_to_do_first(tmp_path: Path) -> None:
    """status in an empty home is no error and names the next command."""
    told = Home(tmp_path / "home").done("status")
    assert "baoxue" in told.out


def test_an_empty_county_gives_an_empty_list_and_a_sentence(small: Path, tmp_path: Path) -> None:
    """Tables with headers and no pupils: imported, listed, nobody on it, and the next step said."""
    folder = _copy(small, tmp_path / "empty")
    for path in folder.glob("*.parquet"):
        if path.stem not in ("schools", "calendar"):
            pl.read_parquet(path).clear().write_parquet(path)
    home = Home(tmp_path / "home")
    told = home.done("weekly", folder, "--as-of", DAY)
    assert told.out.strip()
    trained = home.done("train", folder, *TRAIN)
    assert "规则" in trained.out


def test_without_a_single_past_outcome_the_rule_serves_and_says_so(
    small: Path, tmp_path: Path
) -> None:
    """A county in which nobody has left yet gets the rule's list, and is told so."""
    folder = _copy(small, tmp_path / "calm")
    status = pl.read_parquet(folder / "status_changes.parquet")
    gone = ("dropped_out", "suspected_dropout", "suspicion_cleared", "returned")
    status.filter(~pl.col("kind").is_in(gone)).write_parquet(folder / "status_changes.parquet")
    marks = pl.read_parquet(folder / "attendance.parquet")
    marks.filter(~pl.col("status").is_in(["unexplained", "unexcused"])).write_parquet(
        folder / "attendance.parquet"
    )
    home = Home(tmp_path / "home")
    trained = home.done("train", folder, *TRAIN)
    assert "规则" in trained.out
    told = home.done("weekly", folder, "--as-of", DAY)
    assert "规则" in told.out
    assert home.done("status").out.strip()


@pytest.mark.parametrize(("day", "what"), [("2026-07-31", "summer"), ("2026-09-04", "new year")])
def test_summer_and_a_new_school_year_give_a_list(
    home: Home, county: Path, tmp_path: Path, day: str, what: str
) -> None:
    """In summer weeks and in the first week of a year the run ends well and the list can be read."""
    other = Home(tmp_path / what)
    shutil.copytree(home.folder / "champion", other.folder / "champion")
    told = other.done("weekly", county, "--as-of", day, "--json")
    assert told.json["counts"]["cohort"] > 0
    assert told.json["retrospective"] is True


def test_a_delta_after_a_full_snapshot_is_listed(tmp_path: Path) -> None:
    """Next week's delta lies upon the snapshot: the new marks count, everything else is still there."""
    home = Home(tmp_path / "home")
    before = tmp_path / "before"
    write_county(before, County(students=400, seed=3, last_day=date(2026, 11, 13)))
    home.done("import", before)
    roll = pl.read_parquet(before / "enrolments.parquet").filter(
        pl.col("start_on").dt.year() == 2026
    )
    pupil = roll["student_id"][0]
    delta = tmp_path / "delta"
    delta.mkdir()
    batch = (before / "batch.toml").read_text(encoding="utf-8")
    (delta / "batch.toml").write_text(
        batch.replace('mode = "full"', 'mode = "delta"').replace("2026-11-13", DAY),
        encoding="utf-8",
    )
    marks = "".join(f"{pupil},2026-11-{d},unexplained\n" for d in range(16, 21))
    (delta / "attendance.csv").write_text("student_id,date,status\n" + marks, encoding="utf-8")
    told = home.done("weekly", delta, "--as-of", DAY, "--json")
    assert told.json["counts"]["cohort"] > 300
    alerts = home.done("alerts", delta, "--as-of", DAY, "--format", "json")
    assert "unexplained_absence" in alerts.out


def test_a_delta_without_a_snapshot_is_refused_with_the_next_step(
    small: Path, tmp_path: Path
) -> None:
    """A delta on nothing is refused, and the sentence says to import a full extract first."""
    folder = _copy(small, tmp_path / "delta")
    batch = folder / "batch.toml"
    batch.write_text(
        batch.read_text(encoding="utf-8").replace('"full"', '"delta"'), encoding="utf-8"
    )
    told = Home(tmp_path / "home").run("weekly", folder, "--as-of", DAY)
    assert told.code == 1
    assert "完整批次" in told.out
