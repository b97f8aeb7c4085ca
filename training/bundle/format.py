"""A bundle on disk: ``bundle.json``, ``booster.txt`` (trees only), ``report.json``, ``card.md``, ``annex.md``.

Trees and numbers are text. Beside trees may lie ``tables.npz``, plain arrays worked out from them: exact
contributions are looked up there. Nothing is ever pickled, and a file that the manifest does not name is
not read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.refusal import Refusal
from training.bundle.manifest import Manifest, as_text

MANIFEST = "bundle.json"
BOOSTER = "booster.txt"
CARD = "card.md"
ANNEX = "annex.md"
REPORT = "report.json"
#: The entry of the manifest that holds the checksum of its others.
SUM = "sum"
TABLES = "tables.npz"
#: Prose and figures about the model may be reworded without making it another model.
_NOT_IN_DIGEST = frozenset({ANNEX, CARD, REPORT})


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def _manifest_text(
    manifest: Manifest, files: Mapping[str, str], tables: bytes | None = None
) -> str:
    sums = {name: sha256(text.encode()) for name, text in sorted(files.items())}
    if tables is not None:
        sums[TABLES] = sha256(tables)
    return manifest.to_json(sums)


def digest(manifest: Manifest, files: Mapping[str, str]) -> str:
    """Names the bundle: equal for equal numbers, whenever and wherever it was made.

    The manifest holds no moment and no machine (only ``trained_until``, which is data), and the
    card and the report are left out, and so are the tables: they say nothing that the trees do not.
    """
    kept = {name: text for name, text in files.items() if name not in _NOT_IN_DIGEST}
    return sha256(_manifest_text(manifest, kept).encode())


def write(
    folder: Path, manifest: Manifest, files: Mapping[str, str], tables: bytes | None = None
) -> None:
    """Write the bundle; the manifest last and by rename, so that half a bundle is none."""
    folder.mkdir(parents=True, exist_ok=True)
    if tables is not None:
        (folder / TABLES).write_bytes(tables)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    half = folder / (MANIFEST + ".part")
    said = json.loads(_manifest_text(manifest, files, tables))
    half.write_text(as_text(said | {SUM: _sum(said)}), encoding="utf-8", newline="\n")
    os.replace(half, folder / MANIFEST)


class Spoiled(Refusal):
    """A bundle is not what it was: ``part`` says which part, in both languages."""

    def __init__(
        self, part: tuple[str, str], where: tuple[str, str], remedy: tuple[str, str]
    ) -> None:
        """``where`` and ``remedy``: which bundle, and what to do; known to whoever knows the home."""
        super().__init__(
            f"{where[0]}已损坏，没有加载：{part[0]}。{remedy[0]}",
            f"{where[1]} is damaged and was not loaded: {part[1]}. {remedy[1]}",
        )
        self.part = part

    @classmethod
    def of(cls, zh: str, en: str) -> Spoiled:
        """Of a folder that nobody has named yet."""
        return cls(
            (zh, en),
            ("模型包", "The model bundle"),
            (
                "下一步：从备份恢复，或重新训练（baoxue train）。",
                "Next: restore it from a backup or train again (`baoxue train`).",
            ),
        )

    @classmethod
    def file(cls, name: str) -> Spoiled:
        """Of a file whose text is not what it should be."""
        return cls.of(f"{name} 无法读取", f"{name} cannot be read")

    def at(self, zh: str, en: str, *, remedy: tuple[str, str]) -> Spoiled:
        """The same, told of a place and with what helps there."""
        return Spoiled(self.part, (zh, en), remedy)


def read(folder: Path) -> tuple[Manifest, dict[str, str], bytes | None]:
    """The manifest, the verified texts of a bundle, and its tables if it names any.

    Raises ``Spoiled`` where there is none, where it cannot be read, and where a file differs from its
    checksum: a changed model is not loaded.
    """
    folder = folder.resolve()
    if not (folder / MANIFEST).is_file():
        raise Spoiled.of(f"缺少 {MANIFEST}", f"{MANIFEST} is missing")
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        wanted = said.pop(SUM, None)  # bundles written before it have none
        manifest, sums = Manifest.from_json(as_text(said))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Spoiled.file(MANIFEST) from error
    if wanted is not None and wanted != _sum(said):
        raise _changed(MANIFEST)
    treeless = bool(manifest.weights)
    if manifest.kind == "model" and not treeless and BOOSTER not in sums:
        raise Spoiled.of(f"缺少 {BOOSTER}", f"{BOOSTER} is missing")
    held = {name: _verified(folder, name, sums[name]) for name in sorted(sums)}
    tables = held.pop(TABLES, None)
    return manifest, {name: data.decode("utf-8") for name, data in held.items()}, tables


def _verified(folder: Path, name: str, wanted: str) -> bytes:
    if name not in (ANNEX, BOOSTER, CARD, REPORT, TABLES) or not (folder / name).is_file():
        raise Spoiled.of(f"缺少 {name}", f"{name} is missing")
    data = (folder / name).read_bytes()
    if sha256(data) != wanted:
        raise _changed(name)
    return data


def _changed(name: str) -> Spoiled:
    return Spoiled.of(f"{name} 与校验和不符", f"{name} does not match its checksum")


def _sum(said: Mapping[str, Any]) -> str:
    return sha256(as_text(said).encode())
