"""Clean extracts in every format, encoding and language; two clocks filled; the digest."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from features.batch import Batch
from features.check import check_extract
from features.check import digest as digests
from features.check.rules.identifiers import check_character
from features.refusal import Refusal
from features.sources.encoding import _is_utf8
from features.tables import TABLES, polars_schema
from tests.features.check.county import BATCH, SCHOOL, county, student, write

FORMATS = [
    ("csv", False, "utf-8"), ("csv", True, "utf-8-sig"), ("csv", True, "gb18030"),
    ("csv", True, "utf-16"), ("xlsx", False, ""), ("xlsx", True, ""), ("parquet", True, ""),
]  # fmt: skip


@pytest.mark.parametrize(("fmt", "chinese", "encoding"), FORMATS)
def test_every_format_says_the_same(fmt: str, chinese: bool, encoding: str, tmp_path: Path) -> None:
    """The same facts give the same tables and the same digest in any format, encoding, language."""
    plain = check_extract(write(tmp_path / "plain", county()))
    other = check_extract(
        write(tmp_path / "other", county(), fmt, chinese=chinese, encoding=encoding)
    )
    assert other.report.exit_code == 0, other.report.to_text()
    assert other.digest == plain.digest
    for name, frame in plain.tables.items():
        assert other.tables[name].equals(frame), name


def test_names_outside_the_basic_plane_survive(tmp_path: Path) -> None:
    """㐱 and 𠮷 come through GB18030, UTF-8 and XLSX unchanged."""
    for fmt, encoding in (("csv", "gb18030"), ("csv", "utf-8-sig"), ("xlsx", "")):
        rows = county()
        rows["students"][0]["name"] = "㐱𠮷"
        folder = write(tmp_path / f"{fmt}{encoding}", rows, fmt, chinese=True, encoding=encoding)
        assert check_extract(folder).tables["students"]["name"][0] == "㐱𠮷"


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=4)
NAMES = st.one_of(HAN, st.text(st.sampled_from('㐱𠮷·,"\n a'), min_size=1, max_size=5))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.lists(NAMES.filter(str.strip), min_size=3, max_size=3),
    encoding=st.sampled_from(["utf-8", "gb18030"]),
)
def test_any_name_survives_a_csv(names: list[str], encoding: str, tmp_path: Path) -> None:
    """Commas, quotation marks, line breaks and rare characters in names change nothing."""
    # so few bytes may be good UTF-8 and good GB18030 at once; then UTF-8 is read, as the contract says
    said = "".join(names).encode(encoding)
    assume(encoding == "utf-8" or said.isascii() or not _is_utf8(said))
    rows = {
        k: v for k, v in county(3).items() if k in ("students", "enrolments", "schools", "classes")
    }
    for row, name in zip(rows["students"], names, strict=True):
        row["name"] = name
    checked = check_extract(write(tmp_path, rows, encoding=encoding))
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["students"]["name"].to_list() == [name.strip() for name in names]


def test_the_digest_knows_content_and_not_order(tmp_path: Path) -> None:
    """Row order and doubled rows change no digest; one changed cell and the batch do."""
    rows = county()
    first = check_extract(write(tmp_path / "1", rows)).digest
    rows["attendance"].reverse()
    rows["attendance"].append(dict(rows["attendance"][5]))
    again = check_extract(write(tmp_path / "2", rows))
    assert again.digest == first
    assert next(t for t in again.report.tallies if t.table == "attendance").identical == 1
    rows["attendance"][0]["status"] = "late"
    assert check_extract(write(tmp_path / "3", rows)).digest != first
    folder = write(tmp_path / "4", county())
    (folder / "batch.toml").write_text(BATCH.replace("test", "other"))
    assert check_extract(folder).digest != first


@pytest.mark.parametrize("near", [1, 2, 7])
def test_the_digest_knows_no_parts(near: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a table is cut to be summed up, and wherever its empty cells then lie, its sums are the same; one
    value more, or empty, and they are others."""
    days = [date(2026, 9, 1), None, date(2026, 9, 2), None, date(2026, 9, 3), date(2026, 9, 4)]
    marks = [None, 0.0, 61.5, -1.0, None, 100.0]
    frame = pl.DataFrame({"day": days, "mark": marks, "void": pl.Series([0, 1] * 3, dtype=pl.Int8)})
    columns, whole = frame.columns, digests.table_words(frame.columns, frame, {}, {})
    for name, value in (("mark", 0.0), ("day", None)):
        other = frame.with_columns(pl.Series(name, [value, *frame[name][1:]], frame[name].dtype))
        assert digests.table_words(columns, other, {}, {})[1:] != whole[1:]
    monkeypatch.setattr(digests, "PART", 2 * near)
    monkeypatch.setattr(digests, "NEAR", near)
    for order in ([0, 1, 2, 3, 4, 5], [1, 3, 0, 2, 4, 5], [5, 2, 0, 4, 3, 1]):
        assert digests.table_words(columns, frame[order], {}, {}) == whole


