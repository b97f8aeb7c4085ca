"""Shared preparation of each table, done once a day: what indicators reduce to numbers.

One file a prepared table, with one function ``prepare(day) -> lazy frame`` (student_id, clock column
``on`` or none, number columns). Found by folder; see docs/architecture.md for what each holds. A file that
says ``ONE_ROW`` gives at most one row a pupil and no clock: nothing of it needs to be added up.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import narwhals as nw

from features.prepare.asked import Day
from features.prepare.people import Share
from features.prepare.share import PORTION, in_shares, several, shares

__all__ = [
    "PORTION",
    "Day",
    "Share",
    "in_shares",
    "one_row",
    "prepared_tables",
    "several",
    "shares",
]

Prepare = Callable[[Day], nw.LazyFrame[Any]]


@cache
def prepared_tables() -> dict[str, Prepare]:
    """Prepared tables by name."""
    rooms = {
        m.name: importlib.import_module(f"{__name__}.{m.name}")
        for m in pkgutil.iter_modules(__path__)
    }
    # the rooms that several tables share (the day, the roll, the marks) have no `prepare` of their own
    return {name: room.prepare for name, room in sorted(rooms.items()) if hasattr(room, "prepare")}


def one_row(table: str) -> bool:
    """Whether a prepared table has at most one row a pupil, and no clock."""
    room = sys.modules[prepared_tables()[table].__module__]
    return bool(getattr(room, "ONE_ROW", False))
