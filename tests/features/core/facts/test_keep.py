"""Which folded stores are kept."""

from __future__ import annotations

import os
from pathlib import Path

from features.facts.accept import accept
from features.facts.files import sweep
from features.facts.keep import CHAIN, LATELY_SECONDS, NEWEST, forget_old, name_chain, touch
from features.synthetic.county import County, write_county

NOW = 1_000_000_000.0
LONG = LATELY_SECONDS + 1


def store(root: Path, name: str, area: str, used: float) -> Path:
    """A store last opened at ``used``."""
    folder = root / name
    folder.mkdir(parents=True)
    if area:
        name_chain(folder, area, ["e1"])
        os.utime(folder / CHAIN, (used, used))
    os.utime(folder, (used, used))
    return folder


def left(root: Path) -> set[str]:
    """What is still there."""
    return {p.name for p in root.iterdir()}


def test_the_newest_stores_of_an_area_are_kept(tmp_path: Path) -> None:
    """Beyond the newest few, stores that nobody opened lately go; other areas keep theirs."""
    for n in range(NEWEST + 2):
        store(tmp_path, f"x{n}", "x", NOW - n * LONG)
    store(tmp_path, "y", "y", NOW - 99 * LONG)
    forget_old(tmp_path, "x")
    assert left(tmp_path) == {*(f"x{n}" for n in range(NEWEST)), "y"}


def test_a_store_opened_lately_is_kept(tmp_path: Path) -> None:
    """Somebody may be reading it."""
    for n in range(NEWEST + 2):
        store(tmp_path, f"x{n}", "x", NOW - n)
    forget_old(tmp_path, "x")
    assert len(left(tmp_path)) == NEWEST + 2
    touch(tmp_path / f"x{NEWEST + 1}")
    forget_old(tmp_path, "x")
    assert left(tmp_path) == {f"x{NEWEST + 1}", *(f"x{n}" for n in range(NEWEST - 1))}


def test_what_was_interrupted_goes_when_it_is_old(tmp_path: Path) -> None:
    """Stores in the making and stores of an older form go too, once nobody can be at them."""
    store(tmp_path, "x", "x", NOW)
    store(tmp_path, ".new-1", "x", NOW - LONG)
    store(tmp_path, ".new-2", "x", NOW)
    store(tmp_path, "former", "", NOW - LONG)
    forget_old(tmp_path, "x")
    assert left(tmp_path) == {"x", ".new-2"}


def test_what_a_power_cut_left_is_swept_by_the_next(tmp_path: Path) -> None:
    """What was begun a day or more before and never finished goes when the next is begun; a neighbour of today,
    a file and a finished one stay."""
    store(tmp_path, ".new-old", "", NOW - 90_000)
    store(tmp_path, ".split-old", "", NOW - 90_000)
    store(tmp_path, ".new-today", "", NOW - 3_600)
    store(tmp_path, "finished", "x", NOW - 90_000)
    (tmp_path / ".new-file").touch()
    sweep(store(tmp_path, ".new-mine", "", NOW))
    assert left(tmp_path) == {".new-mine", ".new-today", ".new-file", "finished"}


def test_an_import_sweeps_what_was_never_finished(tmp_path: Path) -> None:
    """Rows of pupils that an interrupted import left in the home are gone after the next one."""
    torn = tmp_path / "home" / "extracts" / ".new-torn"
    torn.mkdir(parents=True)
    (torn / "students.parquet").touch()
    os.utime(torn, (NOW, NOW))
    write_county(tmp_path / "county", County(students=30, seed=2, weeks=3))
    accept(tmp_path / "county", tmp_path / "home")
    assert not torn.exists()
