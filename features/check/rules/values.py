"""Rules on single values: dates, numbers, codes, flags, damaged text."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from features.batch import Batch
from features.check import parse
from features.check.rule import ValueRule
from features.tables import Column


def _is(*types: str) -> Callable[[Column, Batch], bool]:
    return lambda column, batch: column.type in types


def _unread_date(values: pl.Series, column: Column) -> pl.Series:
    return parse.dates(values).is_null()


def _unread_number(values: pl.Series, column: Column) -> pl.Series:
    found = parse.numbers(values)
    return found.is_null() | (found != found.round()) if column.type == "int" else found.is_null()


def _outside(values: pl.Series, column: Column) -> pl.Series:
    found = parse.numbers(values)
    wrong = pl.repeat(False, len(values), eager=True)
    if column.low is not None:
        wrong = wrong | (found < column.low)
    return wrong | (found > column.high) if column.high is not None else wrong


def _unknown_code(values: pl.Series, column: Column) -> pl.Series:
    return parse.coded(values, column).is_null()


def _closed(column: Column, batch: Batch) -> bool:
    return column.type == "code" and not parse.is_free(column, batch)


RULES = (
    ValueRule(
        name="date",
        title_zh="日期无效",
        title_en="invalid date",
        applies=_is("date"),
        wrong=_unread_date,
        zh="“{label}”不是有效的日期{said}。",
        en="{label} is no valid date{said}.",
        remedy_zh="请写成 2026-09-01 的样式；表格中的数字序号请设为日期格式。",
        remedy_en="Write it as 2026-09-01; give a spreadsheet's serial numbers the format of a date.",
    ),
    ValueRule(
        name="number",
        title_zh="不是数字",
        title_en="not a number",
        applies=_is("int", "float"),
        wrong=_unread_number,
        zh="“{label}”不是数字{said}。",
        en="{label} is no number{said}.",
        remedy_zh="请只填数字（人数、次数填整数），不带单位。",
        remedy_en="Give a number alone (a whole one for counts), without a unit.",
    ),
    ValueRule(
        name="range",
        title_zh="超出范围",
        title_en="out of range",
        applies=_is("int", "float"),
        wrong=_outside,
        zh="“{label}”超出允许范围{said}，应在{low}到{high}之间。",
        en="{label} is out of range{said}: from {low} to {high}.",
        remedy_zh="请核对原始记录后更正。",
        remedy_en="Mend it after the original record.",
    ),
    ValueRule(
        name="code",
        title_zh="代码不对",
        title_en="unknown code",
        applies=_closed,
        wrong=_unknown_code,
        zh="“{label}”不在代码表中{said}。",
        en="{label} is not in the code list{said}.",
        remedy_zh="请填其中之一：{codes_zh}。",
        remedy_en="One of: {codes_en}.",
    ),
    ValueRule(
        name="flag",
        title_zh="应填0或1",
        title_en="not 0 or 1",
        applies=_is("flag"),
        wrong=_unknown_code,
        zh="“{label}”只能填 0 或 1（否、是）{said}。",
        en="{label} is 0 or 1{said}.",
        remedy_zh="请填 1（是）或 0（否）；不清楚就留空。",
        remedy_en="Give 1 (yes) or 0 (no); leave it empty where it is not known.",
    ),
    ValueRule(
        name="damaged_text",
        title_zh="文字损坏",
        title_en="damaged characters",
        applies=_is("text"),
        wrong=lambda values, column: values.str.contains("[\ufffd\\x00-\\x08]"),
        zh="“{label}”里有损坏的文字（�）。",
        en="{label} holds damaged characters (�).",
        remedy_zh="文字在转换编码时丢失，请从原系统重新导出为“CSV UTF-8”。",
        remedy_en="Characters were lost in a conversion: export it anew as “CSV UTF-8”.",
    ),
)
