"""Rules between tables: every pupil, school and class that is named must be there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import polars as pl

from features.check.hits import Hits
from features.check.rule import RowRule
from features.check.sheet import Extract, Sheet
from features.tables import TABLES, Column

_KEY = {"students": "student_id", "schools": "school_id"}
#: Names so many times fewer than the ids known are looked for among them.
FEW = 4
WITH_CLASS = ("enrolments", "roll_calls", "assignments")


def _known(extract: Extract, table: str) -> pl.Series | None:
    """Ids that may be referred to; None where they cannot be known (additions, a table missing)."""
    ids = extract.ids(table, _KEY[table]) if extract.complete else None
    old = extract.ids("student_aliases", "old_student_id") if table == "students" else None
    return ids if ids is None or old is None else ids.append(old)


def _strangers(extract: Extract, table: str, values: pl.Series) -> pl.Series:
    """Which ids the table does not hold: none where that cannot be known."""
    known = _known(extract, table)
    if known is None:
        return pl.repeat(False, len(values), eager=True)
    if len(values) * FEW < len(known):
        # a city's ids are many to remember for a week's few: those named are found among them
        known = known.filter(known.is_in(values.implode()))
    return ~values.is_in(known.implode())


def _named_strangers(extract: Extract, table: str) -> pl.Series:
    """The ids that any table held names and the table does not hold."""
    named = pl.concat([
        sheet.encoded[column.name].values
        for sheet in extract.sheets.values()
        for column in sheet.table.columns
        if column.refers == table
    ]).unique()  # fmt: skip
    return named.filter(_strangers(extract, table, named))


def _unknown(sheet: Sheet, column: Column, extract: Extract) -> pl.Series:
    """Which of a column's values are not in the table that it refers to.

    A city's ids are gone through once for all tables held, not once a table.
    """
    values, table = sheet.encoded[column.name].values, str(column.refers)
    if sheet.name in extract.sheets:
        return values.is_in(extract.strangers(table, _named_strangers).implode())
    return extract.once((sheet.name, column.name), values, partial(_strangers, extract, table))


def _orphans(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    for column in sheet.table.columns:
        if column.refers is None:
            continue
        unknown = _unknown(sheet, column, extract)
        if unknown.any():
            entry = sheet.encoded[column.name]
            target = TABLES[column.refers]
            yield from sheet.hits(column.name, entry.rows_where(unknown) & ~sheet.bad,
                                  target_zh=target.zh, target=target.name)  # fmt: skip


def _classless(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    classes = extract.sheets.get("classes")
    if classes is None or sheet.name not in WITH_CLASS or extract.batch.mode != "full":
        return
    columns = ["school_id", "class_id"]
    listed = classes.frame.select(columns).unique().with_columns(_there=pl.lit(True))
    used = sheet.frame.select(columns).join(listed, on=columns, how="left", maintain_order="left")
    missing = used["_there"].is_null().to_numpy() & sheet.frame["class_id"].is_not_null().to_numpy()
    yield from sheet.hits("class_id", missing & ~sheet.bad)


def _not_enrolled(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if sheet.name != "students" or extract.batch.mode != "full":
        return
    enrolled = extract.ids("enrolments", "student_id")
    if enrolled is not None and len(enrolled):
        entry = sheet.encoded["student_id"]
        absent = entry.rows_where(
            (~entry.values.is_in(enrolled.implode())) & entry.values.is_not_null()
        )
        yield from sheet.hits("student_id", absent & ~_renamed(sheet, extract))


def _renamed(sheet: Sheet, extract: Extract) -> np.ndarray:
    old = extract.ids("student_aliases", "old_student_id")
    if old is None:
        return np.zeros(sheet.frame.height, bool)
    return sheet.frame["student_id"].is_in(old.implode()).to_numpy()


RULES = (
    RowRule(
        name="orphan",
        title_zh="引用不存在",
        title_en="orphan",
        stage=3,
        find=_orphans,
        zh="“{label}”在“{target_zh}”表（{target}）中没有。",
        en="{label} is not in the table {target}.",
        remedy_zh="请在“{target_zh}”表补上，或更正这一格。",
        remedy_en="Add it to {target}, or mend this cell.",
    ),
    RowRule(
        name="orphan_class",
        title_zh="班级不存在",
        title_en="unknown class",
        stage=3,
        find=_classless,
        zh="该校的“{label}”在“班级”表（classes）中没有{said}。",
        en="{label} of this school is not in the table classes{said}.",
        remedy_zh="请在“班级”表补上，或更正这一格。",
        remedy_en="Add it to classes, or mend this cell.",
    ),
    RowRule(
        name="not_enrolled",
        title_zh="没有在读记录",
        title_en="no enrolment",
        stage=3,
        find=_not_enrolled,
        level="warning",
        zh="学生没有任何在读记录。",
        en="The pupil has no row in enrolments.",
        remedy_zh="请补上在读记录；否则不会出现在任何学校的名单中。",
        remedy_en="Add the enrolment; otherwise the pupil appears on no school's list.",
    ),
)
