"""A small clean extract as plain rows, written in any format: what the tests spoil."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from features.check.rules.identifiers import CHECKS, WEIGHTS
from features.tables import TABLES

Rows = list[dict[str, Any]]
County = dict[str, Rows]
BATCH = 'area = "test"\nreceived_on = 2026-12-31\n'
SCHOOL = "3145000001"


def id_number(serial: int, born: date) -> str:
    """An ID number with a right check character, by hand."""
    digits = f"530102{born:%Y%m%d}{serial:03d}"
    total = sum(int(d) * w for d, w in zip(digits, WEIGHTS, strict=True))
    return digits + CHECKS[total % 11]


def student(number: int, born: date = date(2013, 3, 5)) -> str:
    """A 学籍号."""
    return "G" + id_number(number, born)


def days(count: int, first: date = date(2026, 9, 1)) -> list[date]:
    """School days from ``first`` on, Monday to Friday."""
    found = (first + timedelta(days=i) for i in range(3 * count))
    return [day for day in found if day.weekday() < 5][:count]


def county(pupils: int = 30) -> County:
    """Two classes of grade 7, ``pupils`` pupils, six days of marks and some registrations."""
    ids = [student(i) for i in range(pupils)]
    rows: County = {
        "schools": [{"school_id": SCHOOL, "name": "青山中学", "stage": "junior", "county_code": "530102"}],
        "classes": [
            {"school_id": SCHOOL, "class_id": f"070{k}", "school_year": "2026", "grade": "7"} for k in (1, 2)
        ],
        "students": [
            {
                "student_id": s, "name": f"学生{i}", "id_number": s[1:], "birth_date": "2013-03-05",
                "guardian_phone": f"1390000{i:04d}", "distance_km": "2.5", "migrant_child": "0",
            }
            for i, s in enumerate(ids)
        ],
        "enrolments": [
            {
                "student_id": s, "school_id": SCHOOL, "start_on": "2026-09-01", "grade": "7",
                "class_id": f"070{1 + i % 2}", "end_on": "", "boarding": "1", "known_on": "2026-09-01",
            }
            for i, s in enumerate(ids)
        ],
        "attendance": [
            {"student_id": s, "date": d.isoformat(), "session": "day", "status": "present",
             "known_on": d.isoformat()}
            for s in ids for d in days(6)
        ],
        "grades": [
            {"student_id": s, "term": "2026-2027-1", "exam": "midterm", "subject": "数学",
             "happened_on": "2026-11-10", "score": "81.5", "full_score": "100", "level": "B"}
            for s in ids
        ],
        "poverty": [
            {"student_id": s, "category": "低保", "start_on": "2026-01-01", "end_on": "2026-10-01",
             "risk_status": "open", "known_on": "2026-09-10"}
            for s in ids
        ],
        "left_behind": [
            {"student_id": s, "standard": "register", "kind": "2", "start_on": "2026-09-01",
             "carer": "grandparents", "known_on": "2026-09-02"}
            for s in ids
        ],
        "status_changes": [
            {"student_id": s, "happened_on": "2026-10-12", "kind": "suspended", "until_on": "2027-08-31"}
            for s in ids
        ],
        "calendar": [
            {"date": (date(2026, 9, 1) + timedelta(days=i)).isoformat(), "term": "2026-2027-1",
             "is_school_day": "1" if (date(2026, 9, 1) + timedelta(days=i)).weekday() < 5 else "0"}
            for i in range(120)
        ],
    }  # fmt: skip
    return rows


def headers(table: str, rows: Rows, *, chinese: bool = False) -> list[str]:
    """The columns used in ``rows``, in order; in Chinese if asked."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [TABLES[table].column(n).zh for n in names] if chinese else names


def cells(rows: Rows) -> list[list[Any]]:
    """The rows' values in the order of their columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [[row.get(name, "") for name in names] for row in rows]


def words(table: str, rows: Rows) -> Rows:
    """The same rows with Chinese words for codes, where there are any."""
    books: Mapping[str, Any] = {c.name: c.codes for c in TABLES[table].columns}
    return [{n: (books[n][v][0] if books[n].get(v) else v) for n, v in row.items()} for row in rows]


def write_csv(path: Path, top: list[str], body: list[list[Any]], encoding: str = "utf-8") -> None:
    """A CSV file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([top, *body])
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path: Path, top: list[str], body: list[list[Any]]) -> None:
    """An XLSX file; numbers stay numbers, texts texts."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate([top, *body]):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, day)
            else:
                sheet.write(r, c, value)
    book.close()


def write(
    folder: Path, rows: County, fmt: str = "csv", *, chinese: bool = False, encoding: str = "utf-8"
) -> Path:
    """Write a county into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "batch.toml").write_text(BATCH, encoding="utf-8")
    for table, body in rows.items():
        said = words(table, body) if chinese else body
        top, path = headers(table, said, chinese=chinese), folder / f"{table}.{fmt}"
        if fmt == "csv":
            write_csv(path, top, cells(said), encoding)
        elif fmt == "xlsx":
            write_xlsx(path, top, cells(said))
        else:
            pl.DataFrame(cells(said), schema=top, orient="row").write_parquet(path)
    return folder
