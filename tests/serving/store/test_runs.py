"""Run folders and the key: written aside, whole or not at all."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import polars as pl
import pytest

from features.refusal import Refusal
from serving.scoring.identity import PUBLIC_KEY
from serving.store.keys import FILE, pupil_key
from serving.store.runs import FolderRuns

TABLES = {"list": pl.DataFrame({"a": [1, 2]})}
FILES = {"manifest.json": "{}\n", "bundle.json": "{}\n"}


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    """Tables and files come back; a folder that stands is kept as it is."""
    runs = FolderRuns(tmp_path / "runs")
    assert not runs.exists("a/w/L1")
    runs.write("a/w/L1", TABLES, FILES)
    assert runs.exists("a/w/L1")
    assert runs.scan("a/w/L1", "list").collect().equals(TABLES["list"])
    assert runs.text("a/w/L1", "bundle.json") == "{}\n"
    runs.write("a/w/L1", {"list": pl.DataFrame({"a": [9]})}, FILES)
    assert runs.scan("a/w/L1", "list").collect().equals(TABLES["list"])


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """A run without a table says which and what to do."""
    with pytest.raises(Refusal, match=r"scores\.parquet"):
        FolderRuns(tmp_path).scan("a/w/L1", "scores")


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """Where the disk refuses, one sentence, and no half folder."""
    runs = FolderRuns(tmp_path / "runs")
    (tmp_path / "runs").write_text("in the way")
    with pytest.raises(Refusal, match="BAOXUE_HOME"):
        runs.write("a/w/L1", TABLES, FILES)
    runs = FolderRuns(tmp_path / "other")
    with pytest.raises(Refusal):
        runs.write("a/w/L1", TABLES, {"no/such/folder.json": "x"})
    assert list((tmp_path / "other" / "a" / "w").iterdir()) == []


def test_of_two_writers_one_stands(tmp_path: Path) -> None:
    """A folder that came to stand meanwhile is kept."""
    runs = FolderRuns(tmp_path)
    (tmp_path / "a" / "w" / "L1").mkdir(parents=True)
    (tmp_path / "a" / "w" / "L1" / "other").write_text("x")
    with pytest.raises(Refusal):
        runs.write("a/w/L1", TABLES, FILES)


def test_half_written_folders_are_swept(tmp_path: Path) -> None:
    """What killed runs left is removed once it is old."""
    runs = FolderRuns(tmp_path)
    half = tmp_path / "a" / "w" / ".writing-x"
    half.mkdir(parents=True)
    assert runs.sweep(older_than=time.time() - 60) == 0
    assert runs.sweep(older_than=time.time() + 60) == 1
    assert not half.exists()


def test_the_key_of_a_home(tmp_path: Path) -> None:
    """Real data get a secret made once; synthetic a public one; a given one prevails."""
    assert pupil_key(tmp_path, synthetic=True) == PUBLIC_KEY
    assert not (tmp_path / FILE).exists()
    own = pupil_key(tmp_path, synthetic=False)
    assert own == pupil_key(tmp_path, synthetic=False)
    assert len(own) == 64
    assert stat.S_IMODE(os.stat(tmp_path / FILE).st_mode) == 0o600
    assert own != pupil_key(tmp_path / "elsewhere", synthetic=False)
    assert pupil_key(tmp_path, synthetic=False, given="g") == "g"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [FILE]


def test_an_unreadable_key_is_refused(tmp_path: Path) -> None:
    """Where the key cannot be made nothing goes on under another."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refusal, match=FILE):
        pupil_key(tmp_path / "file", synthetic=False)
