"""Duty alerts as a file: CSV, JSON, XLSX. The same alerts give the same bytes.

What comes in is already cut and masked for whoever asked. No cell can become a formula.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from serving.services.exports import HEADERS, said, table_csv, write_cell
from serving.services.views import DISCLAIMERS_EN, DISCLAIMERS_ZH, AlertView, SchoolWeek

COLUMNS = (
    "school_id", "class_id", "pupil_id", "student_id", "name", "code", "label", "text", "basis",
    "reference", "since", "due_on", "responsible", "listed",
)  # fmt: skip
#: Column -> (Chinese header, English header, width in characters), beside those of a list.
_OWN: dict[str, tuple[str, str, int]] = {
    "code": ("提醒代码", "Code", 20),
    "label": ("提醒", "Alert", 18),
    "text": ("内容", "What", 60),
    "basis": ("依据", "Basis", 10),
    "reference": ("依据出处", "Reference", 24),
    "since": ("起始日期", "Since", 12),
    "listed": ("已列入名单", "Listed", 10),
}
#: Folded away under the sheet's outline: there for programs and for whoever opens it.
_FOLDED = ("school_id", "pupil_id", "code")
#: Height of a line of Chinese text in points.
_LINE = 15.0
#: No moment is in the file.
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock


def of_week(week: SchoolWeek) -> list[AlertView]:
    """Every alert of a school's week once: of classes, of listed pupils, and today's tasks."""
    listed = [alert for row in week.rows for alert in row.alerts]
    return list(dict.fromkeys([*week.class_alerts, *listed, *week.tasks]))


def _row(alert: AlertView, lang: str) -> dict[str, Any]:
    own = {name: getattr(alert, name, None) for name in COLUMNS}
    own |= {"label": getattr(alert, f"label_{lang}"), "text": getattr(alert, lang)}
    return own


def alerts_csv(alerts: Sequence[AlertView], lang: str = "zh") -> bytes:
    """UTF-8 with a byte-order mark; no cell can become a formula."""
    return table_csv(COLUMNS, [_row(alert, lang) for alert in alerts])


def alerts_json(alerts: Sequence[AlertView], lang: str = "zh") -> bytes:
    """A list of objects with the columns of the CSV."""
    said = [_row(alert, lang) for alert in alerts]
    return (
        json.dumps(said, ensure_ascii=False, indent=2, default=lambda d: d.isoformat()) + "\n"
    ).encode()


def alerts_xlsx(alerts: Sequence[AlertView], lang: str = "zh") -> bytes:
    """A workbook of one sheet with the columns of the CSV; nothing in it is a formula."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _MADE})
    _sheet(book, alerts, lang)
    book.close()
    return out.getvalue()


def _lines(alert: AlertView, lang: str) -> int:
    """How many lines the longest wrapped cell takes; a Chinese sign is two characters wide."""
    row, wide = _row(alert, lang), 2 if lang == "zh" else 1
    return max(
        -(-wide * len(str(row[n] or "")) // (_OWN[n][2] - 2)) or 1
        for n in ("label", "text", "reference")
    )


def _sheet(book: Any, alerts: Sequence[AlertView], lang: str) -> None:
    sheet = book.add_worksheet("Duty alerts" if lang == "en" else "必查提醒")
    bold = book.add_format({"bold": True, "font_size": 11})
    small = book.add_format({"font_size": 8, "font_color": "#666666"})
    head = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#EEF2F7", "border": 1})
    look = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D0D7DE"}
    plain = book.add_format(look | {"num_format": "@"})
    dated = book.add_format(look | {"num_format": "yyyy-mm-dd"})
    for at, name in enumerate(COLUMNS):
        zh, en, width = (_OWN | HEADERS)[name]
        away = {"level": 1, "hidden": True} if name in _FOLDED else {}
        sheet.set_column(at, at, width, None, away)
        sheet.write_rich_string(0, at, bold, en if lang == "en" else zh, small, f"\n{name}", head)
    sheet.set_row(0, 34)
    for line, alert in enumerate(alerts, 1):
        sheet.set_row(line, _LINE * _lines(alert, lang))
        for at, (name, value) in enumerate(_row(alert, lang).items()):
            form = dated if isinstance(value, date) else plain
            write_cell(sheet, (line, at), said(name, value, lang), form)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(alerts)), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C" + (DISCLAIMERS_EN if lang == "en" else DISCLAIMERS_ZH)["share"])
