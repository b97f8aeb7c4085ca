"""Rules between the rows of one table: one key, one fact; corrections; half-days beside days."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from features.check.hits import Hits
from features.check.rule import RowRule
from features.check.sheet import Extract, Mask, Sheet


def suspects(sheet: Sheet) -> pl.DataFrame:
    """Rows without faults that share their key with another: contract columns and ``_index``."""
    index = np.flatnonzero(sheet.repeated & ~sheet.bad)
    return sheet.frame[index].with_columns(_index=pl.Series(index, dtype=pl.Int64))


def versions(sheet: Sheet) -> list[str]:
    """What tells two rows of a table apart as two facts or two states of one: key and clock."""
    return [*sheet.table.key, *(("known_on",) if sheet.table.dated else ())]


def _contradictions(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    rows = suspects(sheet)
    if rows.height:
        by = versions(sheet)
        rest = [name for name in sheet.table.names if name not in by]
        differing = rows.filter(pl.struct(rest).n_unique().over(by) > 1) if rest else rows.clear()
        mask = np.zeros(sheet.frame.height, bool)
        mask[differing["_index"].to_numpy()] = True
        last = sheet.table.key[-1]
        yield from sheet.hits(last, mask, key="、".join(sheet.labels(sheet.table.key)),
                              key_en=", ".join(sheet.table.key))  # fmt: skip


def _half_days(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if "session" not in sheet.encoded or sheet.encoded["session"].values.len() < 3:
        return
    sessions = sheet.encoded["session"]
    whole = sessions.rows_where(sessions.values == "day")
    good = ~sheet.bad & ~_taken_back(sheet)
    day = sheet.packed(sheet.table.key[:-1])
    if not (whole & good).any() or not (~whole & good).any():
        return
    days, halves = pl.Series(day[whole & good]), pl.Series(day[~whole & good])
    both = days.filter(days.is_in(halves.unique().implode())).unique()
    if len(both):
        clash = pl.Series(day).is_in(both.implode()).to_numpy() & good
        yield from sheet.hits("session", clash)


def _taken_back(sheet: Sheet) -> Mask:
    """Rows of keys of which any row is void: the fact may have been taken back."""
    void = (sheet.frame["void"] == 1).to_numpy()
    if not void.any():
        return np.zeros(len(void), bool)
    keys = pl.Series(sheet.packed(sheet.table.key))
    mask: Mask = keys.is_in(keys.filter(pl.Series(void)).unique().implode()).to_numpy()
    return mask


RULES = (
    RowRule(
        name="contradiction",
        title_zh="同一事实内容不同",
        title_en="contradiction",
        stage=2,
        find=_contradictions,
        zh="同一事实（{key}相同、获知日期相同）有不同的内容。",
        en="One fact (same {key_en}, known on the same day) has different values.",
        remedy_zh="请只留正确的一行；若是后来更正，请填较晚的获知日期（known_on）。",
        remedy_en="Keep the right row; a later correction needs a later known_on.",
    ),
    RowRule(
        name="half_days",
        title_zh="全天与半天并存",
        title_en="half-days beside days",
        stage=2,
        find=_half_days,
        zh="同一天既有全天记录，又有上午或下午记录。",
        en="One date has both a whole-day row and a half-day row.",
        remedy_zh="请只留一种：全天（day），或上午、下午（am、pm）。",
        remedy_en="Keep one kind: day, or am and pm.",
    ),
)
