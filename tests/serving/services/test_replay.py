"""A list made again from what it stood on: the same bytes, or a plain word why not."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.catalogue import load
from features.refusal import Refusal
from serving.__main__ import app
from serving.scoring.model import in_shadow
from serving.services import order as weekly
from serving.services.replay import Place, replay
from serving.settings import Capacity
from serving.store.runs import FolderRuns
from tests.serving.scoring.test_draw import model
from tests.serving.services.counties import FRIDAY, county, desk, facts, order, publish


def promoted(home: Path, *, version: int) -> None:
    """A version registered and serving, as promotion leaves it."""
    bundle = model(version).bundle
    bundle.write(home / "bundles" / "dropout-risk" / str(version))
    champion = home / "champion" / "dropout-risk"
    bundle.write(champion)
    (champion / "version.json").write_text(json.dumps({"version": version}), encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks: by the rule, then by three versions of a model, settings changed on the way."""
    where = tmp_path_factory.mktemp("home")
    county(where / "county")
    given = facts(where / "county", where)
    for n in range(4):
        if n:
            promoted(where, version=n)
        places = Capacity(share=0.03 + 0.01 * n)
        settings = {"capacity": places.model_dump()}
        day = FRIDAY - timedelta(weeks=3 - n)
        publish(order(given, where, day, capacity=places.of, settings=settings), desk(where))
    return where


def again(home: Path, aside: Path, nth: int) -> dict[str, bool]:
    at = desk(home)
    listed = at.lists.standing()[nth]
    done = replay(listed.list_id, at, Place(home, "key", aside), into=FolderRuns(aside))
    assert done.exact == all(done.same.values())
    return dict(done.same)


@pytest.mark.parametrize("nth", [0, 1, 3])
def test_a_list_versions_old_gives_the_same_bytes(home: Path, tmp_path: Path, nth: int) -> None:
    """By the rule, by the version three back and by the newest: every file of the run is the same."""
    versions = [p.model_version for p in desk(home).lists.standing()]
    assert versions == ["rule", "1", "2", "3"]
    same = again(home, tmp_path, nth)
    assert {"list.parquet", "scores.parquet", "roster.parquet", "manifest.json"} <= set(same)
    assert all(same.values()), same


def test_a_changed_list_is_seen(home: Path, tmp_path: Path) -> None:
    """Where the list that stands was altered, the file is named."""
    altered = tmp_path / "home"
    shutil.copytree(home, altered)
    folder = altered / "runs" / desk(altered).lists.standing()[1].folder
    other = altered / "runs" / desk(altered).lists.standing()[2].folder
    shutil.copyfile(other / "list.parquet", folder / "list.parquet")
    same = again(altered, tmp_path / "aside", 1)
    assert [name for name, equal in same.items() if not equal] == ["list.parquet"]


def test_what_has_changed_since_is_named(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown list, lost extracts, another program: each is refused by name."""
    at, aside = desk(home), FolderRuns(tmp_path)
    place = Place(home, "key", tmp_path)
    with pytest.raises(Refusal, match="没有编号为"):
        replay("nothing", at, place, into=aside)
    listed = at.lists.standing()[1].list_id
    with pytest.raises(Refusal, match="密钥"):
        replay(listed, at, replace(place, pupil_key="another"), into=aside)
    monkeypatch.setattr(weekly, "version", lambda: "9.9")
    monkeypatch.setattr("serving.services.replay.version", lambda: "9.9")
    with pytest.raises(Refusal, match="程序（当时"):
        replay(listed, at, place, into=aside)


def test_lost_extracts_are_named(home: Path, tmp_path: Path) -> None:
    """Without the extracts it stood on, a list cannot be made again, and the backup is named."""
    poorer = tmp_path / "home"
    shutil.copytree(home, poorer)
    shutil.rmtree(poorer / "extracts")
    with pytest.raises(Refusal, match="备份"):
        again(poorer, tmp_path / "aside", 1)


def test_the_command_tells(home: Path, tmp_path: Path) -> None:
    """`baoxue replay` says in one line that the bytes are the same; --json lists the files."""
    listed = desk(home).lists.standing()[2].list_id
    env = {"BAOXUE_HOME": str(home), "BAOXUE_PUPIL_KEY": "key"}
    told = CliRunner().invoke(app, ["replay", listed, "--out", str(tmp_path / "kept")], env=env)
    assert told.exit_code == 0, told.output
    assert "逐字节相同" in told.output
    said = CliRunner().invoke(app, ["replay", listed, "--json"], env={**env, "BAOXUE_LANG": "en"})
    assert json.loads(said.stdout)["exact"]


def test_a_shadow_list_stands_beside_and_is_shown_to_nobody_unasked(
    home: Path, tmp_path: Path
) -> None:
    """It is published under its own name with a note, no school's page takes it, and it replays."""
    shadowed = tmp_path / "home"
    shutil.copytree(home, shadowed)
    given, at = facts(shadowed / "county", shadowed), desk(shadowed)
    own = in_shadow(shadowed, "1", load(given.batch.attributes))
    done = publish(order(given, shadowed, FRIDAY, model=own), at).publication
    assert done.label == "dropout-risk.shadow/1"
    assert "shadow" in [note.code for note in done.notes]
    school = done.schools[0].school_id
    assert at.newest().model_name == "dropout-risk"
    assert at.of_school(school).model_name == "dropout-risk"
    assert at.of_school(school, model="dropout-risk.shadow").list_id == done.list_id
    assert all(p.model_name == "dropout-risk" for p in at.asked())
    aside = tmp_path / "aside"
    again_ = replay(done.list_id, at, Place(shadowed, "key", aside), into=FolderRuns(aside))
    assert again_.exact, again_.same
