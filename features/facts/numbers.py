"""A small number for every pupil of a store: what is counted millions of times is not spelled each time.

Numbers are given in the order of first appearance along the chain of extracts, within a layer school by school
and ids sorted, and never change: weeks that a later extract does not touch keep theirs, and a rebuild gives the
same ones. They mean nothing outside their store. Rows lie by them, so what is asked of some schools is read of
few row groups.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from features.facts.files import write_table
from features.facts.fold import Layer
from features.tables import TABLES

FILE = "pupil_numbers.parquet"
#: A pupil's number in the store, beside the id in every table about pupils.
NUMBER = "pupil_no"
#: Rows so many times fewer than a store has ids are looked for among them.
FEW = 4
_IDS = ("student_id", "old_student_id")
_SCHEMA = {"student_id": pl.String(), "pupil_no": pl.UInt32()}


class Numbers:
    """student_id -> pupil_no of one store; grows, never changes."""

    def __init__(self, table: pl.DataFrame | None = None) -> None:
        """``table``: student_id, pupil_no (0, 1, ... in this order), as ``FILE`` holds them."""
        self.table = pl.DataFrame(schema=_SCHEMA) if table is None else table
        self._stored = len(self.table) if table is not None else -1

    @classmethod
    def read(cls, folder: Path) -> Numbers:
        """The numbers of a store."""
        return cls(pl.read_parquet(folder / FILE))

    @staticmethod
    def count(folder: Path) -> int:
        """How many ids have a number in a store, without reading them."""
        return int(pl.scan_parquet(folder / FILE).select(pl.len()).collect().item())

    @property
    def grown(self) -> bool:
        """True where somebody got a number since it was read."""
        return len(self.table) != self._stored

    def write(self, folder: Path) -> None:
        """Keep the numbers in ``folder``."""
        write_table(self.table, folder / FILE)

    def add(self, ids: pl.Series, schools: pl.DataFrame | None = None) -> None:
        """Give numbers to those of ``ids`` that have none yet; ``schools``: student_id, school_id, each
        pupil once."""
        fresh = ids.drop_nulls().unique().alias("student_id").to_frame()
        fresh = fresh.join(self.table, on="student_id", how="anti")
        if schools is None:
            fresh = fresh.sort("student_id")
        else:
            placed = fresh.join(schools, on="student_id", how="left")
            fresh = placed.sort("school_id", "student_id").select("student_id")
        count = len(self.table)
        no = pl.int_range(count, count + len(fresh), dtype=pl.UInt32, eager=True)
        self.table = pl.concat([self.table, fresh.with_columns(no.alias("pupil_no"))])

    def add_people(self, layer: Layer, names: Iterable[str]) -> None:
        """Number everybody whom the tables ``names`` of a layer speak of."""
        found = [
            rows.select(pl.col(column).unique()).collect().to_series()
            for name in names
            if (rows := layer.tables.get(name)) is not None
            for column in _IDS
            if column in TABLES[name].names
        ]
        if found:
            self.add(pl.concat(found), _schools(layer))

    def by_number(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows about pupils with ``pupil_no`` beside ``student_id``, in its order and else as they are."""
        return self._told(rows).sort("pupil_no", maintain_order=True)

    def of(self, ids: pl.Series) -> pl.Series:
        """The numbers of ``ids``, null where there is none."""
        return self._told(ids.alias("student_id").to_frame())["pupil_no"]

    def coded(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``pupil_no`` in place of ``student_id``; who has no number gets one."""
        narrow = self._told(rows)
        if narrow["pupil_no"].has_nulls():
            self.add(narrow.filter(pl.col("pupil_no").is_null())["student_id"])
            narrow = self._told(rows)
        return narrow.drop("student_id")

    def _told(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows as they are, with ``pupil_no``; null where there is none."""
        table, own = self.table, rows.select("student_id")
        if len(own) * FEW < len(table):
            # of a city's ids only those asked for: to know everybody's by heart takes longer than to ask
            table = table.join(own, on="student_id", how="semi")
        return rows.join(table, on="student_id", how="left", maintain_order="left")

    def spelled(self, rows: pl.DataFrame) -> pl.DataFrame:
        """``student_id`` beside ``pupil_no``."""
        return rows.with_columns(self.table["student_id"].gather(rows["pupil_no"]))


def _schools(layer: Layer) -> pl.DataFrame | None:
    """student_id, school_id: where each pupil of a layer began last; None where it tells of no school."""
    rows = layer.tables.get("enrolments")
    if rows is None:
        return None
    own = rows.select("student_id", "start_on", "school_id").collect()
    # one school whichever way the rows came
    own = own.sort("student_id", "start_on", "school_id")
    return own.unique("student_id", keep="last", maintain_order=True).drop("start_on")
