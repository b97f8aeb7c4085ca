"""A school's week as a file: CSV, JSON, XLSX. The same week gives the same bytes.

What comes in is a view already cut and masked for whoever asked. Columns and order are those of
interface.md; bare contributions and the background's sum stay out unless asked for. No cell can
become a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from serving.scoring.columns import LIST, NUMBERS, TOP
from serving.scoring.rules import RESPONSIBLE_EN, RESPONSIBLE_ZH
from serving.services.views import (
    BANDS_ZH,
    BESIDE_EN,
    BESIDE_ZH,
    CHANGES_ZH,
    DISCLAIMERS_EN,
    DISCLAIMERS_ZH,
    FROM_ZH,
    WHY_BESIDE_EN,
    WHY_BESIDE_ZH,
    AlertView,
    PupilWeek,
    SchoolWeek,
    class_label,
)

BOM = "\ufeff"
#: What a spreadsheet may take for a formula at the start of a cell, half and full width.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
Row = dict[str, Any]


def neutral(text: str) -> str:
    """The text with an apostrophe before anything that a spreadsheet could run."""
    return "'" + text if text.lstrip(" \u3000\ufeff\u200b").startswith(_FORMULA) else text


def names(*, numbers: bool) -> tuple[str, ...]:
    """The columns of an export in order."""
    return tuple(c for c in LIST if numbers or c not in NUMBERS)


def rows(week: SchoolWeek, *, lang: str = "zh", numbers: bool = False) -> list[Row]:
    """One dict a row, listed pupils first, then who left; plain values, codes as codes."""
    every = [_row(week, pupil, lang) for pupil in (*week.rows, *week.left)]
    return [{name: row[name] for name in names(numbers=numbers)} for row in every]


def _row(week: SchoolWeek, pupil: PupilWeek, lang: str) -> Row:
    row: Row = dict.fromkeys(LIST)
    head = week.head
    row |= {name: getattr(pupil, name) for name in _SAME}
    row |= {
        "list_id": head.list_id,
        "week": head.week,
        "as_of": head.as_of,
        "grade": None if pupil.grade is None else str(pupil.grade),
        "alerts": (" " if lang == "en" else "").join(getattr(a, lang) for a in pupil.alerts)
        or None,
        "alert_basis": "；".join(dict.fromkeys(a.basis for a in pupil.alerts)) or None,
        "interval_low": pupil.probability_low,
        "interval_high": pupil.probability_high,
        "responsible": pupil.responsible or None,
        "model_version": head.model,
        "retrospective": head.retrospective,
    }
    for n, reason in zip(TOP, pupil.reasons, strict=False):
        row |= {
            f"reason_{n}": getattr(reason, lang),
            f"reason_{n}_code": reason.code,
            f"reason_{n}_contribution": reason.contribution,
            f"changeable_{n}": reason.changeable,
        }
    return row


_SAME = (
    "school_id", "class_id", "pupil_id", "student_id", "name", "band", "probability", "per_hundred",
    "change", "change_from", "background_contribution", "coverage", "last_attended_on",
    "days_absent", "due_on", "first_listed_on",
)  # fmt: skip


def as_csv(week: SchoolWeek, *, lang: str = "zh", numbers: bool = False) -> bytes:
    """UTF-8 with a byte-order mark, so that a spreadsheet reads the Chinese."""
    return table_csv(names(numbers=numbers), rows(week, lang=lang, numbers=numbers))


def table_csv(head: Sequence[str], body: Sequence[Row]) -> bytes:
    """Any table as CSV: UTF-8 with a byte-order mark; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in body:
        writer.writerow([_cell(value) for value in row.values()])
    return (BOM + out.getvalue()).encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return neutral(value) if isinstance(value, str) else repr(value)


