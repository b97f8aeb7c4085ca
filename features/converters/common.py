"""What every converter does at its end: write tables and ``batch.toml`` as one extract folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.batch import FILE, Batch
from features.refusal import Refusal


@dataclass(frozen=True)
class Converted:
    """What a converter made: rows by table, and sentences (zh, en) for the person who called it."""

    folder: Path
    rows: Mapping[str, int]
    notes: tuple[tuple[str, str], ...] = ()
    wanted: tuple[tuple[str, str], ...] = ()


def write_extract(
    out: Path,
    tables: Mapping[str, pl.LazyFrame],
    batch: Batch,
    *,
    remarks: Sequence[str] = (),
    overwrite: bool = False,
) -> dict[str, int]:
    """Write every table with rows as ``NAME.parquet``, and ``batch.toml`` under its ``remarks``.

    Returns the rows by table. The folder appears whole or not at all. Raises ``Refusal`` where
    ``out`` already holds files and ``overwrite`` is false, or holds files but no ``batch.toml``
    (it is not an extract).
    """
    _check_free(out, overwrite)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    rows = {name: _write(frame, partial / f"{name}.parquet") for name, frame in tables.items()}
    head = "".join(f"# {remark}\n" for remark in remarks)
    (partial / FILE).write_text(head + batch.to_toml(), encoding="utf-8")
    if out.exists():
        shutil.rmtree(out)
    partial.rename(out)
    return {name: count for name, count in rows.items() if count}


def _check_free(out: Path, overwrite: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir() or not (out / FILE).is_file():
        raise Refusal(
            f"“{out}”里已有别的文件，不能写入。请换一个新文件夹。",
            f"{out} already holds other files and is left alone. Name a new folder.",
        )
    if not overwrite:
        raise Refusal(
            f"“{out}”里已有一份数据。请换一个新文件夹，或加 --overwrite 重新生成。",
            f"{out} already holds an extract. Name a new folder, or add --overwrite.",
        )


def _write(frame: pl.LazyFrame, path: Path) -> int:
    frame.sink_parquet(path, compression="zstd", compression_level=3, maintain_order=True)
    rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    if rows == 0:
        path.unlink()
    return rows
