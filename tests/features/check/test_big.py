"""Tables too large to hold are checked part by part: nobody can tell from what comes out."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.check import Checked, Large, check_extract
from features.check.report import Report
from features.sources import columnar, delimited, records
from tests.features.check.county import County, county, write
from tests.features.check.spoiled import SPOILED, Spoiled
from tests.features.check.test_spoiled import spoiled


def said(report: Report) -> dict[str, Any]:
    """Everything a report tells, but how many groups it was found in."""
    return {
        "faults": [asdict(fault) for fault in report.faults],
        "warnings": [asdict(fault) for fault in report.warnings],
        "tallies": report.tallies,
        "refused": report.refused_tables,
        "notes": report.notes,
    }


def kept(checked: Checked, name: str) -> pl.DataFrame:
    """The accepted rows of a table, wherever they lie, in the order of all their columns."""
    path = checked.files.get(name)
    rows = checked.tables[name] if path is None else pl.read_parquet(path)
    return rows.sort(rows.columns, nulls_last=True)


def told(checked: Checked) -> dict[str, Any]:
    """Everything that comes of a check: what is said, the digest, the batch, the rows of every table."""
    tables = {name: kept(checked, name) for name in checked.tables.keys() | checked.files.keys()}
    return {
        "report": said(checked.report),
        "digest": checked.digest,
        "batch": checked.batch,
        "rows": {name: (rows.schema, rows.rows()) for name, rows in tables.items()},
    }


@pytest.mark.parametrize("case", SPOILED, ids=lambda case: case.name)
def test_a_spoiled_extract_in_parts_gets_the_same_report(case: Spoiled, tmp_path: Path) -> None:
    """Every fault of a table in parts is the fault of the table held whole: row, words, order and counts."""
    folder, keep = tmp_path / "extract", tmp_path / "keep"
    folder.mkdir()
    keep.mkdir()
    spoiled(folder, case)
    assert told(check_extract(folder, large=Large(keep, 0))) == told(check_extract(folder))


def busy() -> County:
    """Marks and results with every kind of fault between rows, spread over weeks and exams."""
    rows = county()
    marks, results = rows["attendance"], rows["grades"]
    lot = random.Random(5)
    for row in lot.sample(marks, 12):
        marks.append(dict(row))  # says the same again
    for row in lot.sample(marks, 12):
        marks.append({**row, "status": "sick" if row["status"] != "sick" else "late"})
    for row in lot.sample(marks, 6):
        marks.append({**row, "session": "am"})
    for row in lot.sample(marks, 6):
        marks.append({**row, "known_on": "2026-11-30", "status": "personal"})
    for row in lot.sample(marks, 4):
        row["date"] = "2026/9/31"
    for row in lot.sample(marks, 4):
        row["status"] = "不知道"
    for row in lot.sample(marks, 3):
        row["student_id"] = "G530102201303059999"
    for row in lot.sample(results, 5):
        results.append({**row, "score": "12"})
    for row in lot.sample(results, 3):
        results.append({**row, "exam": "期中", "level": ""})
    lot.shuffle(marks)
    lot.shuffle(results)
    return rows


@pytest.mark.parametrize("fmt", ["csv", "parquet", "xlsx"])
def test_faults_between_rows_are_found_across_parts(fmt: str, tmp_path: Path) -> None:
    """Rows that contradict, repeat or halve each other are found in whatever order a big file holds them."""
    folder = tmp_path / "extract"
    folder.mkdir()
    write(folder, busy(), fmt)
    whole = check_extract(folder, share=1.0)
    keep = tmp_path / "keep"
    keep.mkdir()
    parts = check_extract(folder, share=1.0, large=Large(keep, 0))
    assert {"contradiction", "half_days", "date", "code"} <= set(whole.report.counts)
    assert told(parts) == told(whole)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_long_csv_in_parts_and_turns_gets_the_same_report(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CSV read in small pieces, blank and torn lines within, says, keeps and is called what it is at once."""
    folder, keep = tmp_path / "extract", tmp_path / "keep"
    folder.mkdir()
    keep.mkdir()
    write(folder, busy())
    path = folder / "attendance.csv"
    lines = path.read_text("utf-8-sig").splitlines()
    lines[5:5], lines[40:40], lines[41:41] = ["", "一,二"], ["\r"], [",,,,,,,,"]
    path.write_text("\n".join(lines), encoding)
    whole = told(check_extract(folder, share=1.0))
    monkeypatch.setattr(delimited, "LONG", -1)
    monkeypatch.setattr(records, "BLOCK", 300)
    monkeypatch.setattr(records, "PIECE", 700)
    assert told(check_extract(folder, share=1.0, large=Large(keep, 0))) == whole
    assert told(check_extract(folder, share=1.0)) == whole
    assert whole["report"]["tallies"]


