"""What a model must beat at equal length: one file each, found by folder, each holding ``BASELINE``."""

from __future__ import annotations

import importlib
import pkgutil

from training.baselines.baseline import Baseline, Learned, Lesson, learned_of

__all__ = ["ATTENDANCE", "Baseline", "Learned", "Lesson", "learned_of", "load"]
_NOT_BASELINES = frozenset({"baseline", "points"})
#: The one that a model must beat to be promoted, and that serves where none did.
ATTENDANCE = "attendance"


def load() -> dict[str, Baseline]:
    """All baselines by name, in order of their names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_BASELINES)
    found = [importlib.import_module(f"{__name__}.{name}").BASELINE for name in names]
    return {one.name: one for one in found}
