"""Rules within one row: what must be filled, dates in order, facts known before they were so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from features.check.hits import Hits
from features.check.rule import RowRule
from features.check.sheet import Extract, Mask, Sheet
from features.tables import NEVER_IMPORTED, Column, Table

#: (table, earlier, later): the second day never lies before the first.
ORDER = (
    ("enrolments", "start_on", "end_on"),
    ("poverty", "start_on", "end_on"),
    ("left_behind", "start_on", "end_on"),
    ("disability", "start_on", "end_on"),
    ("status_changes", "happened_on", "until_on"),
    ("aid", "decided_on", "paid_on"),
)
#: Tables whose facts cannot be known before their own day (plans and announcements can).
NOT_BEFORE = ("attendance", "roll_calls", "grades", "activity", "contacts", "home_teaching")
#: Marks that may be entered ahead of the day: leave granted, a closure announced.
AHEAD = ("sick", "personal", "official", "excluded", "closed")
EXTREMES = ("birth_date", "start_on", "happened_on", "date")


def _is_required(column: Column, table_key: tuple[str, ...], population: str) -> bool:
    """Under ``population = "any"`` only the keys and dates are required."""
    if not column.required:
        return False
    return population == "compulsory" or column.name in table_key or _is_needed_date(column)


def _is_needed_date(column: Column) -> bool:
    return column.type == "date" and column.name != "birth_date"


def required_columns(table: Table, population: str) -> tuple[Column, ...]:
    """The columns of a table that must be there and filled."""
    return tuple(c for c in table.columns if _is_required(c, table.key, population))


def _empty(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    for column in required_columns(sheet.table, extract.batch.population):
        empty = sheet.frame[column.name].is_null().to_numpy()
        yield from sheet.hits(column.name, empty & ~sheet.unread(column.name))


def _order(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    for table, first, second in ORDER:
        if table == sheet.name:
            wrong = (sheet.frame[second] < sheet.frame[first]).fill_null(False)
            earlier = sheet.table.column(first)
            yield from sheet.hits(second, wrong.to_numpy(), than_zh=earlier.zh, than_en=first)


def _marked(sheet: Sheet) -> Mask:
    """Rows whose fact cannot be known before its day."""
    if "status" not in sheet.frame.columns or sheet.name != "attendance":
        return np.ones(sheet.frame.height, bool)
    entry = sheet.encoded["status"]
    return entry.rows_where(~entry.values.is_in(AHEAD))


def _known_before(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    clock = sheet.table.clock
    if sheet.name in NOT_BEFORE and clock and "known_on" in sheet.declared:
        early = (sheet.frame["known_on"] < sheet.frame[clock]).fill_null(False).to_numpy()
        if early.any():
            yield from sheet.hits("known_on", early & _marked(sheet))


def _future(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    received = extract.batch.received_on
    if received is None:
        return
    words = {"received": received.isoformat()}
    if "known_on" in sheet.declared:
        late = (sheet.frame["known_on"] > received).fill_null(False)
        yield from sheet.hits("known_on", late.to_numpy(), **words)
    if sheet.name in NOT_BEFORE and sheet.table.clock:
        late = (sheet.frame[sheet.table.clock] > received).fill_null(False)
        if late.any():
            yield from sheet.hits(sheet.table.clock, late.to_numpy() & _marked(sheet), **words)
    if "birth_date" in sheet.frame.columns:
        unborn = (sheet.frame["birth_date"] > received).fill_null(False)
        yield from sheet.hits("birth_date", unborn.to_numpy(), **words)


def _above_full(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    pairs = {"grades": ("score", "full_score"), "roll_calls": ("present", "expected")}
    if sheet.name in pairs:
        part, whole = pairs[sheet.name]
        wrong = (sheet.frame[part] > sheet.frame[whole]).fill_null(False)
        than = sheet.table.column(whole)
        yield from sheet.hits(part, wrong.to_numpy(), than_zh=than.zh, than_en=whole)


def _end_unfounded(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if "end_known_on" in sheet.declared:
        wrong = sheet.frame["end_known_on"].is_not_null() & sheet.frame["end_on"].is_null()
        yield from sheet.hits("end_known_on", wrong.to_numpy())


def _birth_in_id(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    number = {"students": "id_number", "household_registry": "person_id"}.get(sheet.name)
    if number is None or extract.batch.id_scheme != "national":
        return
    digits = sheet.frame[number].str.extract(r"^\d{6}(\d{8})\d{3}[\dX]$")
    born = digits.str.to_date("%Y%m%d", strict=False)
    other = (born != sheet.frame["birth_date"]).fill_null(False)
    yield from sheet.hits("birth_date", other.to_numpy(), than_zh=sheet.table.column(number).zh,
                          than_en=number)  # fmt: skip


def _never(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if sheet.name == "attributes":
        names = sheet.encoded["name"]
        pattern = "(?i)" + "|".join(NEVER_IMPORTED)
        yield from sheet.hits("name", names.rows_where(names.values.str.contains(pattern)))


def _declared_number(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    """What batch.toml declares as a number is read as one, digit by digit as it stands."""
    if sheet.name == "attributes" and extract.batch.attributes:
        value = pl.col("value").cast(pl.String)
        number = value.cast(pl.Float64, strict=False).is_finite().fill_null(False)
        declared = pl.col("name").cast(pl.String).is_in(sorted(extract.batch.attributes))
        wrong = sheet.frame.select(declared & value.is_not_null() & ~number).to_series()
        yield from sheet.hits("value", wrong.fill_null(False).to_numpy())


def _assigned(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if sheet.name == "grades":
        nothing = sheet.frame.select(
            pl.all_horizontal(pl.col("score", "level").is_null()) & (pl.col("void") == 0)
        ).to_series()
        yield from sheet.hits("score", nothing.to_numpy() & _not_set_work(sheet))


def _not_set_work(sheet: Sheet) -> Mask:
    entry = sheet.encoded["exam"]
    return entry.rows_where((entry.values != "assignment").fill_null(True))


RULES = (
    RowRule(
        name="required",
        title_zh="必填项为空",
        title_en="required cell empty",
        stage=1,
        find=_empty,
        zh="“{label}”必须填写。",
        en="{label} must be filled.",
        remedy_zh="请补填；查不到的，先不交这一行。",
        remedy_en="Fill it in; leave the row out where it cannot be found.",
    ),
    RowRule(
        name="date_order",
        title_zh="日期先后",
        title_en="order of days",
        stage=1,
        find=_order,
        zh="“{label}”早于“{than_zh}”{said}。",
        en="{label} is before {than_en}{said}.",
        remedy_zh="请核对两个日期。",
        remedy_en="Look at both days.",
    ),
    RowRule(
        name="known_before",
        title_zh="获知早于发生",
        title_en="known before it was so",
        stage=1,
        find=_known_before,
        zh="“{label}”早于事情发生的日期{said}。",
        en="{label} is before the day of the fact{said}.",
        remedy_zh="请填实际登记的日期；不清楚就留空。",
        remedy_en="Give the day on which it was entered; leave it empty where not known.",
    ),
    RowRule(
        name="future",
        title_zh="晚于接收日期",
        title_en="after the day received",
        stage=1,
        find=_future,
        zh="“{label}”晚于数据接收日期{received}{said}。",
        en="{label} is after {received}, the day the data were received{said}.",
        remedy_zh="请核对日期，或改正 batch.toml 的 received_on。",
        remedy_en="Look at the day, or mend received_on in batch.toml.",
    ),
    RowRule(
        name="above_whole",
        title_zh="部分大于整体",
        title_en="part above whole",
        stage=1,
        find=_above_full,
        zh="“{label}”大于“{than_zh}”{said}。",
        en="{label} is more than {than_en}{said}.",
        remedy_zh="请核对两个数。",
        remedy_en="Look at both numbers.",
    ),
    RowRule(
        name="end_unfounded",
        title_zh="缺结束日期",
        title_en="end known, no end",
        stage=1,
        find=_end_unfounded,
        zh="填了“{label}”，却没有结束日期。",
        en="{label} is filled but there is no end_on.",
        remedy_zh="请补填结束日期，或删去这一格。",
        remedy_en="Fill end_on, or empty this cell.",
    ),
    RowRule(
        name="birth_in_id",
        title_zh="出生日期与证件不同",
        title_en="birth date unlike ID",
        stage=1,
        find=_birth_in_id,
        level="warning",
        zh="“{label}”与“{than_zh}”里的出生日期不同。",
        en="{label} differs from the birth date in {than_en}.",
        remedy_zh="请核对证件，更正其中一个。",
        remedy_en="Look at the document and mend one of them.",
    ),
    RowRule(
        name="never_imported_fact",
        title_zh="不得导入的内容（属性）",
        title_en="never imported (attribute)",
        stage=1,
        find=_never,
        zh="“{label}”属于不得导入的内容。",
        en="{label} names what must never be imported.",
        remedy_zh="请删去这一行；本系统不保存此类信息。",
        remedy_en="Delete the row; this system does not keep such facts.",
    ),
    RowRule(
        name="declared_number",
        title_zh="声明为数字的属性不是数字",
        title_en="declared number that is none",
        stage=1,
        find=_declared_number,
        zh="“{label}”不是数字{said}，而 batch.toml 声明该属性为数字。",
        en="{label} is no number{said}, but batch.toml declares this attribute as one.",
        remedy_zh="请只填半角数字，不带单位和千分位；不是数字的属性，请从 batch.toml 的 [attributes] 中删去。",
        remedy_en="Give plain digits without a unit or separators; or take the attribute out of "
        "[attributes] in batch.toml where it is no number.",
    ),
    RowRule(
        name="no_result",
        title_zh="没有成绩",
        title_en="no result",
        stage=1,
        find=_assigned,
        level="warning",
        zh="分数和等级都没有填，按缺考对待。",
        en="Neither score nor level: read as not taken.",
        remedy_zh="如有成绩请补填。",
        remedy_en="Fill in the result if there is one.",
    ),
)
