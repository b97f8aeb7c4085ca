"""Readers and headers: cells as written, rows as a person counts them, odd files named."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.check import check_extract
from features.check.rules import load
from features.check.sheet import Sheet, encode
from features.sources import (
    Source,
    Unreadable,
    delimited,
    list_sources,
    records,
    workbook,
    workbook_child,
)
from features.sources.encoding import to_utf8
from features.tables import TABLES
from tests.features.check.county import BATCH, county, write, write_csv

CELL = st.text(st.sampled_from('ab,;"\n\r\t 一𠮷'), max_size=6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.lists(
        st.lists(CELL.map(lambda s: s.replace("\r", "")), min_size=3, max_size=3), max_size=6
    ),
    piece=st.integers(1, 40),
)
def test_csv_is_read_as_the_standard_library_reads_it(
    body: list[list[str]], piece: int, tmp_path: Path
) -> None:
    """Cells and row numbers equal those of the csv module, however small the pieces looked at."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["x", "y", "z"], *body])
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    before, records.BLOCK, records.PIECE = (records.BLOCK, records.PIECE), piece, piece
    try:
        raw = Source(path).read()
    finally:
        records.BLOCK, records.PIECE = before
    assert raw.headers == ("x", "y", "z")
    assert [[v or "" for v in row] for row in raw.frame.rows()] == body
    assert raw.rows is None


def test_blank_and_torn_records_keep_the_others_numbers(tmp_path: Path) -> None:
    """Blank lines are passed over, torn ones named, and every row keeps its own number."""
    (tmp_path / "a.csv").write_bytes(b"a;b\r\n1;2\r\n\r\n3\r\n4;5;6\r\n7;8")
    raw = Source(tmp_path / "a.csv").read()
    assert raw.rows is not None
    assert raw.rows.to_list() == [2, 6]
    assert raw.frame.rows() == [("1", "2"), ("7", "8")]
    assert raw.ragged == ((4, 1), (5, 3))


@pytest.mark.parametrize("data", [b"a\tb\n1\t2\n", b"a;b\r1;2\r", "a,b\n1,2".encode("utf-16")])
def test_other_separators_and_line_ends_are_read(data: bytes, tmp_path: Path) -> None:
    """Tabs, semicolons, carriage returns alone and UTF-16 are read like commas."""
    (tmp_path / "a.csv").write_bytes(data)
    raw = Source(tmp_path / "a.csv").read()
    assert raw.headers == ("a", "b")
    assert raw.frame.rows() == [("1", "2")]


def test_short_texts_are_taken_for_what_they_most_likely_are() -> None:
    """Chinese in GB18030 that happens to be valid UTF-8 is Chinese; what has Chinese in UTF-8 stays."""
    assert to_utf8("a\n一\n".encode("gb18030")).decode() == "a\n一\n"
    for text in ("é一\n", "阿·卜,Çelik\n", "plain\n"):
        assert to_utf8(text.encode()).decode() == text


def test_text_that_contradicts_its_mark_is_named() -> None:
    """A byte order mark that lies, and UTF-16 cut in the middle, are faults of encoding."""
    with pytest.raises(Unreadable, match="mixed_encodings"):
        to_utf8(b"\xef\xbb\xbfa\n\xff\xff")
    with pytest.raises(Unreadable, match="encoding"):
        to_utf8(b"\xff\xfea\x00\x00\xd8")


def test_fields_that_cannot_be_split_are_a_torn_file(tmp_path: Path) -> None:
    """A quotation mark in the middle of a field that swallows others, or two kinds of line ends, is no guess of ours."""
    for text in ('a,b\n"1"x"",",2\n3,4\n', "a,b\r1,2\n3,4\n"):
        (tmp_path / "a.csv").write_text(text, newline="")
        with pytest.raises(Unreadable, match=r"torn|unclosed"):
            Source(tmp_path / "a.csv").read()


def test_cells_of_a_workbook_become_text() -> None:
    """Whole numbers without a point, long numbers as lost, days as ISO 8601, flags as 0 and 1."""
    said = [
        (True, "1"), (5.0, "5"), (2.5, "2.5"), (5.30102e17, "5.30102E+17"), (date(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1), "2026-09-01"), (datetime(2026, 9, 1, 8, 30), "2026-09-01 08:30:00"),  # noqa: DTZ001 - cells have no zone
        (timedelta(hours=1), "1:00:00"), ("", ""), ("㐱", "㐱"),
    ]  # fmt: skip
    assert [workbook_child._text(value) for value, _ in said] == [text for _, text in said]


def test_the_child_says_how_it_ended(tmp_path: Path) -> None:
    """Cells and sheet names of a workbook; a code for one that cannot be read."""
    path, out = tmp_path / "a.xlsx", tmp_path / "out.csv"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("一").write_row(0, 0, ["a", 1])
    book.add_worksheet("二")
    book.close()
    assert workbook_child._write(str(path), str(out)) == {"sheets": ["一", "二"], "rows": 1}
    assert out.read_text() == '"a","1"\n'
    with pytest.raises(Unreadable, match="broken_workbook"):
        workbook._run(tmp_path / "none.xlsx", out)


