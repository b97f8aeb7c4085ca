"""What every converter does at its end: write tables and ``batch.toml`` as one extract folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.batch import FILE, Batch
from features.refusal import Refusal
from features.tables import TABLES


@dataclass(frozen=True)
class Converted:
    """What a converter made: rows by table, and sentences (zh, en) for the person who called it."""

    folder: Path
    rows: Mapping[str, int]
    notes: tuple[tuple[str, str], ...] = ()
    wanted: tuple[tuple[str, str], ...] = ()


def batch_text(batch: Batch, remarks: Sequence[str]) -> str:
    """The text of a ``batch.toml``, the remarks above it."""
    return "".join(f"# {remark}\n" for remark in remarks) + batch.to_toml()


def write_extract(
    out: Path,
    tables: Mapping[str, pl.LazyFrame],
    batch: str,
    *,
    workbooks: bool = False,
    overwrite: bool = False,
) -> dict[str, int]:
    """Write every table with rows as ``NAME.parquet``, and the text ``batch`` as ``batch.toml``.

    ``workbooks``: as ``NAME.xlsx`` with Chinese headers, for tables that people complete by hand.
    Returns the rows by table. The folder appears whole or not at all. Raises ``Refusal`` where
    ``out`` already holds files and ``overwrite`` is false, or holds files but no ``batch.toml``
    (it is not an extract).
    """
    _check_free(out, overwrite)
    partial = out.with_name(out.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write = _workbook if workbooks else _parquet
    rows = {name: write(frame, partial, name) for name, frame in tables.items()}
    (partial / FILE).write_text(batch, encoding="utf-8")
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


def _parquet(frame: pl.LazyFrame, folder: Path, name: str) -> int:
    path = folder / f"{name}.parquet"
    frame.sink_parquet(path, compression="zstd", compression_level=3, maintain_order=True)
    rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
    if rows == 0:
        path.unlink()
    return rows


def _workbook(frame: pl.LazyFrame, folder: Path, name: str) -> int:
    """Chinese headers and words; every cell as text, so that no long number loses its last digits."""
    import xlsxwriter

    rows = _words(frame.collect(), name)
    if rows.is_empty():
        return 0
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(folder / f"{name}.xlsx", plain) as book:
        sheet = book.add_worksheet(TABLES[name].zh)
        sheet.set_column(0, rows.width - 1, 22, book.add_format({"num_format": "@"}))
        sheet.freeze_panes(1, 0)
        for at, row in enumerate([tuple(rows.columns), *rows.iter_rows()]):
            sheet.write_row(at, 0, ["" if cell is None else cell for cell in row])
    return rows.height


def _words(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The table as people read it: contract order, Chinese headers, Chinese words for codes."""
    columns = [column for column in TABLES[name].columns if column.name in frame.columns]
    text = frame.select(pl.col(column.name).cast(pl.String) for column in columns)
    return text.select(
        pl.col(column.name)
        .replace({code: words[0] for code, words in column.codes.items() if words})
        .alias(column.zh)
        for column in columns
    )
