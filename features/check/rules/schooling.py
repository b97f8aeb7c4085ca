"""Warnings about enrolments, ages, the calendar and the exam rules of 2021 and 2025."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from features.check.hits import Hits
from features.check.rule import RowRule
from features.check.sheet import Extract, Sheet

YOUNGEST, OLDEST = 6, 15
PRIMARY = tuple("123456")
UNWRITTEN = ("1", "2")
LAST_GRADE = "9"


def _rows(sheet: Sheet) -> pl.DataFrame:
    """Rows without faults and not taken back, with their position; newest state of each fact."""
    good = pl.Series(~sheet.bad)
    frame = sheet.frame.with_row_index("_index").filter(good)
    newest = frame.sort("known_on").unique(sheet.table.key, keep="last", maintain_order=True)
    return newest.filter(pl.col("void") == 0)


def _mask(sheet: Sheet, index: pl.Series) -> np.ndarray:
    mask = np.zeros(sheet.frame.height, bool)
    mask[index.to_numpy()] = True
    return mask


def _overlaps(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if sheet.name != "enrolments":
        return
    rows = _rows(sheet).sort("student_id", "start_on", "known_on", "school_id")
    before = pl.col("end_on").fill_null(pl.date(9999, 12, 31)).cum_max().over("student_id").shift(1)
    same = pl.col("student_id") == pl.col("student_id").shift(1)
    found = rows.filter((same & (pl.col("start_on") <= before)).fill_null(False))
    yield from sheet.hits("start_on", _mask(sheet, found["_index"]))


def _ages(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    students = extract.sheets.get("students")
    if sheet.name != "enrolments" or students is None or extract.batch.population == "any":
        return
    born = students.frame.select("student_id", "birth_date").unique("student_id")
    rows = _rows(sheet).join(born, on="student_id")
    start, birth = pl.col("start_on"), pl.col("birth_date")
    # age on the 31 August before the enrolment began
    autumn = start.dt.year() - (start.dt.month() < 9).cast(pl.Int32)
    age = autumn - birth.dt.year() - (birth.dt.month() > 8).cast(pl.Int32)
    found = rows.filter((age < YOUNGEST) | (age > OLDEST))
    yield from sheet.hits("start_on", _mask(sheet, found["_index"]))


def _not_school_days(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    calendar = extract.sheets.get("calendar")
    if calendar is None or sheet.name not in ("attendance", "roll_calls"):
        return
    open_days = pl.col("is_school_day").max()
    days = calendar.frame.group_by("date").agg(open_days).filter(pl.col("is_school_day") == 0)
    closed = sheet.frame["date"].is_in(days["date"].implode()).fill_null(False).to_numpy()
    yield from sheet.hits("date", closed & ~sheet.bad)


def _papers(sheet: Sheet, extract: Extract) -> pl.DataFrame | None:
    """Exams with the grade the pupil was in on the day (position, exam, grade); one answer for all rules."""
    enrolments = extract.sheets.get("enrolments")
    if sheet.name != "grades" or enrolments is None or extract.batch.population == "any":
        return None
    if "papers" not in sheet.found:
        pupils = sheet.encoded["student_id"]
        places = extract.once("places", pupils.values, lambda ids: _places(enrolments, ids))
        rows = sheet.frame.select("happened_on", "exam", "score").with_columns(
            _pupil=pl.Series(pupils.codes)
        )
        rows = rows.with_row_index("_index").filter(pl.Series(~sheet.bad)).sort("happened_on")
        sheet.found["papers"] = rows.join_asof(
            places, left_on="happened_on", right_on="start_on", by="_pupil", check_sortedness=False
        )
    return sheet.found["papers"]


def _places(enrolments: Sheet, ids: pl.Series) -> pl.DataFrame:
    """Since when which pupil (by place in ``ids``) was in which grade."""
    pupils = pl.DataFrame({"student_id": ids}).with_columns(
        _pupil=pl.int_range(len(ids), dtype=pl.Int32)
    )
    rows = _rows(enrolments).select("student_id", "start_on", "grade").sort("start_on")
    return rows.join(pupils, on="student_id", maintain_order="left").drop("student_id")


def _against(sheet: Sheet, extract: Extract, wrong: pl.Expr) -> Iterator[Hits]:
    papers = _papers(sheet, extract)
    if papers is not None:
        yield from sheet.hits("exam", _mask(sheet, papers.filter(wrong)["_index"]))


def _early_papers(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    paper = pl.col("exam") != "assignment"
    # a level without a mark is how grades 1-2 may be assessed at the end of a term
    marked = pl.col("score").is_not_null() | (pl.col("exam") != "final")
    yield from _against(sheet, extract, pl.col("grade").is_in(UNWRITTEN) & paper & marked)


def _primary_midterms(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    older = pl.col("grade").is_in([g for g in PRIMARY if g not in UNWRITTEN])
    yield from _against(sheet, extract, older & (pl.col("exam") == "midterm"))


def _mocks(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    young = (pl.col("grade") != LAST_GRADE) & ~pl.col("grade").is_in(UNWRITTEN)
    yield from _against(sheet, extract, young & (pl.col("exam") == "mock"))


def _monthly(sheet: Sheet, extract: Extract) -> Iterator[Hits]:
    if sheet.name == "grades" and extract.batch.population == "compulsory":
        exams = sheet.encoded["exam"]
        yield from sheet.hits("exam", exams.rows_where(exams.values == "monthly") & ~sheet.bad)


_NOT_USED_ZH = "不必改数据；这些成绩不用于估计。请核对考试安排是否合规。"
_NOT_USED_EN = "The data need no change; these results are not used. Look at the exam plan."

RULES = (
    RowRule(
        name="overlap",
        title_zh="在读记录重叠",
        title_en="overlapping enrolments",
        stage=3,
        find=_overlaps,
        level="warning",
        zh="同一学生的在读记录有重叠{said}。",
        en="Enrolments of one pupil overlap{said}.",
        remedy_zh="请给较早的记录补填离班日期；否则以开始日期最晚的为准。",
        remedy_en="Give the earlier row its end_on; otherwise the latest start_on counts.",
    ),
    RowRule(
        name="age",
        title_zh="年龄在6至15周岁之外",
        title_en="age outside 6 to 15",
        stage=3,
        find=_ages,
        level="warning",
        zh="学生年龄不在6至15周岁{said}。",
        en="The pupil's age is outside 6 to 15{said}.",
        remedy_zh="请核对出生日期和年级；属实则不必改。",
        remedy_en="Look at the birth date and the grade; nothing to do if they are right.",
    ),
    RowRule(
        name="no_school_day",
        title_zh="校历上不上课",
        title_en="no school day",
        stage=3,
        find=_not_school_days,
        level="warning",
        zh="校历上这一天不上课{said}。",
        en="The calendar has no school on this day{said}.",
        remedy_zh="请核对校历或日期（例如调休上课日）。",
        remedy_en="Look at the calendar or the date (a make-up day, for example).",
    ),
    RowRule(
        name="early_papers",
        title_zh="一、二年级纸笔考试",
        title_en="papers in grades 1-2",
        stage=3,
        find=_early_papers,
        level="warning",
        unused=True,
        zh="一、二年级不进行纸笔考试（2021年规定）。",
        en="Grades 1 and 2 take no paper exams (rule of 2021).",
        remedy_zh=_NOT_USED_ZH,
        remedy_en=_NOT_USED_EN,
    ),
    RowRule(
        name="primary_midterm",
        title_zh="小学期中考试",
        title_en="midterm in primary",
        stage=3,
        find=_primary_midterms,
        level="warning",
        unused=True,
        zh="小学不组织期中考试（2021年规定）。",
        en="Primary schools hold no midterms (rule of 2021).",
        remedy_zh=_NOT_USED_ZH,
        remedy_en=_NOT_USED_EN,
    ),
    RowRule(
        name="monthly_exam",
        title_zh="月考、周考",
        title_en="monthly exam",
        stage=3,
        find=_monthly,
        level="warning",
        unused=True,
        zh="不得组织月考、周考、单元考试（2021、2025年规定）。",
        en="Monthly, weekly and unit exams are not held (rules of 2021, 2025).",
        remedy_zh=_NOT_USED_ZH,
        remedy_en=_NOT_USED_EN,
    ),
    RowRule(
        name="mock",
        title_zh="非九年级模拟考试",
        title_en="mock outside grade 9",
        stage=3,
        find=_mocks,
        level="warning",
        unused=True,
        zh="模拟考试只限九年级（2021、2025年规定）。",
        en="Mocks are for grade 9 only (rules of 2021, 2025).",
        remedy_zh=_NOT_USED_ZH,
        remedy_en=_NOT_USED_EN,
    ),
)