def test_a_long_csv_that_cannot_be_split_is_refused_as_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a text seemed to say before it proved torn is not said, whether it was read at once or in turns."""
    rows = county()
    write(tmp_path, rows)
    path = tmp_path / "attendance.csv"
    head, *rest, last = path.read_text("utf-8-sig").splitlines()
    opened = (
        f'{last.rpartition(",")[0]},""z'  # another program's quotation marks: no end of the field
    )
    quoted = ",".join(f'"{cell}"' for cell in last.split(","))
    path.write_text("\n".join([head, "torn", *rest, opened, quoted, quoted, ""]), "utf-8")
    short = said(check_extract(tmp_path).report)
    monkeypatch.setattr(delimited, "LONG", -1)
    for most in (0, 1 << 22):
        assert said(check_extract(tmp_path, large=Large(most=most)).report) == short
    assert {fault["rule"] for fault in short["faults"]} == {"torn"}


def test_a_big_file_in_any_order_is_the_same_extract(tmp_path: Path) -> None:
    """Shuffled rows of a table in parts have the digest of the sorted ones, and the same rows are kept."""
    rows = county()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / f"keep-{name}").mkdir()
    write(tmp_path / "one", rows, "parquet")
    random.Random(1).shuffle(rows["attendance"])
    write(tmp_path / "other", rows, "parquet")
    one, other = (
        check_extract(tmp_path / name, large=Large(tmp_path / f"keep-{name}", 0))
        for name in ("one", "other")
    )
    assert one.digest == other.digest
    assert kept(one, "attendance").equals(kept(other, "attendance"))


def test_days_typed_as_days_are_read_as_their_text_is(tmp_path: Path) -> None:
    """A Parquet file with dates as dates says what the same file with dates as text says, in parts too."""
    write(tmp_path, county(), "parquet")
    text = check_extract(tmp_path, large=Large(most=0))
    path = tmp_path / "attendance.parquet"
    days = [pl.col(c).str.to_date() for c in ("date",)]
    pl.read_parquet(path).with_columns(days).write_parquet(path)
    keep = tmp_path / "keep"
    keep.mkdir()
    typed = check_extract(tmp_path, large=Large(keep, 0))
    assert typed.digest == text.digest
    absurd = pl.col("date").dt.offset_by("9000y")
    pl.read_parquet(path).with_columns(absurd).write_parquet(path)
    assert said(check_extract(tmp_path, large=Large(most=0)).report) == said(
        check_extract(tmp_path).report
    )


def test_nothing_is_kept_of_a_refused_table(tmp_path: Path) -> None:
    """A big table with too many faulty rows leaves no file behind."""
    rows = county()
    for row in rows["attendance"][::2]:
        row["status"] = "?"
    folder, keep = tmp_path / "extract", tmp_path / "keep"
    for place in (folder, keep):
        place.mkdir()
    write(folder, rows)
    checked = check_extract(folder, large=Large(keep, 0))
    assert "attendance" in checked.report.refused_tables
    assert not (keep / "attendance.parquet").exists()
    assert "attendance" not in checked.files
    assert checked.report.exit_code == 1


@pytest.mark.parametrize("most", [0, 1 << 22], ids=["in parts", "whole"])
def test_a_file_that_breaks_off_within_is_refused(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long Parquet file whose pages cannot be read refuses its table, however late that is seen."""
    monkeypatch.setattr(columnar, "LARGE", 0)
    write(tmp_path, county(), "parquet")
    path = tmp_path / "attendance.parquet"
    pl.read_parquet(path).write_parquet(path, compression="zstd", statistics=False)
    data = bytearray(path.read_bytes())
    data[40:160] = bytes(120)
    path.write_bytes(bytes(data))
    report = check_extract(tmp_path, large=Large(most=most)).report
    assert "attendance" in report.refused_tables
    assert {fault.rule for fault in report.faults} == {"broken_parquet"}


def test_without_a_day_of_receipt_the_latest_day_of_big_tables_counts(tmp_path: Path) -> None:
    """Where batch.toml names no day, the latest in the data stands for it, in parts and typed as well."""
    write(tmp_path, county(), "parquet")
    (tmp_path / "batch.toml").write_text('area = "test"\n', encoding="utf-8")
    path = tmp_path / "attendance.parquet"
    for typed in (False, True):
        if typed:
            rows = pl.read_parquet(path).with_columns(pl.col("date").str.to_date())
            rows.write_parquet(path)
        whole, parts = check_extract(tmp_path), check_extract(tmp_path, large=Large(most=0))
        assert parts.batch.received_on == whole.batch.received_on
        assert parts.digest == whole.digest


def test_days_that_are_all_empty_make_one_part(tmp_path: Path) -> None:
    """A column of days without a day is said row by row, in parts too."""
    rows = county()
    for row in rows["attendance"]:
        row["date"] = ""
    write(tmp_path, rows)
    assert said(check_extract(tmp_path, large=Large(most=0)).report) == said(
        check_extract(tmp_path).report
    )
