"""A home drawn by threads, and another one beside it: what every other crew's lists are held against."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.refusal import Refusal
from serving.services import portions
from serving.services.desk import Desk
from serving.services.making import Crew, portioned
from serving.services.order import Order
from serving.services.weekly import Done, publish_week
from tests.serving.scoring.test_draw import model
from tests.serving.scoring.test_model import put
from tests.serving.services.counties import FRIDAY, NOW, county, desk, facts, order, publish

MOST = 90
#: A county where a rule's cuts by portion would band some pupils otherwise than the county's.
SEED = 10


def drawn_by_threads(where: Path) -> Path:
    """A home with a week by the rule, then one by trees that were promoted meanwhile."""
    county(where / "county", seed=SEED)
    publish(mine(where, days=7), desk(where))
    trees(where)
    publish(mine(where), desk(where))
    return where


def trees(home: Path) -> None:
    """A model of trees made the champion."""
    put(home, model(), "champion", "dropout-risk", version="1")


def mine(home: Path, *, days: int = 0, **changes: Any) -> Order:
    """An order of four portions on this home's county, ``days`` before Friday."""
    own = facts(home / "county", home)
    return order(own, home, FRIDAY - timedelta(days=days), **{"most": MOST, **changes})


def fresh(home: Path, where: Path) -> Path:
    """Another home with the same county and its folded store, nothing published."""
    for name in ("county", "facts", "extracts"):
        shutil.copytree(home / name, where / name)
    return where


def by(crew: Crew, own: Order, at: Desk) -> Done:
    """Publish, drawn by ``crew``."""
    return publish_week(own, at, clock=lambda: NOW, say=lambda stage, seconds: None, crew=crew)


def files(home: Path) -> Mapping[str, str]:
    """Every file of every run, by its path: what it holds."""
    root = home / "runs"
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


def killed_at(part: int, own: Order, at: Desk, patched: pytest.MonkeyPatch) -> None:
    """A run on threads that ends as it would write this part."""
    real = at.runs.add

    def dies(folder: str, number: int, tables: Mapping[str, pl.DataFrame]) -> None:
        if number == part:
            raise KeyboardInterrupt
        real(folder, number, tables)

    with patched.context() as killed:
        killed.setattr(at.runs, "add", dies)
        with pytest.raises(KeyboardInterrupt):
            publish(own, at)


@dataclass(frozen=True)
class Torn:
    """What was seen of a run whose third portion of four was torn, and of the same run once it was mended:
    which of ``WORDS`` the refusal said, how many lists were ``published`` first, and whether each that stands
    then has ``pupils``."""

    said: tuple[str, ...]
    published: int
    kept: frozenset[int]
    drawn_again: tuple[int, ...]
    pupils: tuple[bool, ...]


WORDS = ("第 3 批", "Portion 3 (of 4", "run the same command again")
#: What is to be seen by any crew.
MENDED = Torn(WORDS, 0, frozenset({0, 1, 3}), (2,), (True,))


def torn_then_mended(where: Path, drawn: Callable[[Order, Desk], list[int]]) -> Torn:
    """``drawn`` publishes by a crew and gives the numbers of the portions that were drawn."""
    trees(where)
    own, at = mine(where), desk(where)
    laid = portions.lay(at.runs.room(own.folder), portioned(own))
    whole = (laid.folder / "0002.parquet").read_bytes()
    (laid.folder / "0002.parquet").write_bytes(b"torn")
    with pytest.raises(Refusal) as refused:
        drawn(own, at)
    published, kept = len(at.lists.standing()), at.runs.begun(own.folder)
    (laid.folder / "0002.parquet").write_bytes(whole)
    again = drawn(own, at)
    pupils = tuple(one.counts["pupils"] > 0 for one in at.lists.standing())
    told = refused.value.zh + refused.value.en
    said = tuple(words for words in WORDS if words in told)
    return Torn(said, published, kept, tuple(again), pupils)