def test_accepted_tables_have_the_contract_s_schema(tmp_path: Path) -> None:
    """Every accepted table has all columns of the contract in order and type; both clocks filled."""
    checked = check_extract(write(tmp_path, county()))
    for name, frame in checked.tables.items():
        assert dict(frame.schema) == polars_schema(name)
        if TABLES[name].dated:
            assert frame["known_on"].null_count() == 0
            assert frame["void"].null_count() == 0
    grades, poverty = checked.tables["grades"], checked.tables["poverty"]
    assert grades["known_on"].unique().to_list() == [date(2026, 11, 17)]  # 7 days after the exam
    assert poverty["end_known_on"].unique().to_list() == [date(2026, 10, 1)]
    assert checked.tables["status_changes"]["known_on"].unique().to_list() == [date(2026, 10, 12)]


def test_a_declared_lag_moves_what_is_known(tmp_path: Path) -> None:
    """[lag_days] is added to the fact's own day where known_on is not given, and to its end."""
    folder = write(tmp_path, county())
    (folder / "batch.toml").write_text(BATCH + "[lag_days]\ngrades = 3\npoverty = 30\n")
    checked = check_extract(folder)
    assert checked.tables["grades"]["known_on"].unique().to_list() == [date(2026, 11, 13)]
    assert checked.tables["poverty"]["end_known_on"].unique().to_list() == [date(2026, 10, 31)]


def test_a_correction_with_a_later_day_is_no_fault(tmp_path: Path) -> None:
    """One key known on two days is a correction: both rows are kept for the folding at import."""
    rows = county()
    rows["attendance"].append({**rows["attendance"][0], "status": "sick", "known_on": "2026-09-09"})
    rows["attendance"].append({**rows["attendance"][1], "void": "1", "known_on": "2026-09-09"})
    checked = check_extract(write(tmp_path, rows))
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["attendance"].height == 182
    assert checked.tables["attendance"]["void"].sum() == 1


def test_a_day_taken_back_makes_room_for_its_halves(tmp_path: Path) -> None:
    """After a whole day was made void, morning and afternoon of that date are no contradiction."""
    rows = county()
    day = rows["attendance"][0]
    rows["attendance"].append({**day, "void": "1", "known_on": "2026-09-03"})
    rows["attendance"] += [
        {**day, "session": s, "known_on": "2026-09-03"} for s in ("上午", "下午")
    ]
    checked = check_extract(write(tmp_path, rows))
    assert checked.report.exit_code == 0, checked.report.to_text()


def test_exams_against_the_rules_are_warned_about_and_not_used(tmp_path: Path) -> None:
    """A mock in grade 7 leaves the accepted grades but refuses nothing."""
    rows = county()
    rows["grades"][0]["exam"] = "mock"
    checked = check_extract(write(tmp_path, rows))
    assert checked.report.exit_code == 0
    assert checked.tables["grades"].height == 29


