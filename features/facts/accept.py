"""From a folder somebody sent to an accepted extract, stored under the digest of what it says."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.batch import FILE, Batch
from features.facts.files import publish, sweep, write_atomically
from features.facts.register import standing
from features.memory import give_back
from features.refusal import Refusal
from features.sources.turns import in_turn

if TYPE_CHECKING:
    from features.check import Checked

#: Raised when what is stored would be read differently, so that old caches are left alone.
FORMAT = "1"


@dataclass(frozen=True)
class Extract:
    """An accepted extract: where its tables lie (``NAME.parquet``) and what it says about itself.

    ``set_aside``: faulty rows of the folder it came from that it does not hold, by table.
    """

    digest: str
    folder: Path
    batch: Batch
    set_aside: Mapping[str, int] = field(default_factory=dict)

    def files(self) -> dict[str, Path]:
        """The file of every table it holds."""
        return {p.stem: p for p in sorted(self.folder.glob("*.parquet"))}

    def scan(self) -> dict[str, pl.LazyFrame]:
        """Every table it holds."""
        return {name: pl.scan_parquet(path) for name, path in self.files().items()}


def files_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of the files of ``folder``: have we seen this very folder?"""
    total = hashlib.sha256(FORMAT.encode())
    for path in sorted(p for p in folder.iterdir() if p.is_file()):
        with path.open("rb") as file:
            total.update(
                f"{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode()
            )
    return total.hexdigest()


def stored(home: Path, digest: str) -> Extract:
    """The accepted extract of that digest.

    Raises ``Refusal`` where it is no longer stored.
    """
    folder = home / "extracts" / digest
    if not folder.is_dir():
        raise Refusal(
            f"数据存储中没有批次 {digest[:12]}，可能已被清理。请重新导入该批次。",
            f"Extract {digest[:12]} is not in the store any more. Import it again.",
        )
    return Extract(digest, folder, Batch.read(folder))


def _store(home: Path, checked: Checked, making: Path) -> Extract:
    """Put what was checked in its place; ``making`` holds the files of big tables."""
    final = home / "extracts" / checked.digest
    if not final.is_dir():

        def write(name: str) -> None:
            checked.tables[name].write_parquet(making / f"{name}.parquet", compression="zstd")

        for _ in in_turn(write, checked.tables):
            pass
        (making / FILE).write_text(checked.batch.to_toml(), encoding="utf-8")
        publish(making, final)
    return Extract(checked.digest, final, checked.batch)


def _known_ids(home: Path, folder: Path) -> dict[str, pl.Series] | None:
    """For a delta, the ids that its area already holds: its marks may speak of pupils sent before."""
    batch = Batch.read(folder)
    below = standing(home, batch.area) if batch.mode == "delta" else []
    if not below:
        return None
    keys = {"students": "student_id", "schools": "school_id"}
    paths = {
        name: [p for e in below if (p := home / "extracts" / e.digest / f"{name}.parquet").exists()]
        for name in keys
    }
    return {
        name: pl.read_parquet(paths[name], columns=[key])[key]
        for name, key in keys.items()
        if paths[name]
    }


def accept(folder: Path, home: Path, *, set_aside: bool = False) -> Extract:
    """Check ``folder`` and store what it says; a folder seen before is not checked again.

    Raises ``Refusal`` where there are faults, unless ``set_aside`` allows to go on without the faulty
    rows; a refused table or file always refuses the extract, and then nothing is stored.
    """
    if not folder.is_dir():
        raise Refusal(
            f"找不到数据文件夹：{folder}。请核对路径。",
            f"No such folder: {folder}. Check the path.",
        )
    seen = home / "accepted" / files_digest(folder)
    if seen.exists():
        digest, _, said = seen.read_text(encoding="utf-8").strip().partition("\n")
        return replace(stored(home, digest), set_aside=json.loads(said or "{}"))
    extracts = home / "extracts"
    extracts.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=extracts, prefix=".new-", ignore_cleanup_errors=True
    ) as room:
        sweep(Path(room))
        making = Path(room) / "made"
        making.mkdir()
        checked = _checked(folder, home, making, set_aside=set_aside)
        extract = _store(home, checked, making)
    counts = {tally.table: tally.bad for tally in checked.report.tallies if tally.bad}
    del checked
    give_back()  # a fold comes next, as a rule
    lines = [extract.digest, *([json.dumps(counts)] if counts else [])]
    write_atomically(seen, "\n".join(lines))
    return replace(extract, set_aside=counts)


def _checked(folder: Path, home: Path, making: Path, *, set_aside: bool) -> Checked:
    """What a check accepts of ``folder``, big tables in ``making``; raises ``Refusal``."""
    from features.check import Large, check_extract

    checked = check_extract(folder, known=_known_ids(home, folder), large=Large(making))
    structural = bool(checked.report.refused_tables)
    if structural or (checked.report.exit_code and not set_aside):
        count = sum(checked.report.counts.values())
        mend_zh = "" if structural else "；或用 baoxue import --set-aside 搁置有误的行后导入"
        mend_en = "" if structural else ", or import without the faulty rows: --set-aside"
        first = checked.report.first  # its place, not what is written there
        assert first is not None
        raise Refusal(
            f"数据有 {count} 处错误（第一处：{first.place('zh')}），未导入，原有数据未变。"
            f"请运行 baoxue check {folder} 查看并修改{mend_zh}。",
            f"The extract has {count} faults (the first: {first.place('en')}) and was not stored; nothing"
            f" changed. See baoxue check {folder} and mend it{mend_en}.",
        )
    return checked
