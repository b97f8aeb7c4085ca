"""Rules on ids: digits lost in spreadsheets, the shape of 学籍号, school and ID numbers, GB 11643."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from features.batch import Batch
from features.check import parse
from features.check.rule import ValueRule
from features.tables import Column

#: GB 11643-1999: weights of the first 17 digits; the sum modulo 11 picks the check character.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"

_LOST = r"^\d+(?:\.\d+)?[eE]\+?\d+$"
_PERSON = r"^\d{17}[\dX]$"
_STUDENT = r"^(?:[GJ]\d{17}[\dX]|L\d{18})$"


def check_character(digits: pl.Series) -> pl.Series:
    """The check character of ids that start with 17 digits (others: null)."""
    first = digits.str.slice(0, 17)
    long = (first.str.len_bytes() == 17).fill_null(False)
    signs = _bytes(first.filter(long), 17) - np.uint8(ord("0"))
    left = signs.astype(np.int32) @ np.array(WEIGHTS, np.int32) % 11
    place = np.full(len(digits), -1, np.int32)
    place[long.to_numpy()] = np.where((signs <= 9).all(axis=1), left, -1)
    return pl.Series([*CHECKS, None]).gather(place % (len(CHECKS) + 1))


def _bytes(texts: pl.Series, width: int) -> np.ndarray:
    """One row a text, all of ``width`` bytes."""
    array = texts.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends, data = array.buffers()
    first = np.frombuffer(ends, np.int64)[array.offset] if len(texts) else 0
    signs = np.frombuffer(data or b"", np.uint8)
    return signs[first : first + width * len(texts)].reshape(-1, width)


def _broken(ids: pl.Series) -> pl.Series:
    """True where 18 characters of the right shape have a wrong check or an impossible birth date."""
    shaped = ids.str.contains(_PERSON)
    born = ids.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    return shaped & ((check_character(ids) != ids.str.slice(17, 1)) | born.is_null())


def _plain(values: pl.Series) -> pl.Series:
    return parse.width(values).str.to_uppercase()


def _student_check(values: pl.Series, column: Column) -> pl.Series:
    ids = _plain(values)
    return ids.str.contains("^[GJ]") & _broken(ids.str.slice(1))


def _person_shape(values: pl.Series, column: Column) -> pl.Series:
    """ID numbers have 18 characters; other papers (passport, travel permit) begin with a letter."""
    ids = _plain(values)
    other = ids.str.contains(r"^[A-Z][A-Z0-9()-]{5,19}$") & (column.name == "id_number")
    return ~(ids.str.contains(_PERSON) | other)


def _national(form: str) -> Callable[[Column, Batch], bool]:
    return lambda column, batch: column.form == form and batch.id_scheme == "national"


def _compulsory(form: str) -> Callable[[Column, Batch], bool]:
    return lambda column, batch: column.form == form and batch.population == "compulsory"


def _unlike(pattern: str) -> Callable[[pl.Series, Column], pl.Series]:
    return lambda values, column: ~parse.width(values).str.contains(pattern)


def _term(values: pl.Series, column: Column) -> pl.Series:
    plain = parse.terms(values)
    years = plain.str.extract_groups(r"^(\d{4})-(\d{4})-[12]$").struct.unnest()
    first, second = years["1"].cast(pl.Int32), years["2"].cast(pl.Int32)
    return (second - first != 1).fill_null(True)


RULES = (
    ValueRule(
        name="lost_digits",
        title_zh="号码丢失末位",
        title_en="lost digits",
        applies=lambda column, batch: column.form not in (None, "term", "school_year"),
        wrong=lambda values, column: values.str.contains(_LOST),
        zh="“{label}”被存成了数字，末几位已丢失（如 1.23E+17）。",
        en="{label} was stored as a number and has lost its last digits (as in 1.23E+17).",
        remedy_zh="请从原系统重新导出，并把该列设为“文本”格式；改格式不能找回丢失的数字。",
        remedy_en="Export it anew with the column as text; changing the format does not bring the "
        "digits back.",
    ),
    ValueRule(
        name="student_id",
        title_zh="学籍号格式",
        title_en="student id",
        applies=_national("student_id"),
        wrong=lambda values, column: (
            ~_plain(values).str.contains(_STUDENT) & ~values.str.contains(_LOST)
        ),
        zh="“{label}”应为 G 或 J 加18位，或 L 开头的临时号（共19位）。",
        en="{label} must be G or J and 18 characters, or a temporary number with L (19 in all).",
        remedy_zh='请按全国学籍系统核对；非全国编号的数据在 batch.toml 写 id_scheme = "any"。',
        remedy_en='Look it up in the national system; for other schemes write id_scheme = "any" in '
        "batch.toml.",
    ),
    ValueRule(
        name="student_id_check",
        title_zh="学籍号校验",
        title_en="student id, check digit",
        applies=_national("student_id"),
        wrong=_student_check,
        zh="“{label}”的校验位或出生日期段不对。",
        en="{label}: the check digit or the birth date in it is wrong.",
        remedy_zh="可能抄错一位，请按全国学籍系统核对。",
        remedy_en="A digit may be miscopied: look it up in the national system.",
    ),
    ValueRule(
        name="school_id",
        title_zh="学校标识码格式",
        title_en="school id",
        applies=_national("school_id"),
        wrong=_unlike(r"^\d{10}$"),
        zh="“{label}”应为10位数字。",
        en="{label} must have 10 digits.",
        remedy_zh="请填学校（机构）标识码；开头的 0 不能省。",
        remedy_en="Give the school's identification code with its leading zeros.",
    ),
    ValueRule(
        name="person_id",
        title_zh="身份证号格式",
        title_en="ID number",
        applies=_national("person_id"),
        wrong=lambda values, column: _person_shape(values, column) & ~values.str.contains(_LOST),
        zh="“{label}”应为18位身份证号。",
        en="{label} must be an ID number of 18 characters.",
        remedy_zh="请核对证件；没有证件就留空（学生表）。",
        remedy_en="Look at the document; leave it empty where there is none (students).",
    ),
    ValueRule(
        name="person_id_check",
        title_zh="身份证号校验",
        title_en="ID number, check digit",
        applies=_national("person_id"),
        wrong=lambda values, column: _broken(_plain(values)),
        zh="“{label}”的校验位或出生日期段不对。",
        en="{label}: the check digit or the birth date in it is wrong.",
        remedy_zh="可能抄错一位，请核对证件。",
        remedy_en="A digit may be miscopied: look at the document.",
    ),
    ValueRule(
        name="county",
        title_zh="行政区划代码",
        title_en="county code",
        applies=_compulsory("county"),
        wrong=_unlike(r"^\d{6}$"),
        zh="“{label}”应为6位行政区划代码。",
        en="{label} must be an area code of 6 digits.",
        remedy_zh="请填县级代码（GB/T 2260）。",
        remedy_en="Give the county's code (GB/T 2260).",
    ),
    ValueRule(
        name="place",
        title_zh="区划代码",
        title_en="area code",
        applies=_compulsory("place"),
        wrong=_unlike(r"^(\d{6}|\d{9}|\d{12})$"),
        zh="“{label}”应为6、9或12位行政区划代码。",
        en="{label} must be an area code of 6, 9 or 12 digits.",
        remedy_zh="请填统计用区划代码，或留空。",
        remedy_en="Give the statistical area code, or leave it empty.",
    ),
    ValueRule(
        name="term",
        title_zh="学期写法",
        title_en="term",
        applies=_compulsory("term"),
        wrong=_term,
        zh="“{label}”应写成 2026-2027-1（学年-学期）。",
        en="{label} must read 2026-2027-1 (school year and term).",
        remedy_zh="请改成学年和学期，1 为秋季学期，2 为春季学期。",
        remedy_en="Write the school year and the term: 1 autumn, 2 spring.",
    ),
    ValueRule(
        name="school_year",
        title_zh="学年写法",
        title_en="school year",
        applies=_compulsory("school_year"),
        wrong=_unlike(r"^\d{4}(?:-\d{4})?(?:学年|学年度)?$"),
        zh="“{label}”应为起始年份，如 2026。",
        en="{label} must be the first year, as in 2026.",
        remedy_zh="请填学年的起始年份。",
        remedy_en="Give the year in which the school year begins.",
    ),
)
