"""The report as a workbook: counts, faults, and copies of the sheets with the bad cells marked.

Rows of the copies stand where they stand in the person's own file, so that a row number is the same
in both. Only rows near a marked cell are copied where a table is larger than a sheet can show.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from features.check.findings import LISTED_FILE, Fault, Findings, Group
from features.sources import Source, Unreadable
from features.sources.raw import Raw
from features.tables import TABLES

#: Rows of a copy: a table with more shows its faulty rows only.
ROWS_COPIED = 5_000
#: Width of a column of sentences (letters) and height of a line (points).
SENTENCE, LINE = 64, 16
_TITLES = {
    "zh": ("汇总", "明细", ("规则", "级别", "数量", "例子", "怎么改"),
           ("级别", "文件", "行", "列", "说明", "怎么改")),
    "en": ("Summary", "Faults", ("rule", "level", "count", "example", "remedy"),
           ("level", "file", "row", "column", "what", "remedy")),
}  # fmt: skip
_LEVELS = {
    "zh": {"fault": "错误", "warning": "提醒"},
    "en": {"fault": "fault", "warning": "warning"},
}
#: Background of a marked cell: a fault reddish, a warning yellow, as spreadsheets mark them.
_COLOURS = {"fault": "#F8CBAD", "warning": "#FFF2CC"}


def write(report: Findings, out: Path, folder: Path, lang: str) -> Path:
    """Write the workbook to ``out``; ``folder`` is the extract that was checked."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": False}
    with xlsxwriter.Workbook(str(out), options) as book:
        _Workbook(book, report, lang).write(folder)
    return out


class _Workbook:
    def __init__(self, book: Any, report: Findings, lang: str) -> None:
        self.book, self.report, self.lang = book, report, lang
        base = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        self.plain = book.add_format(base)
        self.wrap = book.add_format({**base, "text_wrap": True})
        self.head = book.add_format({**base, "bold": True, "bg_color": "#DDEBF7", "bottom": 1})
        self.row_number = book.add_format({**base, "font_color": "#7F7F7F"})
        self.marks = {
            level: book.add_format({**base, "bg_color": colour, "border": 1})
            for level, colour in _COLOURS.items()
        }

    def write(self, folder: Path) -> None:
        self._summary()
        self._faults()
        for name in [tally.table for tally in self.report.tallies]:
            groups = [g for g in self.report.groups if g.table == name]
            if groups:
                self._copy(name, groups, folder)

    def _sheet(self, name: str, heads: tuple[str, ...], widths: tuple[int, ...]) -> Any:
        sheet = self.book.add_worksheet(name)
        sheet.write_row(0, 0, heads, self.head)
        for place, wide in enumerate(widths):
            sheet.set_column(place, place, wide)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return sheet

    def _summary(self) -> None:
        title, _, heads, _ = _TITLES[self.lang]
        sheet = self._sheet(title, heads, (24, 8, 8, SENTENCE, SENTENCE))
        counts = {**self.report.counts, **self.report.warning_counts}
        first = {g.rule: next(g.faults(1)) for g in reversed(self.report.groups)}
        for row, (rule, count) in enumerate(counts.items(), 1):
            fault = first[rule]
            level = _LEVELS[self.lang][fault.level]
            said = self.report.rule(rule)
            title = said.title_en if self.lang == "en" else said.title_zh
            sheet.write_string(row, 0, title, self.plain)
            sheet.write(row, 1, level, self.marks[fault.level])
            sheet.write_number(row, 2, count, self.plain)
            self._sentences(sheet, row, 3, fault)

    def _faults(self) -> None:
        _, title, _, heads = _TITLES[self.lang]
        sheet = self._sheet(title, heads, (8, 22, 8, 18, SENTENCE, SENTENCE))
        for row, fault in enumerate(self._listed(), 1):
            self._fault(sheet, row, fault)

    def _listed(self) -> Iterator[Fault]:
        for group in self.report.groups:
            yield from group.faults(LISTED_FILE)

    def _fault(self, sheet: Any, row: int, fault: Fault) -> None:
        sheet.write(row, 0, _LEVELS[self.lang][fault.level], self.marks[fault.level])
        sheet.write_string(row, 1, fault.file or "", self.plain)
        if fault.row is not None:
            sheet.write_number(row, 2, fault.row, self.plain)
        sheet.write_string(row, 3, fault.header or "", self.plain)
        self._sentences(sheet, row, 4, fault)

    def _sentences(self, sheet: Any, row: int, place: int, fault: Fault) -> None:
        """What and how, side by side, the row as high as the longer of them needs."""
        said = (fault.message(self.lang), fault.remedy(self.lang))
        for offset, sentence in enumerate(said):
            sheet.write_string(row, place + offset, sentence, self.wrap)
        lines = max(-(-_wide(sentence) // SENTENCE) for sentence in said)
        sheet.set_row(row, LINE * lines)

    def _copy(self, table: str, groups: list[Group], folder: Path) -> None:
        file = next((g.file for g in groups if g.file), None)
        if file is None:
            return
        try:
            raw = Source(folder / file).read()
        except Unreadable:
            return
        marks = _marked(groups, raw, self.lang)
        title = TABLES[table].zh if self.lang == "zh" else table
        sheet = self.book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        for place, header in enumerate(raw.headers):
            seen = raw.frame[str(place)].head(100).cast(pl.String).drop_nulls()
            wide = max(map(_wide, [header, *seen]))
            sheet.set_column(place, place, min(max(10, wide + 2), 40))
            level = marks.get((1, place), (None, ""))[0]
            sheet.write_string(0, place, header, self.marks[level] if level else self.head)
        self._cells(sheet, raw, marks)

    def _cells(self, sheet: Any, raw: Raw, marks: dict[tuple[int, int], tuple[str, str]]) -> None:
        wanted = {row for row, _ in marks}
        small = raw.frame.height <= ROWS_COPIED
        numbers = raw.rows if raw.rows is not None else range(2, raw.frame.height + 2)
        for place, number in enumerate(numbers):
            if small or number in wanted:
                for column, value in enumerate(raw.frame.row(place)):
                    mark = marks.get((number, column))
                    style = self.plain if mark is None else self.marks[mark[0]]
                    sheet.write_string(
                        number - 1, column, "" if value is None else str(value), style
                    )
                    if mark is not None:
                        sheet.write_comment(number - 1, column, mark[1], {"x_scale": 2})


def _wide(text: str) -> int:
    """Width on the page: a Chinese character takes the room of two letters."""
    return sum(1 if character.isascii() else 2 for character in text)


def _marked(groups: list[Group], raw: Raw, lang: str) -> dict[tuple[int, int], tuple[str, str]]:
    """(row, place of the column) -> (level, message and remedy); a whole row where no column is."""
    marks: dict[tuple[int, int], tuple[str, str]] = {}
    for group in reversed(groups):
        for fault in group.faults(LISTED_FILE):
            if fault.row is not None:
                said = f"{fault.message(lang)} {fault.remedy(lang)}"
                for place in _places(fault, raw):
                    marks[fault.row, place] = fault.level, said
    return marks


def _places(fault: Fault, raw: Raw) -> Iterator[int]:
    if fault.header in raw.headers:
        yield raw.headers.index(str(fault.header))
    elif fault.header is None:
        yield from range(len(raw.headers)) if fault.row != 1 else ()