def test_a_second_sheet_is_named_and_the_explanations_are_not(tmp_path: Path) -> None:
    """Only the first sheet is read; another with data is a warning, 说明 is not."""
    folder = write(tmp_path, {k: v for k, v in county().items() if k != "schools"})
    book = xlsxwriter.Workbook(str(folder / "schools.xlsx"))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, list(county()["schools"][0]))
    sheet.write_row(2, 0, list(county()["schools"][0].values()))
    book.add_worksheet("说明")
    book.add_worksheet("初中部")
    book.close()
    report = check_extract(folder).report
    assert report.exit_code == 0, report.to_text()
    assert [f.message_zh for f in report.warnings] == [
        "只读取第一张工作表；另有工作表未读：初中部。"
    ]


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    """No cell at all, and no byte at all, are both an empty file."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet()
    book.close()
    (tmp_path / "b.xlsx").touch()
    (tmp_path / "c.parquet").touch()
    (tmp_path / "d.csv").write_text(" \n")
    for name in "a.xlsx", "b.xlsx", "c.parquet", "d.csv":
        with pytest.raises(Unreadable, match="empty_file"):
            Source(tmp_path / name).read()


def test_a_slow_workbook_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbook that takes longer than it may is too large, and its process is ended."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    book.add_worksheet().write(0, 0, "a")
    book.close()
    monkeypatch.setattr(workbook, "SECONDS", 0.001)
    with pytest.raises(Unreadable, match="too_large"):
        Source(tmp_path / "a.xlsx").read()


def test_files_of_offices_and_systems_are_passed_over(tmp_path: Path) -> None:
    """Lock files, hidden files, folders and papers are no tables and no concern."""
    for name in ("~$students.xlsx", ".students.csv", "readme.md", "notes.txt", "students.csv"):
        (tmp_path / name).touch()
    (tmp_path / "old.csv").mkdir()
    assert [s.path.name for s in list_sources(tmp_path)] == ["notes.txt", "students.csv"]
    assert "notes.txt" not in check_extract(tmp_path).report.to_text()


def test_headers_in_any_dress_are_read(tmp_path: Path) -> None:
    """Asterisks, blanks, full-width letters and mixed languages name the same columns."""
    folder = write(tmp_path, county())
    top = [
        "＊全国学籍号*",
        " 姓 名 ",
        "ID_Number",
        "出生日期：",
        "监护人电话",
        "上下学距离",
        "随迁子女",
    ]
    body = [list(row.values()) for row in county()["students"]]
    write_csv(folder / "students.csv", top, body)
    assert check_extract(folder).report.exit_code == 0


def test_a_column_without_a_name_and_facts_never_imported_are_named(tmp_path: Path) -> None:
    """An unnamed column is not read; a file, a header or an attribute never imported is a fault."""
    rows = county()
    folder = write(tmp_path, rows)
    write_csv(
        folder / "schools.csv", [*rows["schools"][0], ""], [[*rows["schools"][0].values(), "x"]]
    )
    write_csv(folder / "服刑人员子女.csv", ["a"], [["b"]])
    write_csv(
        folder / "attributes.csv", ["student_id", "name", "value"],
        [[rows["students"][0]["student_id"], "涉案情况", "1"], *([r["student_id"], "家访次数", "1"] for r in rows["students"])],
    )  # fmt: skip
    report = check_extract(folder).report
    assert {f.rule for f in report.faults} == {"never_imported", "never_imported_fact"}
    assert [f.rule for f in report.warnings] == ["unnamed_column"]
    assert "涉案" not in report.to_json().replace("涉案、", "")


def test_old_numbers_belong_to_their_pupils(tmp_path: Path) -> None:
    """Rows under a temporary number are no orphans where the change of number is told."""
    rows = county()
    old = "L" + "530102" + "20130305" + "0001"
    rows["attendance"][0]["student_id"] = old
    rows["student_aliases"] = [
        {"old_student_id": old, "student_id": rows["students"][0]["student_id"]}
    ]
    checked = check_extract(write(tmp_path, rows))
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["student_aliases"]["known_on"].to_list() == [date(2026, 12, 31)]


def test_spreadsheet_escapes_of_ids_are_undone() -> None:
    """="0123", '0123 and blanks around are the same id; an empty quotation is empty."""
    entry = encode(pl.Series("x", ['="0123"', "'0123", " 0123\u3000", '=""', None, "0123"]))
    assert entry.values.gather(entry.codes).to_list() == [
        "0123",
        "0123",
        "0123",
        None,
        None,
        "0123",
    ]


