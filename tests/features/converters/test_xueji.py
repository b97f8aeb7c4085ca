"""Laws of the national register's converter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from features.batch import Batch
from features.check import check_extract
from features.converters.common import Converted
from features.converters.xueji import Said, convert, school_year
from features.converters.xueji_source import COLUMNS
from features.refusal import Refusal
from features.tables import TABLES
from tests.features.converters.factories import export, pupil

ON = date(2026, 10, 10)
SAID = Said(ON, school_name="某小学", stage="小学", county_code="520201")


def made(tmp_path: Path, *pupils: dict[str, Any], said: Said = SAID) -> Converted:
    return convert(export(tmp_path / "x.csv", pupils), tmp_path / "out", said, overwrite=True)


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    path = folder / f"{table}.xlsx"
    if not path.exists():
        return []
    head, *body = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    english = {column.zh: column.name for column in TABLES[table].columns}
    return [dict(zip([english[word] for word in head], row, strict=True)) for row in body]


def one(tmp_path: Path, table: str, **more: str | None) -> dict[str, Any]:
    """The only row that one pupil of the export leaves in ``table``, or nothing."""
    found = rows(made(tmp_path, pupil(**more)).folder, table)
    return found[0] if found else {}


def said_of(converted: Converted) -> str:
    return "\n".join(zh + en for zh, en in (*converted.notes, *converted.wanted))


def test_a_pupil_becomes_rows_of_the_contract(tmp_path: Path) -> None:
    """One row of the export is a pupil, a roll row, a restricted row, a class and a school."""
    out = made(tmp_path, pupil()).folder
    assert rows(out, "students")[0] == {
        "student_id": "G520201201603120109", "name": "赵一", "id_number": "520201201603120109",
        "birth_date": "2016-03-12", "address": "某村", "guardian_name": None,
        "guardian_relation": None, "guardian_phone": "13800000000", "distance_km": "2.5",
        "migrant_child": "否",
    }  # fmt: skip
    assert rows(out, "enrolments")[0] == {
        "student_id": "G520201201603120109", "school_id": "2152020101", "start_on": "2026-09-01",
        "grade": "五年级", "class_id": "202201", "boarding": "走读", "known_on": "2026-10-10",
    }  # fmt: skip
    assert rows(out, "students_restricted")[0] == {
        "student_id": "G520201201603120109", "sex": "男", "ethnicity": "汉族",
        "hukou_code": "520201", "orphan": "否",
    }  # fmt: skip
    assert rows(out, "classes")[0]["school_year"] == "2026"
    assert rows(out, "schools")[0]["stage"] == "小学"
    assert [rows(out, t) for t in ("left_behind", "disability")] == [[], []]


def test_everything_is_known_on_the_day_of_the_export(tmp_path: Path) -> None:
    """No dated row is known before the export was received."""
    out = made(tmp_path, pupil(是否留守儿童="双亲留守", 残疾类型="智力")).folder
    dated = [
        r["known_on"] for t in ("enrolments", "left_behind", "disability") for r in rows(out, t)
    ]
    assert dated == ["2026-10-10"] * 3
    assert Batch.read(out).received_on == ON


@pytest.mark.parametrize(
    ("word", "kind"),
    [("1", "父母一方外出"), ("双亲留守", "双方外出"), ("0", None), ("非留守", None), ("是", None)],
)
def test_left_behind_follows_the_register(tmp_path: Path, word: str, kind: str | None) -> None:
    """1 or 2 parents away is a register row; 'yes' alone says neither and is not written."""
    row = one(tmp_path, "left_behind", 是否留守儿童=word)
    assert row.get("kind") == kind
    assert row.get("standard", "学籍") == "学籍"
    assert row.get("start_on", "2026-10-10") == "2026-10-10"


@pytest.mark.parametrize(
    ("kind", "inclusive", "boarding", "category", "placement"),
    [
        ("视力残疾", "非随班", "走读", "视力", None),
        ("无", "智力残疾随班就读", "走读", "智力", "随班就读"),
        ("肢体", "", "送教上门", "肢体", "送教上门"),
        ("5", "", "走读", None, None),
        ("其他", "", "走读", None, None),
        ("无", "非随班", "走读", None, None),
    ],
)
def test_disability_is_read_by_word(
    tmp_path: Path,
    kind: str,
    inclusive: str,
    boarding: str,
    category: str | None,
    placement: str | None,
) -> None:
    """The category comes from its word, the placement from 随班就读 or 送教上门; a bare digit is not read."""
    row = one(tmp_path, "disability", 残疾类型=kind, 随班就读=inclusive, 就读方式=boarding)
    assert (row.get("category"), row.get("placement")) == (category, placement)


def test_what_cannot_be_read_is_named_by_row(tmp_path: Path) -> None:
    """Values that could mean two things stay empty and their rows are named, without names or ids."""
    said = said_of(
        made(
            tmp_path, pupil(),
            pupil(出生日期="不详", 入学年月="去年", 是否留守儿童="是", 残疾类型="其他", 身份证件号="520201201603120117"),
            pupil(身份证件类型="护照", 身份证件号="E1234567"),
        )
    )  # fmt: skip
    assert said.count("1 行（第 3 行）") == 4
    assert "未转换，没有全国学籍号" in said
    assert "1 行（第 4 行）" in said
    assert not [word for word in ("赵一", "E1234567", "520201201603120117") if word in said]


def test_values_that_mean_no_are_no_fault(tmp_path: Path) -> None:
    """非留守 and 无残疾 are answers: nothing is asked about them."""
    notes = made(tmp_path, pupil()).notes
    assert [zh[:6] for zh, _ in notes] == ["未导入的列："]


def test_the_files_own_number_comes_before_a_made_one(tmp_path: Path) -> None:
    """A 全国学籍号 in the file is kept; only without one it is G and the ID number."""
    row = one(
        tmp_path, "students", 全国学籍号="j520201201603120001", 身份证件类型="其他", 身份证件号="X1"
    )
    assert (row["student_id"], row["id_number"]) == ("J520201201603120001", None)


def test_the_guardian_is_the_member_marked_so(tmp_path: Path) -> None:
    """Name, relation and phone come from the first member marked as guardian."""
    members = {"成员1姓名": "甲", "成员1关系": "父亲", "成员1联系电话": "1", "成员1是否监护人": "否",
               "成员2姓名": "乙", "成员2关系": "母亲", "成员2联系电话": "2", "成员2是否监护人": "是"}  # fmt: skip
    row = one(tmp_path, "students", **members)
    assert [row[f"guardian_{w}"] for w in ("name", "relation", "phone")] == ["乙", "母亲", "2"]
    row = one(tmp_path, "students", **(members | {"成员1是否监护人": "1"}))
    assert row["guardian_name"] == "甲"


@pytest.mark.parametrize(
    ("stage", "entered", "given", "grade"),
    [
        ("primary", "202609", None, "一年级"),
        ("primary", "202603", None, "二年级"),
        ("小学", "202109", None, "六年级"),
        ("junior", "202409", None, "九年级"),
        ("junior", "2025年9月", None, "八年级"),
        ("primary", "201909", None, None),
        ("nine_year", "202209", None, None),
        ("nine_year", "202209", "初二", "八年级"),
        ("", "202209", "3", "三年级"),
    ],
)
def test_grade_is_given_or_counted_from_entry(
    tmp_path: Path, stage: str, entered: str, given: str | None, grade: str | None
) -> None:
    """The grade is the file's own, else counted where the stage has one first grade, never guessed."""
    said = Said(ON, stage=stage)
    made_ = made(tmp_path, pupil(入学年月=entered, 年级=given), said=said)
    assert rows(made_.folder, "enrolments")[0]["grade"] == grade
    assert ("年级（1 名学生）" in said_of(made_)) == (grade is None)


