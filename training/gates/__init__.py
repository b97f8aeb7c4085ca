"""What a model must pass before it may serve: one file each, found by folder, each holding ``GATE``."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from training.gates.gate import Gate, Hearing, Verdict

__all__ = ["Gate", "Hearing", "Verdict", "hear", "load"]
_NOT_GATES = frozenset({"gate"})


def load() -> dict[str, Gate]:
    """All gates by name: what a model must beat comes first, then in order of their names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_GATES)
    found = [importlib.import_module(f"{__name__}.{name}").GATE for name in names]
    return {gate.name: gate for gate in sorted(found, key=lambda g: (not g.first, g.name))}


def hear(hearing: Hearing) -> list[dict[str, Any]]:
    """Every gate's answer as plain data: name, title_zh, title_en, passed (or None), partly, zh, en and
    figures."""
    told = []
    for gate in load().values():
        verdict = gate.judge(hearing)
        told.append(
            {
                "name": gate.name,
                "title_zh": gate.zh,
                "title_en": gate.en,
                "passed": verdict.passed,
                "partly": verdict.partly,
                "zh": verdict.zh,
                "en": verdict.en,
                "figures": dict(verdict.figures),
            }
        )
    return told