def test_an_empty_county_is_clean(tmp_path: Path) -> None:
    """Tables with headers alone are no fault; the report says what to do next."""
    rows = county(0)
    folder = write(tmp_path, {n: b for n, b in rows.items() if b})
    for name in ("students", "enrolments"):
        (folder / f"{name}.csv").write_text(",".join(TABLES[name].names) + "\n")
    checked = check_extract(folder)
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert "没有学生记录" in checked.report.to_text()
    assert checked.tables["students"].height == 0


def test_an_empty_folder_is_one_sentence(tmp_path: Path) -> None:
    """No tables at all: one fault that says where blank templates are; no folder: a refusal."""
    report = check_extract(tmp_path).report
    assert [f.rule for f in report.faults] == ["no_tables"]
    assert report.refused_tables == (".",)
    assert "--templates" in report.to_text()
    with pytest.raises(Refusal):
        check_extract(tmp_path / "nowhere")


def test_other_populations_need_keys_and_dates_only(tmp_path: Path) -> None:
    """Under population "any" with id_scheme "any", ids, grades, exams and levels are free."""
    rows = {
        "students": [{"student_id": "AAA-2013J-11391"}],
        "enrolments": [
            {"student_id": "AAA-2013J-11391", "school_id": "AAA", "start_on": "2013-10-01",
             "class_id": "2013J", "grade": "module", "known_on": "2013-09-01"}
        ],
        "grades": [
            {"student_id": "AAA-2013J-11391", "term": "2013J", "exam": "TMA", "subject": "1752",
             "happened_on": "2013-11-01", "score": "78", "level": "pass"}
        ],
        "activity": [
            {"student_id": "AAA-2013J-11391", "date": "2013-10-02", "kind": "forumng", "count": "4"}
        ],
    }  # fmt: skip
    folder = write(tmp_path, rows)
    (folder / "batch.toml").write_text(
        'area="ou"\npopulation="any"\nid_scheme="any"\noutcome=["dropped_out"]\n'
    )
    checked = check_extract(folder)
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["grades"]["exam"].to_list() == ["TMA"]
    assert checked.batch.received_on == date(2013, 11, 1)


def test_additions_alone_need_no_pupils(tmp_path: Path) -> None:
    """A delta may hold attendance only; what it refers to is looked up at import."""
    folder = write(tmp_path, {"attendance": county()["attendance"]})
    (folder / "batch.toml").write_text(BATCH + 'mode = "delta"\n')
    assert check_extract(folder).report.exit_code == 0


def test_additions_are_held_against_the_ids_known_before(tmp_path: Path) -> None:
    """With the stored ids given, a delta's orphans are named; pupils stored before are none."""
    rows = county()
    folder = write(tmp_path, {"attendance": rows["attendance"], "students": rows["students"][1:2]})
    (folder / "batch.toml").write_text(BATCH + 'mode = "delta"\n')
    before = pl.Series([row["student_id"] for row in rows["students"][2:]])
    report = check_extract(folder, known={"students": before}).report
    assert report.counts == {"orphan": 6}
    assert {f.row for f in report.faults} == set(range(2, 8))


def test_many_faulty_rows_refuse_a_table(tmp_path: Path) -> None:
    """Over the share the table is refused, at the share it is not."""
    rows = county()
    for row in rows["attendance"][:9]:
        row["status"] = "?"
    folder = write(tmp_path, rows)
    assert check_extract(folder).report.refused_tables == ()
    assert check_extract(folder, share=0.049).report.refused_tables == ("attendance",)
    assert "attendance" not in check_extract(folder, share=0.049).tables


def test_dates_and_terms_are_read_as_people_write_them(tmp_path: Path) -> None:
    """2026/9/1, 20260901, 2026年9月1日 and full-width digits are one day; terms are one term."""
    rows = county()
    for row, said in zip(
        rows["attendance"][::6],
        ("2026/9/1", "20260901", "2026年9月1日", "２０２６-09-01"),
        strict=False,
    ):
        row["date"] = said
    for row, said in zip(
        rows["grades"], ("2026-2027学年第一学期", "2026-2027学年上学期"), strict=False
    ):
        row["term"] = said
    checked = check_extract(write(tmp_path, rows))
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["attendance"].filter(pl.col("date") == date(2026, 9, 1)).height == 30
    assert checked.tables["grades"]["term"].unique().to_list() == ["2026-2027-1"]


