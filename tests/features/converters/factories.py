"""Tiny Open University files and a tiny export of the national register."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.converters.xueji_source import COLUMNS

PROJECT = Path(__file__).parents[3]
KINDS = ("homepage", "oucontent", "forumng", "subpage", "resource", "quiz", "url", "ouwiki", "oucollaborate", "other")  # fmt: skip


def real_data() -> Path:
    """The Open University files, or the test is skipped saying where they are looked for."""
    root = Path(os.environ.get("BAOXUE_REAL_DATA", PROJECT.parent / "shared" / "data"))
    if not (root / "oulad").is_dir():
        pytest.skip(f"no Open University files in {root / 'oulad'} (set BAOXUE_REAL_DATA)")
    return root / "oulad"


def person(number: int, **more: Any) -> dict[str, Any]:
    """One enrolment in AAA-2013J as the files have it."""
    return {
        "code_module": "AAA", "code_presentation": "2013J", "id_student": number, "gender": "F",
        "region": "Wales", "highest_education": "HE Qualification", "imd_band": "50-60%",
        "age_band": "0-35", "num_of_prev_attempts": 0, "studied_credits": 60, "disability": "N",
        "final_result": "Pass", "date_registration": -10.0, "date_unregistration": None, **more,
    }  # fmt: skip


def clicks(number: int, day: int, **kinds: int) -> dict[str, Any]:
    """One day of activity of one enrolment."""
    who = {"code_module": "AAA", "code_presentation": "2013J", "id_student": number, "date": day}
    return who | dict.fromkeys(KINDS, 0) | kinds


def assessment(number: int, kind: str, day: float | None, weight: float = 10.0) -> dict[str, Any]:
    """One assessment of AAA-2013J."""
    return {
        "code_module": "AAA", "code_presentation": "2013J", "id_assessment": number,
        "assessment_type": kind, "date": day, "weight": weight,
    }  # fmt: skip


def handed_in(
    work: int, number: int, day: int, score: float | None, banked: int = 0
) -> dict[str, Any]:
    """One row of studentAssessment."""
    return {
        "id_assessment": work, "id_student": number, "date_submitted": day, "is_banked": banked,
        "score": score,
    }  # fmt: skip


WORK = (assessment(1, "TMA", 3.0), assessment(2, "Exam", None), assessment(3, "Exam", 9.0))


def oulad(
    folder: Path,
    people: Sequence[Mapping[str, Any]],
    *,
    daily: Sequence[Mapping[str, Any]] = (),
    work: Sequence[Mapping[str, Any]] = WORK,
    submissions: Sequence[Mapping[str, Any]] = (),
    length: int = 10,
) -> Path:
    """Write the files into ``folder`` as Parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = pl.DataFrame(people, infer_schema_length=None)
    dates = ("date_registration", "date_unregistration")
    keys = ("code_module", "code_presentation", "id_student")
    tables = {
        "courses": pl.DataFrame(
            [
                {
                    "code_module": "AAA",
                    "code_presentation": "2013J",
                    "module_presentation_length": length,
                }
            ]
        ),
        "studentInfo": frame.drop(dates),
        "studentRegistration": frame.select(*keys, pl.col(dates).cast(pl.Float64)),
        "assessments": pl.DataFrame(work, infer_schema_length=None),
        "studentAssessment": pl.DataFrame(submissions or [handed_in(99, 0, 0, None)]),
        "studentVle_daily": pl.DataFrame(daily or [clicks(0, 0, other=1)]),
    }
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return folder


_PUPIL = {
    "学校标识码": "2152020101", "姓名": "赵一", "性别": "男", "出生日期": "20160312", "民族": "汉族",
    "身份证件类型": "居民身份证", "身份证件号": "520201201603120109", "政治面貌": "群众",
    "户口所在地行政区划": "520201", "班号": "202201", "入学年月": "202209", "就读方式": "走读",
    "现住址": "某村", "联系电话": "13800000000", "是否留守儿童": "非留守", "是否孤儿": "否",
    "上下学距离": "2.5", "残疾类型": "无", "随班就读": "非随班", "是否进城务工人员随迁子女": "否",
}  # fmt: skip


def pupil(**more: str | None) -> dict[str, str | None]:
    """One row of the register's export."""
    return _PUPIL | more


def export(path: Path, pupils: Sequence[Mapping[str, Any]], encoding: str = "gb18030") -> Path:
    """Write the pupils under the register's header (and columns of theirs besides)."""
    names = list(dict.fromkeys((*COLUMNS, *(name for row in pupils for name in row))))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[row.get(name) or "" for name in names] for row in pupils])
    return path
