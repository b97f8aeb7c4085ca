"""The accepted rows of a table written part by part: one file, texts as places in a dictionary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from features.check.sheet import Encoded
from features.tables import TABLES, polars_schema

#: Largest dictionary of a column, in bytes, before texts would be spelled out row by row.
DICTIONARY = 1 << 30


def _asked(table: str) -> list[str]:
    """Columns of which a reader asks first and last: days, and what results are told apart by. No ids."""
    said = TABLES[table]
    texts = [name for name in said.key if not said.column(name).refers]
    days = [column.name for column in said.columns if column.type == "date"]
    return [*dict.fromkeys([*texts, *days])]


class Keeper:
    """One Parquet file of a table with the contract's columns; a part is one row group."""

    def __init__(self, table: str, path: Path) -> None:
        """Begins the file."""
        self.table, self.path = table, path
        schema = pl.DataFrame(schema=polars_schema(table)).to_arrow(
            compat_level=pl.CompatLevel.oldest()
        ).schema  # fmt: skip
        self._fields = [
            pa.field(f.name, pa.dictionary(pa.int32(), pa.large_string()))
            if polars_schema(table)[f.name] == pl.String
            else f
            for f in schema
        ]
        self._texts: dict[str, tuple[pl.Series, pa.Array]] = {}
        # without the schema of what wrote it: readers shall find texts, not dictionaries
        self._file = pq.ParquetWriter(
            path, pa.schema(self._fields), compression="zstd", compression_level=1,
            dictionary_pagesize_limit=DICTIONARY, store_schema=False, write_statistics=_asked(table),
        )  # fmt: skip

    def add(self, frame: pl.DataFrame, encoded: dict[str, Encoded]) -> None:
        """Append a part; the dictionary of a column is the same in all of them."""
        if len(frame):
            arrays = [
                self._places(f.name, encoded[f.name])
                if f.name in encoded
                else frame[f.name].to_arrow(compat_level=pl.CompatLevel.oldest())
                for f in self._fields
            ]
            rows = pa.Table.from_arrays(arrays, schema=pa.schema(self._fields))
            self._file.write_table(rows, row_group_size=len(frame))

    def _places(self, name: str, entry: Encoded) -> pa.Array:
        held = self._texts.get(name)
        if held is None or held[0] is not entry.values:
            texts = entry.values.slice(1).to_arrow(compat_level=pl.CompatLevel.oldest())
            self._texts[name] = held = (entry.values, texts)
        places = pl.Series(entry.codes.astype(np.int32)) - 1
        if not entry.codes.all():
            places = places.set(places < 0, None)
        return pa.DictionaryArray.from_arrays(places.to_arrow(), held[1])

    def close(self) -> None:
        """The file is whole."""
        self._file.close()
