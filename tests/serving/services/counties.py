"""A small synthetic county on disk, its facts, and the desk of a home folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from features.catalogue import load
from features.facts import Facts, open_facts
from features.synthetic.county import County, write_county
from serving.scoring.model import Model, find
from serving.scoring.rules import load_duties
from serving.services.desk import Desk
from serving.services.order import Order
from serving.services.weekly import Done, publish_week
from serving.settings import Capacity
from serving.store.database import open_database
from serving.store.lists import SqlLists
from serving.store.runs import FolderRuns

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)


def county(folder: Path, *, students: int = 240, seed: int = 7) -> Path:
    """Write an extract of a synthetic county into ``folder``."""
    write_county(folder, County(students=students, seed=seed, weeks=12))
    return folder


def desk(home: Path) -> Desk:
    """The desk of a home folder."""
    return Desk(
        SqlLists(open_database(f"sqlite:///{home / 'baoxue.db'}")), FolderRuns(home / "runs")
    )


def facts(folder: Path, home: Path) -> Facts:
    """The facts of one extract."""
    return open_facts([folder], home)


def order(given: Facts, home: Path, as_of: date = FRIDAY, **changes: Any) -> Order:
    """An order with the home's model and default settings."""
    catalogue = load(given.batch.attributes)
    model: Model = changes.pop("model", None) or find(home, None, catalogue)
    own = Order(
        facts=given,
        as_of=as_of,
        model=model,
        catalogue=catalogue,
        duties=load_duties(),
        capacity=Capacity().of,
        settings={"capacity": Capacity().model_dump()},
        pupil_key="key",
        holder="test",
    )
    return replace(own, **changes)


def publish(own: Order, at: Desk) -> Done:
    """Publish, saying nothing."""
    return publish_week(own, at, clock=lambda: NOW, say=lambda stage, seconds: None)