def test_a_class_whose_pupils_disagree_has_no_grade(tmp_path: Path) -> None:
    """A class has the grade of its pupils only where they agree."""
    other = pupil(入学年月="202309", 身份证件号="520201201603120117")
    (row,) = rows(made(tmp_path, pupil(), other).folder, "classes")
    assert row["grade"] is None


@pytest.mark.parametrize(
    ("entered", "start"),
    [("202209", "2026-09-01"), ("2026-09-20", "2026-09-20"), ("", "2026-09-01")],
)
def test_the_roll_row_begins_with_the_school_year_or_with_entry(
    tmp_path: Path, entered: str, start: str
) -> None:
    """One roll row per school year: from 1 September, or from entry where that is later."""
    assert one(tmp_path, "enrolments", 入学年月=entered)["start_on"] == start


@pytest.mark.parametrize(
    ("day", "year"), [("2026-07-31", 2025), ("2026-08-01", 2026), ("2027-01-05", 2026)]
)
def test_school_year(day: str, year: int) -> None:
    """A school year is named after the year of its autumn; August belongs to the new one."""
    assert school_year(date.fromisoformat(day)) == year


def test_columns_that_are_not_imported_are_named(tmp_path: Path) -> None:
    """Dropped columns are named; those never to be imported are named apart, and are in no table."""
    made_ = made(tmp_path, pupil(父母服刑="服刑中", 爱好="下棋"))
    notes = dict(zip(("unused", "never"), made_.notes, strict=True))
    assert "政治面貌" in notes["unused"][0]
    assert "爱好" in notes["unused"][0]
    assert notes["never"][0] == "按规定从不导入的列：父母服刑。"
    everything = "".join(str(rows(made_.folder, name)) for name in made_.rows)
    assert not [word for word in ("群众", "服刑", "下棋") if word in everything]


