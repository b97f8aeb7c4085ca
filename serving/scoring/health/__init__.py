"""The health of a week: pure checks, frames of figures in, findings out.

One check, one file in ``checks``, found by folder: ``CODE`` and ``look(grounds) -> list[Finding]``.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from serving.scoring.health import checks
from serving.scoring.health.finding import Finding, ordered
from serving.scoring.health.grounds import Grounds


def rooms() -> list[ModuleType]:
    """Every check, by name."""
    names = sorted(m.name for m in pkgutil.iter_modules(checks.__path__))
    return [importlib.import_module(f"{checks.__name__}.{name}") for name in names]


def examine(grounds: Grounds) -> tuple[Finding, ...]:
    """What every check finds; what needs a person first."""
    return ordered([finding for room in rooms() for finding in room.look(grounds)])


__all__ = ["Finding", "Grounds", "examine", "rooms"]