def as_json(week: SchoolWeek, *, lang: str = "zh", numbers: bool = False) -> bytes:
    """The head, the rows, and what concerns classes; UTF-8, two spaces."""
    head = week.head
    said = {
        "list_id": head.list_id,
        "area": head.area,
        "week": head.week,
        "as_of": head.as_of,
        "model_version": head.model,
        "model_kind": head.model_kind,
        "retrospective": head.retrospective,
        "synthetic": head.synthetic,
        "school_id": week.school.school_id,
        "school_name": week.school.name,
        "cohort": week.school.cohort,
        "capacity": week.school.capacity,
        "notes": [{"code": n.code, "text": getattr(n, lang)} for n in head.notes],
        "rows": rows(week, lang=lang, numbers=numbers),
        "class_alerts": [_alert(a, lang) for a in week.class_alerts],
        "tasks": [_alert(a, lang) for a in week.unlisted],
    }
    text = json.dumps(said, ensure_ascii=False, indent=2, default=_iso)
    return (text + "\n").encode()


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _alert(alert: AlertView, lang: str) -> Row:
    return {
        "code": alert.code,
        "text": getattr(alert, lang),
        "basis": alert.basis,
        "reference": alert.reference,
        "since": alert.since,
        "due_on": alert.due_on,
        "responsible": alert.responsible,
        "class_id": alert.class_id,
        "pupil_id": alert.pupil_id or None,
        "student_id": alert.student_id or None,
        "name": alert.name or None,
    }


# --- the workbook -----------------------------------------------------------------------------

#: Column -> (Chinese header, English header, width in characters).
HEADERS: dict[str, tuple[str, str, int]] = {
    "list_id": ("名单编号", "List", 20),
    "week": ("周次", "Week", 10),
    "as_of": ("数据截至", "As of", 12),
    "school_id": ("学校标识码", "School", 13),
    "grade": ("年级", "Grade", 6),
    "class_id": ("班级编号", "Class no.", 9),
    "pupil_id": ("学生代号", "Pupil", 24),
    "student_id": ("学籍号", "Register number", 21),
    "name": ("姓名", "Name", 10),
    "band": ("建议", "Suggestion", 16),
    "alerts": ("必查提醒", "Duty alerts", 34),
    "alert_basis": ("提醒依据", "Basis", 12),
    "probability": ("估计概率", "Estimate", 10),
    "per_hundred": ("每100名约", "Of 100", 10),
    "interval_low": ("区间下限", "Low", 10),
    "interval_high": ("区间上限", "High", 10),
    "change": ("与上周相比", "Change", 11),
    "change_from": ("变化来自", "From", 10),
    **{f"reason_{n}": (f"主要依据{n}", f"Ground {n}", 26) for n in TOP},
    **{f"reason_{n}_code": (f"依据{n}指标", f"Ground {n} code", 20) for n in TOP},
    **{f"reason_{n}_contribution": (f"依据{n}贡献", f"Ground {n} part", 12) for n in TOP},
    **{f"changeable_{n}": (f"依据{n}可改变", f"Ground {n} changeable", 12) for n in TOP},
    "background_contribution": ("背景信息合计", "Background", 13),
    "coverage": ("考勤覆盖", "Coverage", 10),
    "last_attended_on": ("最近到校", "Last attended", 12),
    "days_absent": ("连续未到校日", "Days absent", 13),
    "last_contact": ("最近联系", "Last contact", 12),
    "next_step": ("下一步", "Next step", 14),
    "due_on": ("办理期限", "Due", 12),
    "responsible": ("责任人", "Responsible", 12),
    "case_state": ("个案状态", "Case", 10),
    "first_listed_on": ("首次列入", "First listed", 12),
    "model_version": ("模型", "Model", 18),
    "retrospective": ("回溯", "Retrospective", 8),
}
_PERCENT = ("probability", "interval_low", "interval_high", "coverage")
#: Folded away under the sheet's outline: there for programs and for whoever opens it.
_FOLDED = (
    "list_id", "week", "as_of", "school_id", "pupil_id", "probability", "interval_low", "interval_high",
    "change_from", "coverage", "last_contact", "case_state", "model_version", "retrospective",
    *(f"changeable_{n}" for n in TOP),
)  # fmt: skip
_WRAPPED = ("alerts", *(f"reason_{n}" for n in TOP))
_BAND_COLOURS = {"act_now": "#F8D7C4", "priority": "#FBE9C8", "watch": "#E4EEF8"}
#: Height of a line of Chinese text in points, and how many such signs fit into a wide cell.
_LINE, _SIGNS = 15.0, 12
#: Width of what the last sheet says, in characters.
_ABOUT = 90


