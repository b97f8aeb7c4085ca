"""Shared preparation of each table, done once a day: what indicators reduce to numbers.

One file a prepared table, with one function ``prepare(day) -> lazy frame`` (student_id, clock column
``on`` or none, number columns). Found by folder; see docs/architecture.md for what each holds.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import narwhals as nw

from features.prepare.day import Day

__all__ = ["Day", "prepared_tables"]

Prepare = Callable[[Day], nw.LazyFrame[Any]]
#: Rooms of this folder that are no prepared table of their own.
_NOT_TABLES = frozenset({"cohort", "day", "daynumber", "marks", "roll"})


@cache
def prepared_tables() -> dict[str, Prepare]:
    """Prepared tables by name."""
    names = sorted({m.name for m in pkgutil.iter_modules(__path__)} - _NOT_TABLES)
    return {name: importlib.import_module(f"{__name__}.{name}").prepare for name in names}
