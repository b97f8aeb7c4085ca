"""Recorded facts, folded once: extracts accepted, stored by content, laid over each other."""

from features.facts.importing import Import, import_extract, imports, undo
from features.facts.store import Facts, open_areas, open_facts

__all__ = ["Facts", "Import", "import_extract", "imports", "open_areas", "open_facts", "undo"]
