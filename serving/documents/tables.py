"""A frame as CSV or XLSX: ids as text, nothing that a spreadsheet would run, the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

#: A cell that begins so may be run by a spreadsheet; full-width twins and control signs too.
DANGEROUS = frozenset("=+-@＝＋－＠\t\r\n|%")
#: The moment written into a workbook's properties: the content decides the bytes, not the clock.
WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zone
WIDTH = {"student_id": 22, "pupil_id": 24, "alerts": 60}
SENTENCE = 48


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """UTF-8 with a byte-order mark (Excel then reads Chinese), one header row, CRLF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(frame.columns)
    writer.writerows([_plain(value) for value in row] for row in frame.iter_rows())
    return text.getvalue().encode("utf-8-sig", "backslashreplace")


def xlsx_bytes(frame: pl.DataFrame, *, sheet: str, notes: Mapping[str, str]) -> bytes:
    """A workbook with the table and a second sheet of ``notes``; every cell is text or number."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": WRITTEN})
    bold = book.add_format({"bold": True, "bottom": 1})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    for at, name in enumerate(frame.columns):
        page.write_string(0, at, name, bold)
        page.set_column(at, at, WIDTH.get(name, SENTENCE if name.startswith("reason_") else 14))
    for line, row in enumerate(frame.iter_rows(), start=1):
        for at, value in enumerate(row):
            _write(page, (line, at), value)
    told = book.add_worksheet("说明 notes")
    told.set_column(0, 0, 16)
    told.set_column(1, 1, 90)
    for line, (name, words) in enumerate(notes.items()):
        told.write_string(line, 0, name)
        told.write_string(line, 1, _safe(words))
    book.close()
    return buffer.getvalue()


def _write(page: Any, place: tuple[int, int], value: object) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        page.write_number(*place, value)
    else:
        page.write_string(*place, str(_plain(value)))


def _plain(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else _safe(str(value))


def _safe(text: str) -> str:
    """The text with an apostrophe before a sign that a spreadsheet would run."""
    return f"'{text}" if text[:1] in DANGEROUS else text
