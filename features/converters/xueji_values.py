"""How the register's values read: codes and words, dates, numbers, who guards the child.

Code lists: the register's guide to its form (data standards 3.3). A value that could mean two
things is not guessed: it stays empty and ``FAULTS`` names its row.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from features.tables import codes

Codes = Mapping[str, tuple[str, ...]]
_YES, _NO = ("1", "是", "有", "Y", "y"), ("0", "否", "无", "不是", "非", "N", "n")
_NOT_LEFT = ("0", "非留守", "非留守儿童", "否")
_NO_DISABILITY = ("无", "无残疾", "0", "否")
_NOT_INCLUSIVE = ("非随班", "非随班就读", "否", "无", "0")
_RESIDENT = ("1", "01", "居民身份证")
_ID = r"^\d{17}[\dXx]$"
_PRIMARY, _JUNIOR = ("primary", "teaching_point"), ("junior", "complete")


def code_of(word: str, known: Codes) -> str | None:
    """The code that ``word`` is or stands for; None if neither."""
    return _words(known).get(word.strip())


def _words(known: Codes) -> dict[str, str]:
    return {word: code for code, words in known.items() for word in (code, *words)}


def code(column: str, known: Codes) -> pl.Expr:
    """``column`` as codes; empty where the value is none of them."""
    return pl.col(column).replace_strict(_words(known), default=None, return_dtype=pl.String)


def flag(column: str) -> pl.Expr:
    """``column`` as 0/1; empty where it says neither yes nor no."""
    said = pl.col(column)
    return pl.when(said.is_in(_YES)).then(1).when(said.is_in(_NO)).then(0).cast(pl.Int8)


def number(column: str) -> pl.Expr:
    """``column`` as a number, a unit behind it left out."""
    return pl.col(column).str.extract(r"^(\d+(?:\.\d+)?)").cast(pl.Float64)


def day(column: str) -> pl.Expr:
    """``column`` (20150304, 2015-03-04, 2015/3/4, 2015年3月) as a date; a month is its first."""
    parts = pl.col(column).str.extract_groups(
        r"^(\d{4})[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2}))?(?:日|月| 00?:00(?::00)?)?$"
    )
    year, month, of_month = (parts.struct.field(str(n)) for n in (1, 2, 3))
    text = pl.format("{}-{}-{}", year, month.str.zfill(2), of_month.fill_null("1").str.zfill(2))
    return text.str.to_date("%Y-%m-%d", strict=False)


def resident_id() -> pl.Expr:
    """The ID number where the paper is a resident's identity card (18 characters)."""
    number_ = pl.col("身份证件号").str.to_uppercase()
    card = pl.col("身份证件类型").is_in(_RESIDENT) | pl.col("身份证件类型").is_null()
    return pl.when(card & number_.str.contains(_ID)).then(number_)


def student_id() -> pl.Expr:
    """The 全国学籍号 of the file, else G and the ID number: that is how the register makes it."""
    return pl.coalesce(pl.col("全国学籍号").str.to_uppercase(), pl.lit("G") + resident_id())


def disability() -> pl.Expr:
    """The category, from 残疾类型 or else from the kind of 随班就读; digits are not read.

    Other systems number the categories differently, so that a digit alone says nothing.
    """
    words = {w: c for w, c in _words(codes.DISABILITY).items() if not w.isdecimal()}
    inclusive = pl.col("随班就读").str.strip_suffix("随班就读")
    return pl.coalesce(
        column.replace_strict(words, default=None, return_dtype=pl.String)
        for column in (pl.col("残疾类型"), inclusive)
    )


def placement() -> pl.Expr:
    """送教上门 from 就读方式, 随班就读 from its own column; otherwise unknown."""
    home = pl.col("就读方式") == "送教上门"
    inclusive = pl.col("随班就读").is_not_null() & ~pl.col("随班就读").is_in(_NOT_INCLUSIVE)
    return pl.when(home).then(pl.lit("home_teaching")).when(inclusive).then(pl.lit("inclusive"))


def grade(stage: str, year: int) -> pl.Expr:
    """The grade of the file, else counted from 入学年月 where the stage has one first grade.

    A nine- or twelve-year school has two entries, so nothing is counted. Wants ``entered_on``.
    """
    given = code("年级", codes.GRADE)
    lowest, highest = (1, 6) if stage in _PRIMARY else (7, 9)
    if stage not in (*_PRIMARY, *_JUNIOR):
        return given
    entered = pl.col("entered_on").dt.year() - (pl.col("entered_on").dt.month() < 8)
    counted = lowest + year - entered
    sound = counted.is_between(lowest, highest)
    return pl.coalesce(given, pl.when(sound).then(counted.cast(pl.String)))


def guardian() -> dict[str, pl.Expr]:
    """Name, relation, phone of the first member marked as guardian; the family's phone if none."""
    first, second = (pl.col(f"成员{n}是否监护人").is_in(_YES).fill_null(False) for n in (1, 2))

    def of(word: str) -> pl.Expr:
        return pl.when(first).then(pl.col(f"成员1{word}")).when(second).then(pl.col(f"成员2{word}"))

    return {
        "guardian_name": of("姓名"),
        "guardian_relation": of("关系"),
        "guardian_phone": pl.coalesce(of("联系电话"), pl.col("联系电话")),
    }


def _unread(column: str, read: str, *also: str) -> pl.Expr:
    return pl.col(column).is_not_null() & pl.col(read).is_null() & ~pl.col(column).is_in(list(also))


#: Rows that lost something on the way: which, and the sentence (zh, en) before their numbers.
FAULTS = (
    (
        pl.col("student_id").is_null(),
        "未转换，没有全国学籍号也没有居民身份证号，请在表中补“全国学籍号”列",
        "Not converted for want of a pupil number; add the column 全国学籍号",
    ),
    (
        _unread("出生日期", "birth_date"),
        "出生日期无法识别，已留空",
        "Birth dates that cannot be read are left empty",
    ),
    (
        _unread("入学年月", "entered_on"),
        "入学年月无法识别，已留空",
        "Months of entry that cannot be read are left empty",
    ),
    (
        _unread("是否留守儿童", "left_kind", *_NOT_LEFT),
        "“是否留守儿童”未说明单亲或双亲留守，未写入，请补 left_behind 表",
        "Left-behind of no known kind, not written; fill the table left_behind",
    ),
    (
        _unread("残疾类型", "disability", *_NO_DISABILITY),
        "残疾类型不是七类之一（或只有数字），未写入，请补 disability 表",
        "Disability in none of the seven words, not written; fill the table disability",
    ),
)
