"""The register of imports as files: one small JSON manifest an import, published by a rename."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from features.facts.files import write_atomically


@dataclass(frozen=True)
class Import:
    """One import: ``number`` counts within the area, ``undone`` takes it out of what is read."""

    number: int
    area: str
    digest: str
    received_on: str
    mode: str
    undone: bool = False

    @property
    def id(self) -> str:
        """What a person calls it."""
        return f"{self.area}-{self.number:04d}"


def _folder(home: Path, area: str) -> Path:
    return home / "imports" / area


def save(home: Path, entry: Import) -> None:
    """Write the manifest of one import."""
    path = _folder(home, entry.area) / f"{entry.number:04d}.json"
    write_atomically(path, json.dumps(asdict(entry), ensure_ascii=False, indent=1))


def imports(home: Path, area: str | None = None) -> list[Import]:
    """Every import of ``area`` (or of all areas), oldest first, the undone ones marked."""
    root = home / "imports"
    pattern = f"{area}/*.json" if area else "*/*.json"
    found = sorted(root.glob(pattern)) if root.is_dir() else []
    return [Import(**json.loads(path.read_text(encoding="utf-8"))) for path in found]


def standing(home: Path, area: str) -> list[Import]:
    """The imports that count: not undone, in order."""
    return [entry for entry in imports(home, area) if not entry.undone]