def as_xlsx(week: SchoolWeek, *, lang: str = "zh", numbers: bool = False) -> bytes:
    """The list; where there are any, the alerts beside it; what it is. Nothing in it is a formula."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    # a fixed moment: the same list gives the same bytes
    made = datetime(week.head.as_of.year, week.head.as_of.month, week.head.as_of.day)  # noqa: DTZ001 - no clock
    book.set_properties({"title": f"{week.head.week} {week.school.name}", "created": made})
    _list_sheet(book, week, lang=lang, numbers=numbers)
    if week.class_alerts or week.unlisted:
        _beside_sheet(book, week, lang)
    _about_sheet(book, week, lang)
    book.close()
    return out.getvalue()


def _list_sheet(book: Any, week: SchoolWeek, *, lang: str, numbers: bool) -> None:
    sheet = book.add_worksheet("List" if lang == "en" else "名单")
    columns = names(numbers=numbers)
    bold = book.add_format({"bold": True, "font_size": 11})
    small = book.add_format({"font_size": 8, "font_color": "#666666"})
    head = book.add_format({"text_wrap": True, "valign": "top", "bg_color": "#EEF2F7", "border": 1})
    for at, name in enumerate(columns):
        zh, en, width = HEADERS[name]
        away = {"level": 1, "hidden": True} if name in _FOLDED or name.endswith("_code") else {}
        sheet.set_column(at, at, width, None, away)
        sheet.write_rich_string(0, at, bold, en if lang == "en" else zh, small, f"\n{name}", head)
    sheet.set_row(0, 34)
    data = rows(week, lang=lang, numbers=numbers)
    formats = _Formats(book)
    for line, row in enumerate(data, 1):
        sheet.set_row(line, _LINE * max(1, _lines(row)))
        for at, name in enumerate(columns):
            write_cell(
                sheet, (line, at), said(name, row[name], lang), formats.of(name, row["band"])
            )
    sheet.freeze_panes(1, columns.index("band"))
    sheet.autofilter(0, 0, max(1, len(data)), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C" + _footer(week, lang))


class _Formats:
    """One format a kind of cell and band; made once, in a fixed order of asking."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Any] = {}

    def of(self, name: str, band: str) -> Any:
        kind = "percent" if name in _PERCENT else "date" if "_on" in name or name == "as_of" else ""
        colour = _BAND_COLOURS.get(band, "") if name == "band" else ""
        if (kind, colour) not in self._made:
            look: dict[str, Any] = {"text_wrap": True, "valign": "top", "border": 1}
            look |= {"border_color": "#D0D7DE", "font_size": 10}
            look |= {"num_format": {"percent": "0.0%", "date": "yyyy-mm-dd"}.get(kind, "@")}
            look |= {"bg_color": colour} if colour else {}
            self._made[kind, colour] = self._book.add_format(look)
        return self._made[kind, colour]