def test_what_the_export_lacks_is_asked_for_by_name(tmp_path: Path) -> None:
    """Attendance, moves, results and the registers are asked for, with the table to fill."""
    said = said_of(made(tmp_path, pupil()))
    for name in ("attendance", "status_changes", "grades", "poverty", "calendar", "--templates"):
        assert name in said
    assert "--school-name" not in said
    assert "--school-name" in said_of(made(tmp_path, pupil(), said=Said(ON)))


def test_a_missing_column_is_asked_for(tmp_path: Path) -> None:
    """A column of the form that this file lacks is asked for by its name."""
    path = tmp_path / "short.csv"
    path.write_text(
        "学校标识码,姓名,出生日期,班号,学籍号\n2152020101,赵一,20160312,1,G520201201603120109\n"
    )
    made_ = convert(path, tmp_path / "out", Said(ON))
    assert "表中没有“是否留守儿童”列" in said_of(made_)
    assert made_.rows == {"classes": 1, "students": 1, "students_restricted": 1, "enrolments": 1}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_every_usual_encoding_reads_the_same(tmp_path: Path, encoding: str) -> None:
    """GB18030, UTF-8 and UTF-8 with a mark give the same pupils."""
    out = convert(export(tmp_path / "x.csv", [pupil()], encoding), tmp_path / "out", SAID).folder
    assert rows(out, "students")[0]["name"] == "赵一"


