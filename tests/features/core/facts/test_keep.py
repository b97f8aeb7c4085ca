"""Which folded stores are kept."""

from __future__ import annotations

import os
from pathlib import Path

from features.facts.keep import CHAIN, LATELY_SECONDS, NEWEST, forget_old, name_chain, touch

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