def _lines(row: Row) -> int:
    return max((-(-len(str(row[n])) // _SIGNS) for n in _WRAPPED if row[n]), default=1)


def said(name: str, value: Any, lang: str) -> Any:
    """A value as people read it: codes in words, yes and no."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if lang == "en" else ("是" if value else "否")
    if name == "responsible" and value:
        return (RESPONSIBLE_EN if lang == "en" else RESPONSIBLE_ZH).get(value, value)
    if lang == "zh" and value and name in _CODED:
        return _CODED[name].get(value, value)
    return value


_CODED: dict[str, dict[str, str]] = {"band": BANDS_ZH, "change": CHANGES_ZH, "change_from": FROM_ZH}


def write_cell(sheet: Any, at: tuple[int, int], value: Any, look: Any) -> None:
    """One cell as a blank, text (never a formula), a day or a number."""
    if value is None or value == "":
        sheet.write_blank(*at, None, look)
    elif isinstance(value, str):
        sheet.write_string(*at, neutral(value), look)
    elif isinstance(value, date):
        sheet.write_datetime(*at, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001 - a day
    else:
        sheet.write_number(*at, value, look)


def _footer(week: SchoolWeek, lang: str) -> str:
    words = DISCLAIMERS_EN if lang == "en" else DISCLAIMERS_ZH
    return f"{words['share']} {week.head.list_id}"


def about(week: SchoolWeek, lang: str) -> list[tuple[str, str]]:
    """What the list is: label and text, for the second sheet and the terminal."""
    head, english = week.head, lang == "en"
    words = DISCLAIMERS_EN if english else DISCLAIMERS_ZH
    lines = [
        ("School" if english else "学校", f"{week.school.name} {week.school.school_id}".strip()),
        ("Week" if english else "周次", f"{head.week}（{head.as_of.isoformat()}）"),
        ("List" if english else "名单编号", head.list_id),
        ("Model" if english else "模型", head.model),
        ("Pupils" if english else "在籍估计人数", str(week.school.cohort)),
        ("Places" if english else "每周可核实人数", str(week.school.capacity)),
    ]
    lines += [("Note" if english else "说明", getattr(note, lang)) for note in head.notes]
    said_codes = {note.code for note in head.notes}
    lines += [
        ("Note" if english else "说明", words[code])
        for code in ("lead", "background", "share")
        if code not in said_codes
    ]
    return lines


#: Of the sheet beside the list: (Chinese header, English header, width in characters).
_BESIDE = (
    ("班级", "Class", 14), ("姓名", "Name", 10), ("学籍号", "Register number", 21), ("提醒", "Alert", 30),
    ("内容", "What", 60), ("提醒依据", "Basis", 12), ("办理期限", "Due", 12), ("责任人", "Responsible", 12),
    ("学生代号", "Pupil", 24),
)  # fmt: skip


def _beside_sheet(book: Any, week: SchoolWeek, lang: str) -> None:
    """Alerts of classes and of pupils who are not listed, a row each, to be worked on like the list."""
    english = lang == "en"
    sheet = book.add_worksheet(BESIDE_EN if english else BESIDE_ZH)
    look = {
        "text_wrap": True,
        "valign": "top",
        "border": 1,
        "border_color": "#D0D7DE",
        "font_size": 10,
    }
    head = book.add_format({"bold": True, "valign": "top", "bg_color": "#EEF2F7", "border": 1})
    plain = book.add_format(look | {"num_format": "@"})
    dated = book.add_format(look | {"num_format": "yyyy-mm-dd"})
    sheet.write_string(0, 0, WHY_BESIDE_EN if english else WHY_BESIDE_ZH)
    for at, (zh, en, width) in enumerate(_BESIDE):
        sheet.set_column(at, at, width)
        sheet.write_string(1, at, en if english else zh, head)
    found = (*week.class_alerts, *week.unlisted)
    for line, alert in enumerate(found, 2):
        for at, value in enumerate(_beside(alert, lang)):
            form = dated if isinstance(value, date) else plain
            write_cell(sheet, (line, at), value, form)
    sheet.freeze_panes(2, 0)
    sheet.autofilter(1, 0, 1 + len(found), len(_BESIDE) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C" + _footer(week, lang))


def _beside(alert: AlertView, lang: str) -> tuple[Any, ...]:
    """One alert under the headers of ``_BESIDE``."""
    zh, en = class_label(alert.grade, alert.class_id, alert.class_name)
    return (
        en if lang == "en" else zh,
        alert.name,
        alert.student_id,
        getattr(alert, f"label_{lang}"),
        getattr(alert, lang),
        alert.basis,
        alert.due_on,
        said("responsible", alert.responsible, lang),
        alert.pupil_id,
    )


#: What nobody should look for in a list.
_NOT_BUILT = {
    "zh": "期限和责任人来自必查提醒的规则；按估计列入、没有提醒的学生，由学校自行安排负责人和时间。"
    "程序尚不登记个案：“下一步”“最近联系”“个案状态”三列为空，可由学校填写。",
    "en": "Dates and who is responsible come from the rules of duty alerts; for pupils listed by the estimate "
    "alone the school decides who and when. Cases are not kept yet: next_step, last_contact and case_state "
    "are empty, for the school to fill in.",
}


def _about_sheet(book: Any, week: SchoolWeek, lang: str) -> None:
    english = lang == "en"
    sheet = book.add_worksheet("About" if english else "说明")
    label = book.add_format({"bold": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, _ABOUT)
    lines = about(week, lang)
    lines += [("Note" if english else "说明", _NOT_BUILT[lang])]
    for at, (name, value) in enumerate(lines):
        # not every program makes room for a text that wraps
        places = sum(1 if sign.isascii() else 2 for sign in value)
        sheet.set_row(at, _LINE * max(1, -(-places // _ABOUT)))
        sheet.write_string(at, 0, neutral(name), label)
        sheet.write_string(at, 1, neutral(value), text)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C" + _footer(week, lang))


__all__: Sequence[str] = (
    "about", "as_csv", "as_json", "as_xlsx", "names", "neutral", "rows", "said", "table_csv", "write_cell",
)  # fmt: skip