def workbook(path: Path, *lines: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def test_a_workbook_with_a_title_and_marks_reads_as_exported(tmp_path: Path) -> None:
    """A title above, stars and notes in the header, longer words for members: read all the same."""
    header = [name.replace("成员1", "家庭成员1") + "★（必填）" for name in COLUMNS]
    body = [pupil(成员1姓名="甲", 成员1是否监护人="是").get(name) for name in COLUMNS]
    path = workbook(tmp_path / "x.xlsx", ["学生基本信息表"], header, body, [None] * len(COLUMNS))
    out = convert(path, tmp_path / "out", SAID).folder
    assert [r["guardian_name"] for r in rows(out, "students")] == ["甲"]


def test_rows_are_named_as_the_file_numbers_them(tmp_path: Path) -> None:
    """Under a title the first pupil is row 3, and is named so."""
    body = [pupil(出生日期="不详").get(name) for name in COLUMNS]
    path = workbook(tmp_path / "x.xlsx", ["学生基本信息表"], list(COLUMNS), body)
    assert "第 3 行" in said_of(convert(path, tmp_path / "out", SAID))


def test_ids_stored_as_numbers_are_refused(tmp_path: Path) -> None:
    """An ID number that Excel keeps as a number has lost digits: refused with its column and row."""
    body: list[Any] = [pupil().get(name) for name in COLUMNS]
    body[COLUMNS.index("身份证件号")] = 520201201603120109
    with pytest.raises(Refusal) as refused:
        convert(workbook(tmp_path / "x.xlsx", list(COLUMNS), body), tmp_path / "out", SAID)
    assert "“身份证件号”在第 2 行" in refused.value.zh
    with pytest.raises(Refusal):
        made(tmp_path, pupil(身份证件号="5.20201E+17"))


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("x.xls", b"\xd0\xcf\x11\xe0", "另存为"),
        ("x.csv", b"<html><table>", "另存为"),
        ("x.csv", b"", "重新导出"),
        ("x.xlsx", b"PK\x03\x04 torn", "重新导出"),
        ("x.csv", "姓名,班号\n赵".encode() + b"\xff\xfe\x80", "编码"),
        ("x.csv", "甲,乙\n1,2\n".encode(), "表头"),
        ("x.csv", "学生表\n姓名,班号\n赵一,1\n".encode(), "标题行"),
        ("x.csv", "姓名,班号,班号,出生日期\n赵一,1,1,20160312\n".encode(), "重复"),
        ("x.csv", "姓名,班号,性别\n赵一,1,男\n".encode(), "出生日期、全国学籍号"),
        ("x.csv", "姓名,班号,出生日期,学籍号\n".encode(), "没有学生"),
        ("x.csv", "姓名,班号,出生日期,学籍号\n赵一,1,20160312,G1\n".encode(), "--school-id"),
        (
            "x.csv",
            "学校标识码,姓名,班号,出生日期,学籍号\n1,赵一,1,20160312,\n".encode(),
            "没有一行",
        ),
    ],
)
def test_files_that_are_not_the_export_are_refused(
    tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    """Each broken file is refused in a sentence that says what to do, and nothing is written."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        convert(path, tmp_path / "out", Said(ON))
    assert word in refused.value.zh
    assert refused.value.en
    assert "赵一" not in refused.value.zh
    assert not (tmp_path / "out").exists()


def test_a_missing_file_and_an_unknown_stage_are_refused(tmp_path: Path) -> None:
    """No file, no conversion; an unknown stage lists those that are known."""
    with pytest.raises(Refusal, match=r"nowhere\.csv"):
        convert(tmp_path / "nowhere.csv", tmp_path / "out", SAID)
    with pytest.raises(Refusal, match="primary（小学）"):
        made(tmp_path, pupil(), said=Said(ON, stage="大学"))


def test_the_schools_id_may_be_said(tmp_path: Path) -> None:
    """Where the file has no school id, the caller's is taken."""
    made_ = made(tmp_path, pupil(学校标识码=None), said=Said(ON, school_id="2152020102"))
    assert rows(made_.folder, "enrolments")[0]["school_id"] == "2152020102"
    assert Batch.read(made_.folder).area == "2152020102"


def test_what_is_converted_passes_the_check(tmp_path: Path) -> None:
    """A sound export becomes an extract in which the product's own check finds no fault."""
    pupils = [pupil(), pupil(身份证件号="520201201603120117", 是否留守儿童="2", 残疾类型="智力")]
    assert check_extract(made(tmp_path, *pupils).folder).report.exit_code == 0
