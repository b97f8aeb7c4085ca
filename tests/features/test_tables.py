"""The contract in code: keys, headers, codes, schemas; templates come from it and pass the check."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from features.check import check_extract
from features.check.intake import nearest_table, plain, table_named
from features.check.parse import code_book
from features.check.rules import load
from features.tables import RESTRICTED_COLUMNS, TABLES, polars_schema
from features.templates import write_templates
from tests.features.check.county import county, words

EVERY = list(TABLES.values())


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_headers_and_keys_are_sound(table) -> None:
    """Keys are columns, no two columns share a header, dated tables end with known_on and void."""
    assert set(table.key) <= set(table.names)
    said = [plain(header) for c in table.columns for header in dict.fromkeys(c.headers)]
    assert len(said) == len(set(said))
    if table.dated:
        assert table.names[-2:] == ("known_on", "void")
    assert set(table.own_days) <= set(table.names)
    with pytest.raises(KeyError):
        table.column("no such column")


@pytest.mark.parametrize("table", EVERY, ids=lambda table: table.name)
def test_no_word_means_two_codes(table) -> None:
    """Each word read for a code belongs to one code only."""
    for column in table.columns:
        said = [
            w.lower() for key, words in column.codes.items() for w in dict.fromkeys((key, *words))
        ]
        assert len(said) == len(set(said)), column.name
        assert set(code_book(column).values()) <= {*column.codes, "0", "1"}


def test_names_of_tables_are_read_in_both_languages() -> None:
    """English and Chinese file names find one table each; a slip finds its nearest."""
    for table in EVERY:
        assert {table_named(n) for n in (table.name, table.zh, table.name.upper())} == {table}
    assert nearest_table("attendence") is TABLES["attendance"]
    assert nearest_table("通讯录") is None


def test_schemas_hold_codes_as_text_and_days_as_dates() -> None:
    """Types of the architecture: text, Date, Int8 flags, Int32 counts, Float64 measures."""
    schema = polars_schema("home_teaching")
    assert schema == {
        "student_id": pl.String, "date": pl.Date, "periods": pl.Float64, "teacher": pl.String,
        "guardian_signed": pl.Int8, "known_on": pl.Date, "void": pl.Int8,
    }  # fmt: skip
    assert polars_schema("roll_calls")["expected"] == pl.Int32
    assert {"sex", "ethnicity", "hukou_code", "orphan", "unattended"} == RESTRICTED_COLUMNS


def test_every_rule_speaks_both_languages() -> None:
    """Every rule has a sentence and a remedy in Chinese and in English, and blames nobody."""
    for rule in load().values():
        assert all((rule.zh, rule.en, rule.remedy_zh, rule.remedy_en)), rule.name
        for word in ("导致", "高危", "问题学生", "差生", "你们"):
            assert word not in rule.zh + rule.remedy_zh


@pytest.mark.parametrize("fmt", ["xlsx", "csv"])
def test_blank_templates_are_a_clean_extract(fmt: str, tmp_path: Path) -> None:
    """What is written for people to fill in passes the check as an empty county."""
    written = write_templates(tmp_path, fmt)
    assert len([p for p in written if p.suffix == f".{fmt}"]) >= len(TABLES)
    report = check_extract(tmp_path).report
    assert report.exit_code == 0, report.to_text()
    assert not report.warnings, report.to_text()
    assert len(report.tallies) == len(TABLES)


def test_a_filled_template_passes(tmp_path: Path) -> None:
    """Rows put under the headers of the workbooks, in Chinese words, are accepted as they are."""
    write_templates(tmp_path)
    for name, rows in county(3).items():
        book = openpyxl.load_workbook(tmp_path / f"{name}.xlsx")
        sheet = book.worksheets[0]
        names = TABLES[name].names
        for row in words(name, rows):
            sheet.append([row.get(column) or None for column in names])
        book.save(tmp_path / f"{name}.xlsx")
    checked = check_extract(tmp_path)
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert checked.tables["attendance"].height == 18