def test_packed_keys_tell_rows_apart_even_where_they_do_not_fit() -> None:
    """One integer a row, equal exactly where all columns are; folded where 62 bits are too few."""
    count = 3000
    table = TABLES["grades"]
    texts = {n: encode(pl.Series(n, [f"{n}{i}" for i in range(count)])) for n in table.names}
    frame = pl.DataFrame({n: e.values.gather(e.codes) for n, e in texts.items()})
    sheet = Sheet(table, "x", frame, texts, {})
    keys = sheet.packed(table.names)
    assert len(set(keys.tolist())) == count
    assert not sheet.repeated.any()


def test_dates_of_parquet_are_checked_too(tmp_path: Path) -> None:
    """A typed date of another millennium, a moment in a day column and a list are faults."""
    folder = write(tmp_path, county(), "parquet")
    path = folder / "students.parquet"
    frame = pl.read_parquet(path).with_columns(pl.col("birth_date").str.to_date())
    frame.with_columns(
        birth_date=pl.when(pl.int_range(pl.len()) == 3)
        .then(pl.date(213, 3, 5))
        .otherwise("birth_date")
    ).write_parquet(path)
    assert [f.row for f in check_extract(folder).report.faults] == [5]
    frame.with_columns(pl.col("birth_date").cast(pl.Datetime)).write_parquet(path)
    assert check_extract(folder).report.exit_code == 0
    frame.with_columns(name=pl.concat_list("name")).write_parquet(path)
    assert {f.rule for f in check_extract(folder).report.faults} == {
        "damaged_text",
        "too_many_faults",
    }


def test_what_the_workbook_cannot_copy_it_leaves_out(tmp_path: Path) -> None:
    """Torn rows mark the whole row, missing files are no copy, large tables show marked rows only."""
    rows = county()
    rows["attendance"] *= 30
    for number, row in enumerate(rows["attendance"]):
        rows["attendance"][number] = {**row, "known_on": ""}
    folder = write(tmp_path / "in", rows)
    path = folder / "attendance.csv"
    path.write_text(path.read_text() + "torn\n")
    (folder / "grades.csv").write_text("")
    report = check_extract(folder).report
    assert report.to_xlsx(tmp_path / "zh.xlsx", folder).exists()
    assert report.to_xlsx(tmp_path / "en.xlsx", folder, "en").exists()
    path.unlink()
    path.write_bytes(b"")
    assert report.to_xlsx(tmp_path / "gone.xlsx", folder).exists()


def test_two_rules_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry takes each name once."""
    from features.check.rules import keys, rows

    monkeypatch.setattr(keys, "RULES", (rows.RULES[0],))
    with pytest.raises(ValueError, match="two rules"):
        load.__wrapped__()


def test_an_extract_that_gives_no_day_says_so(tmp_path: Path) -> None:
    """Without received_on the latest day in the data stands for it, and the report says so."""
    folder = write(tmp_path, county())
    (folder / "batch.toml").write_text(BATCH.splitlines()[0])
    checked = check_extract(folder)
    assert checked.batch.received_on == date(2026, 11, 10)
    assert "received_on" in checked.report.to_text()


def _read_or_refused(path: Path) -> object:
    """What comes of a file: headers, cells, row numbers and torn rows, or the rule it breaks and where."""
    try:
        raw = Source(path).read()
        numbers = None if raw.rows is None else raw.rows.to_list()
        return raw.headers, raw.frame.rows(), numbers, raw.ragged, raw.height
    except Unreadable as error:
        return error.rule, error.row


#: Pieces of files: whole and torn records, blank ones, quotation marks that fit and that do not, other encodings.
SCRAPS = st.sampled_from([
    b"a,b\n", b"1,2\n", b"1,2\r\n", b"\n", b"\r\n", b"3\n", b"4,5,6\n", b'"x\ny",7\n', b'"x""y",8\n', b'"', b",",
    b"\r", b"\0", "一,二\n".encode(), "一,二\n".encode("gb18030"), "北京市,昆明市\n".encode(), b"\xff\n",
    "三,\U00020bb7\n".encode("gb18030"), "é,1\n".encode(), b'"z\n', b'z"\n',
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    head=st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b" \n"]),
    header=st.sampled_from([b"a,b\n", b"a\n", "学籍号,日期\n".encode(), "学籍号,日期\n".encode("gbk"), b"a;b\r\n"]),
    scraps=st.lists(SCRAPS, max_size=12),
    size=st.integers(1, 30),
)  # fmt: skip
def test_a_long_file_is_read_in_turns_as_a_short_one_at_once(
    head: bytes, header: bytes, scraps: list[bytes], size: int
) -> None:
    """Whatever scraps a file holds: cells, row numbers and torn rows, or the refusal, are the same in any pieces."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "a.csv"
        path.write_bytes(head + header + b"".join(scraps))
        short = _read_or_refused(path)
        patch.setattr(delimited, "LONG", -1)
        patch.setattr(records, "BLOCK", size)
        patch.setattr(records, "PIECE", size)
        assert _read_or_refused(path) == short
