"""The rules of the check, found by folder: every module's ``RULES``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

from features.check.rule import Rule


@cache
def load() -> MappingProxyType[str, Rule]:
    """Every rule by its name; ``ValueError`` where two have one name."""
    found: dict[str, Rule] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        for rule in importlib.import_module(f"{__name__}.{module}").RULES:
            if rule.name in found:
                raise ValueError(f"two rules are called {rule.name}")
            found[rule.name] = rule
    return MappingProxyType(found)