@settings(deadline=None)
@given(st.lists(st.text("0123456789", min_size=17, max_size=17), min_size=1, max_size=20))
def test_check_characters_follow_the_standard(digits: list[str]) -> None:
    """GB 11643 over columns equals ISO 7064 MOD 11-2, from which it is made, computed by powers."""
    totals = [sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(n)) for n in digits]
    by_hand = [str(v) if (v := (12 - total) % 11) < 10 else "X" for total in totals]
    assert check_character(pl.Series(digits)).to_list() == by_hand


def test_check_characters_of_the_standard_s_examples() -> None:
    """The examples printed in GB 11643-1999 carry the right check character."""
    printed = ["11010519491231002X", "440524188001010014"]
    assert check_character(pl.Series(printed)).to_list() == ["X", "4"]


def test_no_personal_value_is_in_the_report(tmp_path: Path) -> None:
    """Names, numbers and birth dates never appear in the report, in no form."""
    rows = county()
    rows["students"][0].update(
        name="张小明\ufffd", birth_date="2013-02-31", id_number="53010220130231999X"
    )
    report = check_extract(write(tmp_path, rows)).report
    for said in (report.to_text("zh"), report.to_text("en"), report.to_json()):
        assert "张小明" not in said
        assert "2013-02-31" not in said
        assert "53010220130231999X" not in said
        assert student(0) not in said


def test_the_workbook_marks_the_bad_cells(tmp_path: Path) -> None:
    """The XLSX report has counts, rows, and a copy of the sheet with the cell marked in its place."""
    rows = county()
    rows["attendance"][7]["status"] = "旷克"
    folder = write(tmp_path / "in", rows)
    out = check_extract(folder).report.to_xlsx(tmp_path / "out.xlsx", folder)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["汇总", "明细", "考勤"]
    cell = book["考勤"]["D9"]
    assert cell.value == "旷克"
    assert cell.fill.fgColor.rgb == "FFF8CBAD"
    assert "代码表" in cell.comment.text
    assert book["考勤"]["D8"].fill.fgColor.rgb != "FFF8CBAD"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "baoxue.py", "check", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_header_alone_is_no_attendance(tmp_path: Path) -> None:
    """A table that should have rows and has a header alone is named; others are noted; with absences counted at
    roll calls and none recorded the table is refused, for everybody would count as present."""
    rows = county()
    marks, rows["attendance"] = rows["attendance"], []
    folder = write(tmp_path / "full", rows)
    (folder / "attendance.csv").write_text("student_id,date,session,status,known_on\n")
    (folder / "aid.csv").write_text(",".join(TABLES["aid"].names) + "\n")
    report = check_extract(folder).report
    assert report.exit_code == 0
    assert report.warning_counts == {"blank_table": 1}
    assert "attendance.csv" in report.to_text("zh").split("只有表头的表")[1]
    assert any("attendance、aid" in zh for zh, _ in report.notes)
    call = {
        "school_id": SCHOOL,
        "class_id": "0701",
        "date": "2026-09-01",
        "session": "day",
        "expected": "15",
    }
    for present, code in (("15", 0), ("14", 1)):
        rows["roll_calls"] = [call | {"present": present, "known_on": "2026-09-01"}]
        write(folder, rows)
        (folder / "batch.toml").write_text(BATCH + 'attendance_mode = "exceptions"\n')
        for left in (True, False):
            (folder / "attendance.csv").unlink(missing_ok=True)
            if left:
                (folder / "attendance.csv").write_text("student_id,date,session,status,known_on\n")
            report = check_extract(folder).report
            assert report.exit_code == code, report.to_text("zh")
            assert ("attendance" in report.refused_tables) == bool(code)
    assert 'attendance_mode = "full"' in report.to_text("zh")
    rows["attendance"] = marks[:1]
    assert check_extract(write(folder, rows)).report.exit_code == 0


