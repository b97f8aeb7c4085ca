"""A bundle on disk: ``bundle.json``, ``booster.txt`` (trees only), ``report.json``, ``card.md``, ``annex.md``.

Trees and numbers are text. Beside trees may lie ``tables.npz``, plain arrays worked out from them: exact
contributions are looked up there. Nothing is ever pickled, and a file that the manifest does not name is
not read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from features.refusal import Refusal
from training.bundle.manifest import Manifest

MANIFEST = "bundle.json"
BOOSTER = "booster.txt"
CARD = "card.md"
ANNEX = "annex.md"
REPORT = "report.json"
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
    half.write_text(_manifest_text(manifest, files, tables), encoding="utf-8", newline="\n")
    os.replace(half, folder / MANIFEST)


def spoiled(what_zh: str, what_en: str) -> Refusal:
    """A bundle is not what it was; say which part."""
    return Refusal(
        f"模型包未加载：{what_zh}。请用 baoxue rollback 回到上一版本，或重新训练（baoxue train）。",
        f"The model bundle was not loaded: {what_en}. Go back (`baoxue rollback`) or train again.",
    )


def read(folder: Path) -> tuple[Manifest, dict[str, str], bytes | None]:
    """The manifest, the verified texts of a bundle, and its tables if it names any.

    Raises Refusal where there is none, where it cannot be read, and where a file differs from its
    checksum: a changed model is not loaded.
    """
    folder = folder.resolve()
    if not (folder / MANIFEST).is_file():
        raise Refusal(
            "没有可用的模型包。请先训练：baoxue train 数据文件夹 --until 日期 --promote。",
            "There is no model bundle. Train one first: baoxue train DIR --until DATE --promote.",
        )
    try:
        manifest, sums = Manifest.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise spoiled(f"{MANIFEST} 无法读取", f"{MANIFEST} cannot be read") from error
    treeless = bool(manifest.weights)
    if manifest.kind == "model" and not treeless and BOOSTER not in sums:
        raise spoiled(f"缺少 {BOOSTER}", f"{BOOSTER} is missing")
    held = {name: _verified(folder, name, sums[name]) for name in sorted(sums)}
    tables = held.pop(TABLES, None)
    return manifest, {name: data.decode("utf-8") for name, data in held.items()}, tables


def _verified(folder: Path, name: str, wanted: str) -> bytes:
    if name not in (ANNEX, BOOSTER, CARD, REPORT, TABLES) or not (folder / name).is_file():
        raise spoiled(f"缺少 {name}", f"{name} is missing")
    data = (folder / name).read_bytes()
    if sha256(data) != wanted:
        raise spoiled(f"{name} 与校验和不符", f"{name} does not match its checksum")
    return data
