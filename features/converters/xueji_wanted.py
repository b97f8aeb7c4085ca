"""What the register's export lacks, asked for by name: each with the table to fill."""

from __future__ import annotations

import polars as pl

Sentence = tuple[str, str]
#: Tables that are never in the export, in the order in which they are worth getting.
TABLES: tuple[Sentence, ...] = (
    ("考勤：填 attendance 表（只登记缺勤的，另填 roll_calls 点名表）。",
     "Attendance: table attendance (and roll_calls where only absences are noted)."),
    ("学籍异动（转学、休学、复学、辍学、劝返）：填 status_changes 表。",
     "Moves (transfer, suspension, return, leaving): table status_changes."),
    ("开学报到：填 term_registration 表。", "Arrival at term start: table term_registration."),
    ("成绩（期末，初中可加期中）：填 grades 表。", "Results: table grades."),
    ("家庭经济登记（低保、特困、防止返贫致贫对象等，学籍表没有此列）：填 poverty 表。",
     "Household economy registers (the national file has no such column): table poverty."),
    ("资助发放：填 aid 表。", "Aid: table aid."),
    ("残疾等级和残疾人证号：补 disability 表的 level、certificate_no。",
     "Disability level and certificate: table disability, level and certificate_no."),
    ("留守儿童的照护人：补 left_behind 表的 carer，或填 care 表。",
     "Who cares for left-behind children: left_behind.carer, or table care."),
    ("班主任：补 classes 表的 head_teacher。", "Head teachers: classes.head_teacher."),
    ("校历：填 calendar 表；不填则按全国两学期估计。",
     "Calendar: table calendar; estimated without it."),
)  # fmt: skip
#: What to look for when a column of the export itself is missing.
_ABSENT = (
    ("入学年月", "enrolments.start_on"), ("就读方式", "enrolments.boarding"),
    ("是否留守儿童", "left_behind"), ("残疾类型", "disability"),
    ("随班就读", "disability.placement"),
    ("是否进城务工人员随迁子女", "students.migrant_child"), ("上下学距离", "students.distance_km"),
    ("成员1姓名", "students.guardian_name"), ("现住址", "students.address"),
)  # fmt: skip


def wanted(
    export: pl.DataFrame, pupils: pl.DataFrame, schools: pl.DataFrame
) -> tuple[Sentence, ...]:
    """Sentences (zh, en) that ask for what is lacking, the indispensable first."""
    ungraded = pupils["grade"].null_count()
    return (
        *(_schools() if schools.is_empty() else ()),
        *(_grades(ungraded) if ungraded else ()),
        *(_column(name, place) for name, place in _ABSENT if name not in export.columns),
        *TABLES,
        _templates(),
    )


def _schools() -> tuple[Sentence, ...]:
    return (
        (
            "学校名称、学段、县级行政区划代码：单个学校请加 --school-name、--stage、--county-code，"
            "多个学校请填 schools 表。",
            "The school's name, stage and county: for one school add --school-name, --stage and"
            " --county-code, for several fill the table schools.",
        ),
    )


def _grades(ungraded: int) -> tuple[Sentence, ...]:
    return (
        (
            f"年级（{ungraded} 名学生）：小学、初中请加 --stage；九年一贯等请在表末加“年级”列。",
            f"Grade ({ungraded} pupils): add --stage for a primary or junior school; for a"
            " nine-year school add a column 年级 to the file.",
        ),
    )


def _column(name: str, place: str) -> Sentence:
    return f"表中没有“{name}”列：请重新导出，或补 {place}。", f"No column {name}: fill {place}."


def _templates() -> Sentence:
    return (
        "空白模板：baoxue sample 模板文件夹 --templates；填好后放进同一文件夹再运行 baoxue check。",
        "Blank templates: `baoxue sample FOLDER --templates`; put them into the same folder"
        " and run `baoxue check`.",
    )