def test_an_addition_with_a_header_alone_is_named(tmp_path: Path) -> None:
    """Who sends an attendance table in an addition meant to send rows; its other blank tables are natural."""
    rows = {"roll_calls": county()["attendance"][:0]}
    folder = write(tmp_path / "delta", rows)
    (folder / "batch.toml").write_text(BATCH + 'mode = "delta"\n')
    (folder / "attendance.csv").write_text("student_id,date,session,status,known_on\n")
    (folder / "students.csv").write_text("student_id,name,birth_date\n")
    one = "school_id,class_id,date,session,expected,present,known_on\n"
    (folder / "roll_calls.csv").write_text(f"{one}{SCHOOL},0701,2026-09-01,day,15,15,2026-09-01\n")
    assert check_extract(folder).report.warning_counts == {"blank_table": 1}


def test_an_addition_may_bring_its_roll_calls_alone(tmp_path: Path) -> None:
    """Absences of the day may come in another sending: fewer present than expected refuse nothing."""
    folder = write(tmp_path / "delta", {"roll_calls": []})
    (folder / "batch.toml").write_text(BATCH + 'mode = "delta"\nattendance_mode = "exceptions"\n')
    one = "school_id,class_id,date,session,expected,present,known_on\n"
    (folder / "roll_calls.csv").write_text(f"{one}{SCHOOL},0701,2026-09-01,day,15,14,2026-09-01\n")
    report = check_extract(folder).report
    assert (report.exit_code, report.warning_counts) == (0, {})


