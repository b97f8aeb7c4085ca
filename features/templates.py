"""Blank templates: one file a table with Chinese headers, and one sheet that explains them all."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import xlsxwriter

from features.batch import Batch
from features.check.rules.rows import required_columns
from features.sources.workbook import EXPLANATIONS as SHEETS_OF_WORDS
from features.tables import TABLES, Column, Table

EXPLANATIONS = SHEETS_OF_WORDS[0]
_TYPES = {
    "text": "文字", "code": "代码", "date": "日期（2026-09-01）", "int": "整数", "float": "数字",
    "flag": "0 或 1（否、是）",
}  # fmt: skip
_HEADS = ("表", "文件名", "列", "英文列名", "是否必填", "是否关键列", "类型", "可填内容", "备注")
_WIDTHS = (14, 22, 20, 22, 9, 10, 20, 70, 50)
#: Rows that carry a drop-down list of the codes.
_LISTED_ROWS = 5_000
_FONT = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
_README = (
    "把每张表另存到同一文件夹，文件名不变；没有数据的表可以不交。",
    "带 * 的列必填。学籍号、身份证号等长号码的列已设为“文本”，请不要改成数字。",
    "“获知日期”是登记的日期：补登、更正时填当天，原来的行保留不动。",
    "涉案、服刑、怀孕、专家评估结果等信息不得填入任何一张表。",
    "填好后运行：baoxue check 文件夹",
)


def write_templates(out: Path, fmt: str = "xlsx") -> list[Path]:
    """Write a blank file for every table, the explanations and a ``batch.toml`` into ``out``.

    ``fmt`` is 'csv', or else workbooks are written (nobody fills in Parquet by hand).

    Returns the paths written. The files are extracts themselves: a filled one passes the check.
    """
    out.mkdir(parents=True, exist_ok=True)
    blank = _blank_csv if fmt == "csv" else _blank_xlsx
    ending = "csv" if fmt == "csv" else "xlsx"
    written = [blank(table, out / f"{table.name}.{ending}") for table in TABLES.values()]
    explain = _explanations_csv if fmt == "csv" else _explanations_xlsx
    return [*written, explain(out), Batch().write(out)]


def headers(table: Table) -> list[str]:
    """The Chinese headers, an asterisk on those that must be filled."""
    required = {column.name for column in required_columns(table, "compulsory")}
    return [column.zh + ("*" if column.name in required else "") for column in table.columns]


def explanations() -> list[tuple[str, ...]]:
    """One row a column of every table: what it is, whether it is required, what may be filled in."""
    rows: list[tuple[str, ...]] = []
    for table in TABLES.values():
        required = {column.name for column in required_columns(table, "compulsory")}
        for column in table.columns:
            rows.append((
                table.zh, table.name, column.zh, column.name,
                "必填" if column.name in required else "", "关键列" if column.name in table.key else "",
                _TYPES[column.type], _allowed(column), _note(table, column),
            ))  # fmt: skip
    return rows


def _allowed(column: Column) -> str:
    if column.type == "code":
        said = "；".join(f"{key} {'、'.join(words)}".strip() for key, words in column.codes.items())
        return said + ("；或其他词" if column.open else "")
    if column.low is not None or column.high is not None:
        low = "" if column.low is None else f"{column.low:g}"
        high = "" if column.high is None else f"{column.high:g}"
        return f"{low}–{high}"
    return ""


def _note(table: Table, column: Column) -> str:
    notes = {
        "known_on": "登记的日期；留空时按事情发生的日期加批次声明的滞后天数",
        "void": "1 表示撤回这一行所说的事",
        "session": "留空为全天；同一天不要既填全天又填上午、下午",
        "end_on": "留空表示仍在继续",
    }
    first = table.note_zh if column is table.columns[0] else ""
    return first or notes.get(column.name, "")


def _blank_csv(table: Table, path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(headers(table))
    return path


def _explanations_csv(out: Path) -> Path:
    # no .csv: it would be read as a table of the extract
    lines = [*_README, "", "\t".join(_HEADS), *("\t".join(row) for row in explanations())]
    path = out / "填写说明.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _blank_xlsx(table: Table, path: Path) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet(table.zh)
        _columns(book, sheet, table)
        _explain(book, table)
    return path


def _columns(book: Any, sheet: Any, table: Table) -> None:
    text, day = (
        book.add_format({**_FONT, "num_format": "@"}),
        book.add_format({**_FONT, "num_format": "yyyy-mm-dd"}),
    )
    plain = book.add_format(_FONT)
    styles = {"text": text, "code": text, "flag": text, "date": day}
    heads = {
        must: book.add_format({**_FONT, "bold": True, "bg_color": colour, "bottom": 1})
        for must, colour in ((True, "#FCE4D6"), (False, "#DDEBF7"))
    }
    for place, (column, header) in enumerate(zip(table.columns, headers(table), strict=True)):
        sheet.set_column(place, place, max(14, 2 * len(header) + 4), styles.get(column.type, plain))
        sheet.write_string(0, place, header, heads[header.endswith("*")])
        words = [words[0] if words else key for key, words in column.codes.items()]
        if words and not column.open:
            _offer(sheet, place, words)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _offer(sheet: Any, place: int, words: list[str]) -> None:
    """A drop-down list, where a spreadsheet can hold it (255 characters)."""
    if len(",".join(words)) <= 255:
        rule = {"validate": "list", "source": words, "error_type": "warning"}
        sheet.data_validation(1, place, _LISTED_ROWS, place, rule)


def _explain(book: Any, only: Table | None = None) -> None:
    sheet = book.add_worksheet(EXPLANATIONS)
    plain = book.add_format({**_FONT, "text_wrap": True})
    head = book.add_format({**_FONT, "bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    for place, wide in enumerate(_WIDTHS):
        sheet.set_column(place, place, wide)
    for row, line in enumerate(_README):
        sheet.write_string(row, 0, line, book.add_format(_FONT))
    top = len(_README) + 1
    sheet.write_row(top, 0, _HEADS, head)
    rows = [texts for texts in explanations() if only is None or texts[1] == only.name]
    for below, texts in enumerate(rows, top + 1):
        sheet.write_row(below, 0, texts, plain)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if only is None:
        sheet.freeze_panes(top + 1, 0)


def _explanations_xlsx(out: Path) -> Path:
    path = out / f"{EXPLANATIONS}.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        _explain(book)
    return path
