"""What is left after the rules: known_on filled, identical rows once, faulty rows aside, thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from features.batch import Batch
from features.check.rules.keys import suspects
from features.check.sheet import Encoded, Sheet
from features.tables import Table


def latest_day(sheets: dict[str, Sheet]) -> date | None:
    """The latest day on which anything in the extract was so or became known."""
    days = [
        sheet.frame[name].max()
        for sheet in sheets.values()
        for name in (*sheet.table.own_days, "known_on")
        if name in sheet.frame.columns and sheet.name not in ("calendar", "assignments")
    ]
    return max((day for day in days if isinstance(day, date)), default=None)


def known_on(table: Table, batch: Batch, received: date) -> pl.Expr:
    """When a row of ``table`` became known: as said, else own day + lag, else when received."""
    lag = timedelta(days=batch.lag(table.name))
    own = [pl.max_horizontal(list(table.own_days)) + lag] if table.own_days else []
    return pl.coalesce("known_on", *own, pl.lit(received)).alias("known_on")


def fill_clocks(sheet: Sheet, batch: Batch, received: date) -> None:
    """Fill ``known_on`` and, for intervals with an end, ``end_known_on``."""
    if not sheet.table.dated:
        return
    frame = sheet.frame
    if frame["known_on"].null_count():
        frame = frame.with_columns(known_on(sheet.table, batch, received))
    if sheet.table.kind == "interval":
        lag = timedelta(days=batch.lag(sheet.name))
        learned = pl.coalesce("end_known_on", pl.max_horizontal("known_on", pl.col("end_on") + lag))
        frame = frame.with_columns(
            pl.when(pl.col("end_on").is_not_null()).then(learned).alias("end_known_on")
        )
    sheet.frame = frame


@dataclass(frozen=True)
class Tally:
    """How many rows of a table were read, are faulty, say the same again, are not used, accepted."""

    table: str
    file: str
    rows: int
    bad: int
    identical: int
    unused: int
    accepted: int


def settle(
    sheet: Sheet, ragged: int, *, texts: bool = True
) -> tuple[pl.DataFrame, dict[str, Encoded], Tally]:
    """The accepted rows, their dictionaries (for the digest), and the count of all rows.

    ``texts``: False leaves out columns of texts, which are in the dictionaries.
    """
    again = _identical(sheet)
    keep = ~(sheet.bad | again | sheet.unused)
    frame = sheet.frame if texts else sheet.frame.drop(sheet.encoded)
    frame = frame if keep.all() else frame.filter(pl.Series(keep))
    encoded = {
        name: entry if keep.all() else Encoded(entry.values, entry.codes[keep])
        for name, entry in sheet.encoded.items()
    }
    bad = int(sheet.bad.sum()) + ragged
    unused = int((sheet.unused & ~sheet.bad).sum())
    rows, kept = sheet.frame.height + ragged, int(keep.sum())
    tally = Tally(sheet.name, sheet.file, rows, bad, int(again.sum()), unused, kept)
    return frame, encoded, tally


def _identical(sheet: Sheet) -> np.ndarray:
    """Rows that say in every column what a row above them says: they count once."""
    again = np.zeros(sheet.frame.height, bool)
    rows = suspects(sheet)
    if rows.height:
        first = rows.unique(list(sheet.table.names), keep="first", maintain_order=True)
        again[rows["_index"].to_numpy()] = True
        again[first["_index"].to_numpy()] = False
    return again