def test_the_command_speaks_and_exits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``baoxue check`` exits 0 when clean, 1 with faults; JSON is JSON; a file is written."""
    import typer

    from features.commands import _clock
    from features.commands.check import register

    monkeypatch.setattr(_clock, "today_here", lambda: date(2026, 12, 31))  # when it was received
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    clean, spoiled = write(tmp_path / "clean", county()), county()
    spoiled["attendance"][0]["status"] = "?"
    wrong = write(tmp_path / "wrong", spoiled)
    run = CliRunner().invoke
    assert "检查通过" in run(app, ["check", str(clean)]).output
    assert run(app, ["check", str(wrong), "--lang", "en"]).exit_code == 1
    said = json.loads(run(app, ["check", str(wrong), "--format", "json"]).output)
    assert said["counts"] == {"code": 1}
    out = tmp_path / "report.xlsx"
    assert run(app, ["check", str(wrong), "--format", "xlsx", "--out", str(out)]).exit_code == 1
    assert out.exists()
    text = tmp_path / "report.txt"
    assert run(app, ["check", str(clean), "--out", str(text)]).exit_code == 0
    assert "接收" in text.read_text(encoding="utf-8")


def test_batches_are_read_and_written_alike(tmp_path: Path) -> None:
    """What is written reads back; what is missing has its default; restricted inputs are refused."""
    batch = Batch(area="县", received_on=date(2026, 1, 2), lag_days={"grades": 2},
                  attributes={"credits": {"zh": "学分", "en": "credits", "direction": -1}})  # fmt: skip
    batch.write(tmp_path)
    assert Batch.read(tmp_path) == batch
    assert Batch.read(tmp_path / "none").lag("grades") == 7
    assert batch.largest_lag == 2
    for wrong in (
        'outcome = ["left"]',
        "[lag_days]\ngrade = 1",
        '[attributes.ethnicity]\nzh = "a"\nen = "b"',
    ):
        (tmp_path / "batch.toml").write_text(wrong)
        with pytest.raises(Refusal):
            Batch.read(tmp_path)


@pytest.mark.parametrize("value", ["many", "12分", "1,200", "nan", "inf", "１２"])
def test_a_declared_number_must_be_one(value: str, tmp_path: Path) -> None:
    """What batch.toml declares as a number is a fault where it is none: row, column and remedy."""
    rows = county()
    pupils = [row["student_id"] for row in rows["students"][:3]]
    given = zip(pupils, ("credits", "credits", "colour"), ("12.5", value, "green"), strict=True)
    rows["attributes"] = [
        {"student_id": pupil, "name": name, "value": said, "known_on": "2026-09-01"}
        for pupil, name, said in given
    ]
    folder = write(tmp_path, rows)
    assert check_extract(folder).report.exit_code == 0
    declared = '[attributes.credits]\ntype = "number"\nzh = "学分"\nen = "credits"\n'
    (folder / "batch.toml").write_text(BATCH + declared, encoding="utf-8")
    report = check_extract(folder).report
    (fault,) = (f for f in report.faults if f.row is not None)
    assert (fault.rule, fault.table, fault.row, fault.column) == (
        "declared_number", "attributes", 3, "value",
    )  # fmt: skip
    assert "半角数字" in fault.remedy_zh


WRONG_BATCH = {
    'received_on = "ab"': (
        "received_on 的值“ab”不是日期，请写成 2026-11-20",
        'received_on "ab" is no day',
    ),
    "foo = 1": (
        "foo 没有这一项，请删去（可写的有 alerts、area",
        "foo is unknown; delete it (there are",
    ),
    'aera = "x"': ("aera 没有这一项，是否应为 area？", "aera is unknown; did you mean area?"),
    'mode = "fll"': (
        "mode 的值“fll”只能写 full、delta。",
        'mode "fll" must be one of full, delta.',
    ),
    'area = "a b"': ("area 的值“a b”只能用文字、数字、下划线和短横", 'area "a b" wants 1 to 64'),
    "outcome = []": ("outcome 至少要写一项。", "outcome wants one entry at least."),
    'outcome = ["x"]': (
        "outcome 中没有 x 这种结果（可写的有",
        "outcome has an unknown outcome x (known:",
    ),
    "lag_days = {x = 1}": (
        "lag_days 每行写成 表名 = 天数（0至366）：x。",
        "lag_days wants TABLE = DAYS",
    ),
    "truth = {x = 1.0}": ("truth 只用于虚构数据。", "truth belongs to synthetic data only."),
    "area = = 1": ("不是有效的 TOML 文件（第1行第8列）", "is not valid TOML (line 1, column 8)"),
}


@pytest.mark.parametrize("text", WRONG_BATCH)
def test_a_wrong_batch_is_said_in_each_language_alone(text: str, tmp_path: Path) -> None:
    """Each mistake of batch.toml in Chinese and in English with its remedy, and no library's English."""
    (tmp_path / "batch.toml").write_text(text, encoding="utf-8")
    zh, en = WRONG_BATCH[text]
    with pytest.raises(Refusal) as refused:
        Batch.read(tmp_path)
    assert zh in refused.value.zh
    assert en in refused.value.en
    assert "nput" not in refused.value.zh + refused.value.en


def test_of_a_wrong_batch_nothing_is_said_to_be_missing(tmp_path: Path) -> None:
    """Where batch.toml cannot be read the report does not say that it lacks a day which it had."""
    folder = write(tmp_path / "x", county())
    (folder / "batch.toml").write_text(f"{BATCH}foo = 1\n", encoding="utf-8")
    said = check_extract(folder).report.to_text("zh")
    assert "foo 没有这一项" in said
    assert "没有写 received_on" not in said


def test_a_file_that_may_not_be_read_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the right to read a file the check names it and goes on with the others."""
    folder = write(tmp_path / "x", county())
    read = Path.read_bytes

    def held(path: Path) -> bytes:
        if path.name == "grades.csv":
            raise PermissionError(13, "held", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", held)
    report = check_extract(folder).report
    assert report.counts == {"no_permission": 1}
    assert report.refused_tables == ("grades",)
