"""Fifty ways in which an extract arrives spoiled, each with the fault that must be said."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from tests.features.check.county import County, student, write_xlsx

Edit = Callable[[County], None]
Breakage = Callable[[Path], None]


@dataclass(frozen=True)
class Spoiled:
    """A name, how to spoil rows or files, and what the report must say: rule, table, row, column."""

    name: str
    rule: str
    table: str | None = None
    row: int | None = None
    column: str | None = None
    edit: Edit | None = None
    damage: Breakage | None = None
    refused: bool = False
    warning: bool = False


def put(table: str, index: int, **values: Any) -> Edit:
    """Change cells of one row (0 = first row below the header)."""
    return lambda county: county[table][index].update(values)


def add(table: str, index: int, **values: Any) -> Edit:
    """Append a copy of a row with changed cells."""
    return lambda county: county[table].append({**county[table][index], **values})


def rename(table: str, old: str, new: str) -> Breakage:
    """Change a header in a CSV file."""

    def damage(folder: Path) -> None:
        path = folder / f"{table}.csv"
        head, _, rest = path.read_text(encoding="utf-8").partition("\n")
        path.write_text(head.replace(old, new) + "\n" + rest, encoding="utf-8")

    return damage


def drop(table: str, *names: str) -> Edit:
    """Leave columns out."""

    def edit(county: County) -> None:
        for row in county[table]:
            for name in names:
                del row[name]

    return edit


def every(table: str, **values: Any) -> Edit:
    """Change cells of every row."""

    def edit(county: County) -> None:
        for row in county[table]:
            row.update(values)

    return edit


def file(
    name: str, content: bytes | Callable[[bytes], bytes], source: str | None = None
) -> Breakage:
    """Write a file anew: bytes, or what a function makes of the old bytes; ``source`` goes."""

    def damage(folder: Path) -> None:
        old = folder / (source or name)
        data = content(old.read_bytes()) if callable(content) else content
        if source:
            old.unlink()
        (folder / name).write_bytes(data)

    return damage


def both(*changes: Callable[[Any], None]) -> Callable[[Any], None]:
    """One change after the other."""

    def change(target: Any) -> None:
        for one in changes:
            one(target)

    return change


def remove(name: str) -> Breakage:
    """Delete a file."""
    return lambda folder: (folder / name).unlink()


def double_header(folder: Path) -> None:
    """The same column once in English and once in Chinese."""
    path = folder / "students.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    marked = [lines[0] + ",出生日期", *(line + ",2013-03-05" for line in lines[1:])]
    path.write_text("\n".join(marked), encoding="utf-8")


def as_workbook(table: str, column: str, value: Callable[[Any], Any]) -> Breakage:
    """Write a table as XLSX with one column's values changed (numbers stay numbers)."""

    def damage(folder: Path) -> None:
        frame = pl.read_csv(folder / f"{table}.csv", infer_schema=False)
        place = frame.columns.index(column)
        body = [list(row) for row in frame.rows()]
        for row in body:
            row[place] = value(row[place])
        (folder / f"{table}.csv").unlink()
        write_xlsx(folder / f"{table}.xlsx", frame.columns, body)

    return damage


def far_cell(folder: Path) -> None:
    """A workbook of a few kilobytes whose last cell is at the end of the world."""
    (folder / "grades.csv").unlink()
    book = xlsxwriter.Workbook(str(folder / "grades.xlsx"))
    sheet = book.add_worksheet()
    sheet.write(0, 0, "student_id")
    sheet.write(1048575, 16383, "x")
    book.close()


def lying_far_cell(folder: Path) -> None:
    """The same, but the sheet claims to be small."""
    far_cell(folder)
    _rewrite(folder / "grades.xlsx", "xl/worksheets/sheet1.xml",
             lambda xml: xml.replace(b"A1:XFD1048576", b"A1:B2"))  # fmt: skip


