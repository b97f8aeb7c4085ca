"""Extract folders written in lots, so that a large county needs no large memory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import polars as pl
import pyarrow.parquet as pq

from features.refusal import Refusal
from features.tables import TABLES, polars_schema

Format = Literal["parquet", "csv", "xlsx"]
#: Rows of a sheet below its header.
SHEET_ROWS = 1_048_575
#: A workbook must not hold the moment at which it was written.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day, not a moment


class Folder:
    """Tables of the contract, appended lot by lot: one row group, or one block of lines, a lot."""

    def __init__(self, out: Path, fmt: Format) -> None:
        """``out`` is made where it is missing; it must hold no table yet."""
        out.mkdir(parents=True, exist_ok=True)
        if any(
            (out / f"{name}.{ext}").exists()
            for name in TABLES
            for ext in ("parquet", "csv", "xlsx")
        ):
            raise Refusal(
                f"文件夹 {out} 里已有数据表；请换一个空文件夹。",
                f"the folder {out} already holds tables; choose an empty one",
            )
        self.out, self.fmt = out, fmt
        self.rows: dict[str, int] = {}
        self._parquet: dict[str, pq.ParquetWriter] = {}
        self._sheets: dict[str, list[pl.DataFrame]] = {}

    def __enter__(self) -> Folder:
        """The folder itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is open; workbooks are written now."""
        for writer in self._parquet.values():
            writer.close()
        if kind is None:
            for name, parts in self._sheets.items():
                self._workbook(name, pl.concat(parts))

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Append rows to a table; columns the rows lack are empty, their order is the contract's."""
        if rows.is_empty():
            return
        whole = _shaped(name, rows)
        self.rows[name] = self.rows.get(name, 0) + len(whole)
        getattr(self, f"_add_{self.fmt}")(name, whole)

    def _add_parquet(self, name: str, rows: pl.DataFrame) -> None:
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        if name not in self._parquet:
            path = self.out / f"{name}.parquet"
            self._parquet[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._parquet[name].write_table(table)

    def _add_csv(self, name: str, rows: pl.DataFrame) -> None:
        path = self.out / f"{name}.csv"
        fresh = not path.exists()
        with path.open("ab") as file:
            if fresh:
                file.write("\ufeff".encode())  # spreadsheets read Chinese only with it
            rows.write_csv(file, include_header=fresh)

    def _add_xlsx(self, name: str, rows: pl.DataFrame) -> None:
        if self.rows[name] > SHEET_ROWS:
            raise Refusal(
                f"表 {name} 超过一张工作表的行数；请减少人数，或改用 --format parquet。",
                f"{name} is longer than a sheet; take fewer pupils or --format parquet",
            )
        self._sheets.setdefault(name, []).append(rows)

    def _workbook(self, name: str, rows: pl.DataFrame) -> None:
        import xlsxwriter

        fixed: dict[str, Any] = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        with xlsxwriter.Workbook(str(self.out / f"{name}.xlsx"), fixed) as book:
            book.set_properties({"created": CREATED})
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, rows.columns)
            for k, row in enumerate(rows.iter_rows(), 1):
                for j, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(k, j, value)  # ids must stay text
                    elif value is not None:
                        sheet.write(k, j, value)


def _shaped(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    schema = polars_schema(name)
    unknown = set(rows.columns) - set(schema)
    if unknown:
        raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
    zero = {"void": pl.lit(0, pl.Int8)}
    columns = [
        pl.col(c).cast(t) if c in rows.columns else zero.get(c, pl.lit(None)).cast(t).alias(c)
        for c, t in schema.items()
    ]
    return rows.select(columns)
