"""The national register's export of pupils' basic data as one extract of the contract.

The export is a list of who is on the roll on one day: it has no attendance, no results, no moves
and no household registers. What it lacks is asked for by name. All is known on ``received_on``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from features.batch import Batch
from features.converters import xueji_values as values
from features.converters.common import Converted, batch_text, write_extract
from features.converters.xueji_source import ADDED, COLUMNS, ROW, read_export
from features.converters.xueji_wanted import wanted
from features.refusal import Refusal
from features.tables import NEVER_IMPORTED, codes

REMARKS = (
    "由 baoxue convert xueji 从全国学籍系统导出表生成；表中事实均按导出日期（received_on）获知。",
    "Made by `baoxue convert xueji`; every fact is known on received_on, the day of the export.",
    "attendance_mode：只登记缺勤用 exceptions（并填 roll_calls 点名表），每生每日一行用 full。",
)
#: A column for people to fill.
_EMPTY = pl.lit(None, pl.String)
#: Columns of the export that become something; the rest is dropped and named.
USED = frozenset(
    (
        "学校标识码", "姓名", "性别", "出生日期", "民族", "身份证件类型", "身份证件号",
        "户口所在地行政区划", "班号", "入学年月", "就读方式", "现住址", "家庭地址", "通信地址",
        "联系电话", "是否留守儿童", "是否孤儿", "上下学距离", "残疾类型", "随班就读",
        "是否进城务工人员随迁子女", *ADDED,
        *(f"成员{n}{w}" for n in (1, 2) for w in ("姓名", "关系", "联系电话", "是否监护人")),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What the caller says because the file does not: day of the export, the one school's facts."""

    received_on: date
    school_id: str = ""
    school_name: str = ""
    stage: str = ""
    county_code: str = ""
    area: str = ""


def convert(file: Path, out: Path, said: Said, *, overwrite: bool = False) -> Converted:
    """Write the pupils of ``file`` as one extract in ``out``.

    Raises ``Refusal`` where the file is not the export, a school's id is missing, ``out`` is taken.
    """
    stage = _stage(said.stage)
    export = read_export(file)
    pupils = _pupils(_with_all_columns(export), said, stage)
    kept = pupils.filter(pl.col("student_id").is_not_null())
    if kept.is_empty():
        raise Refusal(
            "没有一行能得到全国学籍号。请在导出时勾选“全国学籍号”列。",
            "No row has a national pupil number. Tick 全国学籍号 when exporting.",
        )
    schools = _schools(kept, said, stage)
    batch = Batch(
        area=said.area or said.county_code or _only(kept, "school_id") or "local",
        received_on=said.received_on,
        attendance_mode="exceptions",
    )
    tables = {"schools": schools, **_tables(kept, said.received_on)}
    lazy = {name: frame.lazy() for name, frame in tables.items()}
    rows = write_extract(out, lazy, batch_text(batch, REMARKS), workbooks=True, overwrite=overwrite)
    return Converted(out, rows, _notes(export, pupils), wanted(export, kept, schools))


def school_year(day: date) -> int:
    """The year in which the school year of ``day`` began; August belongs to the new one."""
    return day.year if day.month >= 8 else day.year - 1


def _stage(word: str) -> str:
    stage = values.code_of(word, codes.STAGE) if word else ""
    if stage is None:
        said = "、".join(f"{code}（{words[0]}）" for code, words in codes.STAGE.items())
        raise Refusal(f"不认识的学段“{word}”。可选：{said}。", f"Unknown stage. One of: {said}.")
    return stage


def _with_all_columns(export: pl.DataFrame) -> pl.DataFrame:
    absent = [name for name in (*COLUMNS, *ADDED) if name not in export.columns]
    return export.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)


def _pupils(export: pl.DataFrame, said: Said, stage: str) -> pl.DataFrame:
    """One row per row of the file, under the contract's names and codes."""
    year = school_year(said.received_on)
    given = pl.coalesce("学校标识码", pl.lit(said.school_id or None, pl.String))
    frame = export.with_columns(
        student_id=values.student_id(),
        school_id=given,
        id_number=values.resident_id(),
        birth_date=values.day("出生日期"),
        entered_on=values.day("入学年月"),
        class_id="班号",
        boarding=values.code("就读方式", codes.BOARDING),
        disability=values.disability(),
        placement=values.placement(),
        left_kind=values.code("是否留守儿童", codes.LEFT_KIND),
        **values.guardian(),
    ).with_columns(grade=values.grade(stage, year))
    lacking = frame.filter(pl.col("school_id").is_null())
    if lacking.height:
        raise Refusal(
            f"有 {lacking.height} 行没有学校标识码（如第 {lacking[ROW][0]} 行）。"
            "单个学校的表请加 --school-id；多校的表请补全该列。",
            f"{lacking.height} rows have no school id (such as row {lacking[ROW][0]}). For one"
            " school add --school-id; for several fill the column 学校标识码.",
        )
    return frame


