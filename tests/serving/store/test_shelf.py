"""The shelf: answers found under everything they depend on, proven when read, made again if torn."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from serving.ports import Place, Ready
from serving.store import shelf as shelves
from serving.store.shelf import FolderShelf

PLACE = Place("explanation", "p1", "2026-W47", "estimate")
READY = Ready.of(b'{"a":1}', "L1", "s1", "c1", rows=3)


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    kept = FolderShelf(tmp_path / "served", "program")
    kept.put("e", PLACE, READY)
    return kept


def again(tmp_path: Path, program: str = "program") -> FolderShelf:
    """The same folder in another process."""
    return FolderShelf(tmp_path / "served", program)


def test_what_is_kept_reads_back(shelf: FolderShelf, tmp_path: Path) -> None:
    """Every field comes back, here and in another process."""
    assert shelf.get("e", PLACE) == READY
    assert again(tmp_path).get("e", PLACE) == READY


@pytest.mark.parametrize("field", ["kind", "subject", "week", "cut"])
def test_another_place_is_another_answer(shelf: FolderShelf, field: str) -> None:
    """Whatever differs in the question, nothing is found."""
    assert shelf.get("e", replace(PLACE, **{field: "other"})) is None


def test_another_edition_or_program_is_another_answer(shelf: FolderShelf, tmp_path: Path) -> None:
    """After a publication, and under a program that words otherwise, nothing is found."""
    assert shelf.get("other", PLACE) is None
    assert again(tmp_path, "newer").get("e", PLACE) is None


def test_a_torn_answer_is_none(shelf: FolderShelf, tmp_path: Path) -> None:
    """A body that is not what was kept is not shown."""
    (path,) = (tmp_path / "served").glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("update answers set body = ?", (b'{"a":2}',))
    connection.close()
    assert again(tmp_path).get("e", PLACE) is None
    path.write_bytes(b"not a database at all" * 99)
    assert again(tmp_path).get("e", PLACE) is None


def test_a_shelf_that_cannot_be_written_is_empty(tmp_path: Path) -> None:
    """Where nothing can be kept nothing is found, and nobody is stopped."""
    (tmp_path / "served").write_text("in the way")
    kept = again(tmp_path)
    kept.put("e", PLACE, READY)
    assert kept.get("e", PLACE) is None


def test_old_editions_go(shelf: FolderShelf, tmp_path: Path) -> None:
    """Files of the newest few editions stay."""
    for n in range(9):
        shelf.put(f"e{n}", PLACE, READY)
    assert len(list((tmp_path / "served").glob("*.sqlite"))) <= shelves.KEPT + 1
    assert shelf.get("e8", PLACE) == READY


def test_memory_is_bounded(
    shelf: FolderShelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit into memory is still found on the disk."""
    monkeypatch.setattr(shelves, "NEAR", 5 * len(READY.body))
    places = [replace(PLACE, subject=f"p{n}") for n in range(50)]
    for place in places:
        shelf.put("e", place, READY)
    assert all(shelf.get("e", place) == READY for place in places * 2)
    assert shelf._bytes <= 5 * len(READY.body)


def test_closing_lets_go(shelf: FolderShelf) -> None:
    """A closed shelf opens its files anew."""
    shelf.close()
    assert shelf.get("e", PLACE) == READY