def bomb(folder: Path) -> None:
    """A workbook with four gigabytes of nothing in a few megabytes."""
    (folder / "grades.csv").unlink()
    with zipfile.ZipFile(folder / "grades.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(80):
                part.write(b"\0" * (1 << 20))
        archive.writestr("[Content_Types].xml", "<Types/>")


def _rewrite(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(parts[name])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    path.write_bytes(target.getvalue())


def mixed(data: bytes) -> bytes:
    """UTF-8 and GB18030 pasted together: rows from the 20th on in the other encoding."""
    lines = data.split(b"\n")
    return b"\n".join([*lines[:20], *(line.decode().encode("gb18030") for line in lines[20:])])


def parquet_floats(folder: Path) -> None:
    """Ids that went through a number: 18 digits in a Float64."""
    frame = pl.read_csv(folder / "students.csv", infer_schema=False)
    frame = frame.with_columns(pl.col("id_number").str.slice(0, 17).cast(pl.Float64) * 10)
    (folder / "students.csv").unlink()
    frame.write_parquet(folder / "students.parquet")


def both_formats(folder: Path) -> None:
    """One table in two files."""
    pl.read_csv(folder / "classes.csv", infer_schema=False).write_parquet(
        folder / "classes.parquet"
    )


def reorder(folder: Path) -> None:
    """Columns in reverse order, and one value spoiled, so that a wrong column would be named."""
    frame = pl.read_csv(folder / "students.csv", infer_schema=False)
    frame = frame.select(reversed(frame.columns))
    frame[3, "birth_date"] = "2013-13-05"
    frame.write_csv(folder / "students.csv")


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """Change a text file line by line."""
    return lambda data: b"\n".join(change(data.split(b"\n")))


WRONG_CHECK = student(2)[:-1] + ("1" if student(2)[-1] != "1" else "2")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
TORN = lines(lambda rows: [*rows[:100], rows[100][:25]])
DAY1, DAY2 = "2026-09-01", "2026-09-02"

SPOILED = (
    # headers
    Spoiled("renamed key column", "missing_column", "students", 1, "student_id",
            damage=rename("students", "student_id", "studnet_id"), refused=True),
    Spoiled("renamed optional column", "near_column", "attendance", 1,
            damage=rename("attendance", "known_on", "knownon1"), refused=True),
    Spoiled("missing key column", "missing_column", "attendance", 1, "date",
            edit=drop("attendance", "date"), refused=True),
    Spoiled("missing required column", "missing_column", "enrolments", 1, "grade",
            edit=drop("enrolments", "grade"), refused=True),
    Spoiled("doubled column, English and Chinese", "duplicate_column", "students", 1, "birth_date",
            damage=double_header, refused=True),
    Spoiled("reordered columns with a fault", "date", "students", 5, "birth_date", damage=reorder),
    Spoiled("unknown column", "unknown_column", "students", 1,
            edit=every("students", 星座="双鱼"), damage=None, warning=True),
    Spoiled("a column that is never imported", "never_imported", "students", 1,
            edit=every("students", 父母服刑="否"), refused=True),
    # tables
    Spoiled("missing table", "missing_table", "schools", damage=remove("schools.csv"), refused=True),
    Spoiled("misspelt table", "near_table", None,
            damage=file("attendence.csv", lambda data: data, "attendance.csv")),
    Spoiled("one table in two formats", "two_files", "classes", damage=both_formats, refused=True),
    Spoiled("batch.toml says something unknown", "batch", None,
            damage=file("batch.toml", b'area = "x"\nmood = "full"\n')),
    Spoiled("batch.toml is no TOML", "batch", None, damage=file("batch.toml", b"area = = x")),
    # files
    Spoiled("empty file", "empty_file", "grades", damage=file("grades.csv", b""), refused=True),
    Spoiled("torn CSV", "fields", "attendance", 101, damage=file("attendance.csv", TORN)),
    Spoiled("a comma too many", "fields", "students", 4,
            damage=file("students.csv", lines(lambda r: [*r[:3], r[3].rstrip(b"\r") + b",x\r", *r[4:]]))),
    Spoiled("unclosed quotation mark", "unclosed_quote", "students", 8, refused=True,
            damage=file("students.csv", lines(lambda r: [*r[:7], b'"' + r[7], *r[8:]]))),
    Spoiled("torn XLSX", "broken_workbook", "grades", refused=True,
            damage=both(as_workbook("grades", "score", str),
                        file("grades.xlsx", lambda d: d[: len(d) // 2]))),
    Spoiled("torn Parquet", "broken_parquet", "grades", refused=True,
            damage=file("grades.parquet", b"PAR1" + b"\0" * 100, "grades.csv")),
    Spoiled("CSV named .xlsx", "disguised_text", "grades", refused=True,
            damage=file("grades.xlsx", lambda data: data, "grades.csv")),
    Spoiled("CSV of a Chinese spreadsheet named .xlsx", "disguised_text", "grades", refused=True,
            damage=file("grades.xlsx", "学籍号,成绩\n1,90\n".encode("gb18030"), "grades.csv")),
    Spoiled("UTF-16 text named .xlsx", "disguised_text", "grades", refused=True,
            damage=file("grades.xlsx", "a\tb\n1\t2\n".encode("utf-16"), "grades.csv")),
    Spoiled("web page named .xls", "old_format", "grades", refused=True,
            damage=file("grades.xls", b"<html><table></table></html>", "grades.csv")),
    Spoiled("web page named .xlsx", "html", "grades", refused=True,
            damage=file("grades.xlsx", b"<html><table></table></html>", "grades.csv")),
    Spoiled("web page named .csv", "html", "grades", refused=True,
            damage=file("grades.csv", b"\n<!DOCTYPE html><table></table>")),
    Spoiled("workbook named .csv", "disguised_workbook", "grades", refused=True,
            damage=file("grades.csv", b"PK\x03\x04" + b"\0" * 50)),
    Spoiled("Parquet named .csv", "disguised_parquet", "grades", refused=True,
            damage=file("grades.csv", b"PAR1" + b"\0" * 50)),
    Spoiled("encrypted workbook", "old_or_locked_workbook", "grades", refused=True,
            damage=file("grades.xlsx", OLE, "grades.csv")),
    Spoiled("far cell", "too_large", "grades", damage=far_cell, refused=True),
    Spoiled("far cell that lies", "too_large", "grades", damage=lying_far_cell, refused=True),
    Spoiled("zip bomb", "too_large", "grades", damage=bomb, refused=True),
    Spoiled("mixed encodings", "mixed_encodings", "students", 21, refused=True,
            damage=file("students.csv", mixed)),
    Spoiled("bad bytes in UTF-8", "mixed_encodings", "students", 3, refused=True,
            damage=file("students.csv", lines(lambda r: [*r[:2], r[2] + b"\xff\xff", *r[3:]]))),
    Spoiled("no known encoding", "encoding", "students", 3, refused=True,
            damage=both(file("students.csv", lambda data: data.decode().encode("gb18030")),
                        file("students.csv", lines(lambda r: [*r[:2], r[2] + b"\xff\xff", *r[3:]])))),
    Spoiled("binary zeros", "encoding", "students", 2, refused=True,
            damage=file("students.csv", lines(lambda r: [r[0], r[1] + b"\0", *r[2:]]))),
    Spoiled("characters lost in a conversion", "damaged_text", "students", 6, "name",
            edit=put("students", 4, name="学\ufffd")),
    # values
    Spoiled("wrong code", "code", "attendance", 9, "status", edit=put("attendance", 7, status="旷克")),
    Spoiled("wrong grade", "code", "enrolments", 3, "grade", edit=put("enrolments", 1, grade="13")),
    Spoiled("wrong flag", "flag", "students", 2, "migrant_child",
            edit=put("students", 0, migrant_child="2")),
    Spoiled("impossible date", "date", "attendance", 12, "date",
            edit=put("attendance", 10, date="2026-02-30")),
    Spoiled("date as a spreadsheet's serial number", "date", "students", 3, "birth_date",
            edit=put("students", 1, birth_date="41338")),
    Spoiled("date in another millennium", "date", "students", 3, "birth_date",
            edit=put("students", 1, birth_date="0213-03-05")),
    Spoiled("date in the future", "future", "attendance", 2, "date",
            edit=put("attendance", 0, date="2062-09-01", known_on="2062-09-01")),
    Spoiled("not a number", "number", "grades", 2, "score", edit=put("grades", 0, score="缺考")),
    Spoiled("number out of range", "range", "students", 2, "distance_km",
            edit=put("students", 0, distance_km="-3")),
    Spoiled("score above the full score", "above_whole", "grades", 2, "score",
            edit=put("grades", 0, score="120")),
    Spoiled("required cell empty", "required", "students", 7, "name", edit=put("students", 5, name=" ")),
    # ids
    Spoiled("ids as Excel numbers", "lost_digits", "students", 2, "id_number", refused=True,
            damage=as_workbook("students", "id_number", lambda v: float(v[:17] + "0"))),
    Spoiled("ids as 1.23E+17", "lost_digits", "students", 4, "id_number",
            edit=put("students", 2, id_number="5.30102E+17")),
    Spoiled("ids as floats in Parquet", "lost_digits", "students", 2, "id_number", refused=True,
            damage=parquet_floats),
    Spoiled("wrong check digit of a 学籍号", "student_id_check", "students", 4, "student_id",
            edit=put("students", 2, student_id=WRONG_CHECK)),
    Spoiled("wrong check digit of an ID number", "person_id_check", "students", 4, "id_number",
            edit=put("students", 2, id_number=WRONG_CHECK[1:])),
    Spoiled("学籍号 without its letter", "student_id", "students", 4, "student_id",
            edit=put("students", 2, student_id=student(2)[1:])),
    Spoiled("school id without its zero", "school_id", "schools", 2, "school_id",
            edit=put("schools", 0, school_id="314500000"), refused=True),
    # rows against rows
    Spoiled("contradicting corrections", "contradiction", "attendance", 2,
            edit=add("attendance", 0, status="sick")),
    Spoiled("one pupil twice with two names", "contradiction", "students", 2, "student_id",
            edit=add("students", 0, name="别人"), refused=True),
    Spoiled("half-days beside days", "half_days", "attendance", 5, "session",
            edit=add("attendance", 3, session="am")),
    Spoiled("interval ends before it begins", "date_order", "poverty", 2, "end_on",
            edit=put("poverty", 0, end_on="2025-01-01")),
    Spoiled("known before it was so", "known_before", "attendance", 3, "known_on",
            edit=put("attendance", 1, known_on=DAY1)),
    Spoiled("end known but no end", "end_unfounded", "poverty", 2, "end_known_on",
            edit=both(every("poverty", end_known_on=""),
                      put("poverty", 0, end_on="", end_known_on=DAY1))),
    # tables against tables
    Spoiled("orphaned mark", "orphan", "attendance", 182, "student_id",
            edit=add("attendance", 0, student_id=student(99))),
    Spoiled("enrolment in an unknown school", "orphan", "enrolments", 2, "school_id",
            edit=put("enrolments", 0, school_id="3145000002")),
    Spoiled("enrolment in an unknown class", "orphan_class", "enrolments", 2, "class_id",
            edit=put("enrolments", 0, class_id="0799")),
    # warnings
    Spoiled("overlapping enrolments", "overlap", "enrolments", 32, "start_on", warning=True,
            edit=add("enrolments", 0, start_on="2026-10-08", known_on="2026-10-08")),
    Spoiled("an age outside 6 to 15", "age", "enrolments", 2, "start_on", warning=True,
            edit=put("students", 0, birth_date="2005-01-01", id_number="")),
    Spoiled("a mark on a day without school", "no_school_day", "attendance", 2, "date", warning=True,
            edit=put("attendance", 0, date="2026-09-05", known_on="2026-09-05")),
    Spoiled("a mock in grade 7", "mock", "grades", 2, "exam", warning=True,
            edit=put("grades", 0, exam="模拟")),
    Spoiled("a monthly exam", "monthly_exam", "grades", 2, "exam", warning=True,
            edit=put("grades", 0, exam="月考")),
    Spoiled("a midterm in grade 4", "primary_midterm", "grades", 2, "exam", warning=True,
            edit=put("enrolments", 0, grade="四年级")),
    Spoiled("a paper exam in grade 2", "early_papers", "grades", 2, "exam", warning=True,
            edit=put("enrolments", 0, grade="2")),
    Spoiled("birth date unlike the ID number", "birth_in_id", "students", 2, "birth_date", warning=True,
            edit=put("students", 0, birth_date="2013-03-06")),
    Spoiled("a pupil without enrolment", "not_enrolled", "students", 32, "student_id", warning=True,
            edit=add("students", 0, student_id=student(77), id_number="")),
    Spoiled("neither mark nor level", "no_result", "grades", 2, "score", warning=True,
            edit=put("grades", 0, score="", level="")),
    Spoiled("an unknown table", "unknown_table", None, warning=True,
            damage=file("通讯录备份.csv", b"a,b\n1,2\n")),
)  # fmt: skip