def _schools(kept: pl.DataFrame, said: Said, stage: str) -> pl.DataFrame:
    """The one school, where all that the contract wants is known; empty otherwise."""
    name = said.school_name or _only(kept, "学校名称")
    school = _only(kept, "school_id")
    known = {"school_id": school, "name": name, "stage": stage, "county_code": said.county_code}
    rows = [known] if all(known.values()) else []
    return pl.DataFrame(rows, schema=dict.fromkeys(known, pl.String()))


def _only(frame: pl.DataFrame, column: str) -> str:
    found = frame[column].drop_nulls().unique().to_list()
    return str(found[0]) if len(found) == 1 else ""


def _tables(kept: pl.DataFrame, received_on: date) -> dict[str, pl.DataFrame]:
    known = pl.lit(received_on, pl.Date)
    year = school_year(received_on)
    first = pl.lit(date(year, 9, 1), pl.Date)
    since = {"start_on": known, "known_on": known}
    return {
        "classes": _classes(kept, year),
        "students": kept.select(
            "student_id", "id_number", "birth_date", name="姓名",
            address=pl.coalesce("现住址", "家庭地址", "通信地址"),
            guardian_name="guardian_name", guardian_relation="guardian_relation",
            guardian_phone="guardian_phone", distance_km=values.number("上下学距离"),
            migrant_child=values.flag("是否进城务工人员随迁子女"),
        ),
        "students_restricted": kept.select(
            "student_id", sex=values.code("性别", codes.SEX), ethnicity="民族",
            hukou_code="户口所在地行政区划", orphan=values.flag("是否孤儿"),
        ),
        "enrolments": kept.select(
            "student_id", "school_id", "class_id", "grade", "boarding",
            # in force since this school year began, or since the pupil came, if later
            start_on=pl.max_horizontal(first, "entered_on"), known_on=known,
        ),
        "left_behind": kept.drop_nulls("left_kind").select(
            "student_id", standard=pl.lit("register"), kind="left_kind", carer=_EMPTY, **since
        ),
        "disability": kept.drop_nulls("disability").select(
            "student_id", "placement", category="disability", level=_EMPTY, certificate_no=_EMPTY,
            **since
        ),
    }  # fmt: skip


def _classes(kept: pl.DataFrame, year: int) -> pl.DataFrame:
    """Each class once; its grade where all its pupils agree, its name where one is given."""
    one = pl.col("grade").drop_nulls().unique()
    return (
        kept.drop_nulls("class_id")
        .group_by("school_id", "class_id")
        .agg(
            grade=pl.when(one.len() == 1).then(one.first()),
            name=pl.col("班级名称").drop_nulls().first(),
        )
        .with_columns(school_year=pl.lit(str(year)), head_teacher=_EMPTY)
        .sort("school_id", "class_id")
    )


def _notes(export: pl.DataFrame, pupils: pl.DataFrame) -> tuple[tuple[str, str], ...]:
    never = [n for n in export.columns if any(word in n for word in NEVER_IMPORTED)]
    unused = [n for n in export.columns if n not in USED and n != ROW and n not in never]
    notes = [_rows_note(pupils, *fault) for fault in values.FAULTS]
    if unused:
        notes.append(
            (f"未导入的列：{'、'.join(unused)}。", f"Columns not imported: {', '.join(unused)}.")
        )
    if never:
        said = "、".join(never)
        notes.append((f"按规定从不导入的列：{said}。", f"Columns never imported, by rule: {said}."))
    return tuple(note for note in notes if note)


def _rows_note(pupils: pl.DataFrame, broken: pl.Expr, zh: str, en: str) -> tuple[str, str] | None:
    rows = pupils.filter(broken)[ROW].to_list()
    if not rows:
        return None
    few = "、".join(map(str, rows[:10])) + ("……" if len(rows) > 10 else "")
    return f"{zh}：{len(rows)} 行（第 {few} 行）。", f"{en}: {len(rows)} rows ({few})."
