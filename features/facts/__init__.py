"""Recorded facts, folded once: extracts accepted, stored by content, laid over each other."""

from features.facts.freshness import Stale, check_fresh
from features.facts.importing import import_extract, undo
from features.facts.numbers import NUMBER
from features.facts.register import Import, imports
from features.facts.store import Facts, last_known, open_areas, open_facts, reopen

__all__ = [
    "NUMBER", "Facts", "Import", "Stale", "check_fresh", "import_extract", "imports", "last_known",
    "open_areas", "open_facts", "reopen", "undo",
]  # fmt: skip
