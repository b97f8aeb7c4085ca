"""A table that leaves as a file: what its name says is what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from features.places import check_out, full, whole
from features.refusal import Refusal

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".parquet", ".csv")


def check_frame(out: Path) -> None:
    """Refuse a name that says neither Parquet nor CSV, or a place that cannot be written; ask first."""
    if out.suffix.lower() not in SUFFIXES:
        raise Refusal(
            f"不能写成“{out.suffix or '无扩展名'}”文件：{out}。请用 .parquet 或 .csv 结尾的文件名。",
            f"Cannot write {out}: a name ends in .parquet or .csv.",
        )
    check_out(out)


def write_frame(frame: pl.DataFrame, out: Path) -> None:
    """Parquet, or CSV as UTF-8 with a byte-order mark so that a spreadsheet reads the Chinese."""
    check_frame(out)
    with whole(out):
        if out.suffix.lower() == ".csv":
            frame.write_csv(out, include_bom=True)
        else:
            _parquet(frame, out)


def _parquet(frame: pl.DataFrame, out: Path) -> None:
    from polars.exceptions import ComputeError

    try:
        frame.write_parquet(out)
    except ComputeError as error:
        # all that is said where only the file's last bytes did not fit
        if "transport error" in str(error):
            raise full(str(out)) from error
        raise
