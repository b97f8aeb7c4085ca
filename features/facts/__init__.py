"""Recorded facts, folded once: extracts accepted, stored by content, laid over each other."""

from features.facts.files import room_beside
from features.facts.freshness import Stale, check_fresh, unheard
from features.facts.importing import (
    check_can_import,
    import_extract,
    register_stored,
    take_in,
    undo,
)
from features.facts.numbers import NUMBER
from features.facts.register import Import, imports
from features.facts.store import Facts, last_known, open_areas, open_facts, reopen

__all__ = [
    "NUMBER", "Facts", "Import", "Stale", "check_can_import", "check_fresh", "import_extract", "imports",
    "last_known", "open_areas", "open_facts", "register_stored", "reopen", "room_beside",
    "take_in", "undo", "unheard",
]  # fmt: skip
