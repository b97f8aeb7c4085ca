"""Big tables lie in parts: attendance, roll calls and activity by calendar week, results by term and exam.

Where pupils are many, a week lies in several files, each of a block of pupil numbers. A part holds all rows
of its keys, so it is folded by itself, and a layer rewrites only the parts it speaks of. In the making a part
is narrow (``pupil_no``, ``mark``); as stored it has the contract's columns beside them, so readers may take
either.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from features.facts.fold import FOREVER, numbered
from features.facts.marks_code import PRESENT, SESSIONS, marked, spelled
from features.facts.numbers import Numbers
from features.tables import TABLES, polars_schema

#: Pupils in a block: a week of so many is folded at a time, in a city as in a province.
BLOCK = 1 << 18
#: The one file of a table without rows.
EMPTY = "empty"


@dataclass(frozen=True)
class Parted:
    """One table that lies in parts: ``by`` names the columns of its key that say which, none the week."""

    name: str
    by: tuple[str, ...] = ()

    @property
    def clock(self) -> str:
        """The column that says when a row was so."""
        clock = TABLES[self.name].clock
        assert clock is not None
        return clock

    @property
    def people(self) -> bool:
        """True where rows are about pupils."""
        return "student_id" in TABLES[self.name].names

    @property
    def marks(self) -> bool:
        """True where status and session are kept as one number."""
        return self.name == "attendance"

    @property
    def key(self) -> tuple[str, ...]:
        """What tells one fact of a part from another, as it is called while the table is in the making."""
        short = {"student_id": "pupil_no"} | ({"session": "session_no"} if self.marks else {})
        return tuple(
            short.get(column, column) for column in TABLES[self.name].key if column not in self.by
        )

    @property
    def narrow_columns(self) -> list[str]:
        """What is read back of a stored part to lay more upon it."""
        gone = {"student_id": "pupil_no"} | ({"status": "mark"} if self.marks else {})
        names = [gone.get(c, c) for c in polars_schema(self.name)]
        kept = [c for c in names if not (self.marks and c == "session")]
        return [*kept, "vanished", "until"]

    def narrow(self, rows: pl.DataFrame, numbers: Numbers) -> pl.DataFrame:
        """Rows of the contract with small numbers in place of ids and marks."""
        rows = numbers.coded(rows) if self.people else rows
        rows = marked(rows) if self.marks else rows
        return rows.select(c for c in self.narrow_columns if c not in {"vanished", "until"})

    def keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Narrow rows with every column of the key."""
        if not self.marks:
            return rows
        return rows.with_columns((pl.col("mark") % len(SESSIONS)).alias("session_no"))

    def wide(self, rows: pl.DataFrame, numbers: Numbers) -> pl.DataFrame:
        """Narrow rows as they are stored: the contract's columns, the fold's, and small numbers."""
        rows = numbers.spelled(rows) if self.people else rows
        rows = spelled(rows) if self.marks else rows
        rows = numbered(rows.select(*polars_schema(self.name), "vanished", "until", *self._small))
        twins = [pl.col(c).cast(pl.Int32).alias(n) for c, n in self._twins.items()]
        return rows.with_columns(twins)

    @property
    def _twins(self) -> dict[str, str]:
        return {"known_on": "known_no", "until": "until_no"} if self.people else {}

    @property
    def _small(self) -> list[str]:
        return [*(["pupil_no"] if self.people else []), *(["mark"] if self.marks else [])]

    def empty(self) -> pl.DataFrame:
        """No rows, with every stored column."""
        rows = pl.DataFrame(schema=polars_schema(self.name))
        none = self.narrow(rows, Numbers()).with_columns(
            pl.lit(0, pl.Int8).alias("vanished"), pl.lit(None, pl.Date).alias("until")
        )
        return self.wide(none, Numbers())

    def ordered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows by key and known_on; of marks, all that is not a plain presence goes before.

        Plain is present, never corrected, and known as late as most of the part: whoever asks for anything
        else skips the row groups behind.
        """
        if not self.marks or rows.is_empty():
            return rows
        late = rows.select(n=(pl.col("known_on") - pl.col("date")).dt.total_days())["n"]
        usual = late.mode().min()
        plain = (
            (rows["mark"] // len(SESSIONS) == PRESENT)
            & (rows["void"] == 0)
            & (rows["until"] == FOREVER)
            & (late == usual)
        )
        return pl.concat([rows.filter(~plain), rows.filter(plain)])

    def places(self, rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Narrow rows by the name of the part they belong to."""
        week = pl.col(self.clock).dt.truncate("1w").alias("_week")
        block = (pl.col("pupil_no") // BLOCK) if self.people else pl.lit(0, pl.UInt32)
        rows = rows.with_columns(block.alias("_block"), *([] if self.by else [week]))
        by = [*(self.by or ["_week"]), "_block"]
        ends = rows.select(pl.col(by).min()), rows.select(pl.col(by).max())
        if len(rows) and ends[0].equals(ends[1]):  # as one part of a big extract comes
            found = {ends[0].row(0): rows}
        else:
            found = rows.partition_by(by, as_dict=True)
        return {
            _file_name(words, block): part.drop("_block", "_week", strict=False)
            for (*words, block), part in found.items()
        }


def _file_name(words: Sequence[object], block: int) -> str:
    """A file's name that sorts as the words do, then by block, on any file system."""
    plain = "_".join(str(word) for word in words)
    safe = re.sub(r"[^0-9A-Za-z_-]", "-", plain)[:80]
    if safe != plain or plain == EMPTY:
        safe = f"{safe}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
    return f"{safe}~{block:02d}" if block else safe


#: Every table that lies in parts.
PARTED = {
    "attendance": Parted("attendance"),
    "roll_calls": Parted("roll_calls"),
    "activity": Parted("activity"),
    "grades": Parted("grades", ("term", "exam")),
}


def days_of(rows: pl.DataFrame, clock: str) -> tuple[date, date]:
    """First and last day of rows that are some."""
    first, last = rows.select(a=pl.col(clock).min(), b=pl.col(clock).max()).row(0)
    return first, last
