"""Laws of the written county as a whole."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.batch import Batch
from features.check import check_extract
from features.refusal import Refusal
from features.synthetic.county import LAST_DAY, County, write_county
from features.synthetic.write import Folder
from features.tables import TABLES, polars_schema
from tests.features.synthetic.conftest import Made


def digests(folder: Path) -> dict[str, str]:
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    """The same arguments give the same bytes in every file."""
    for name in ("a", "b"):
        write_county(tmp_path / name, County(300, seed=3, weeks=20))
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_seed_another_county(tmp_path: Path) -> None:
    """Another seed gives other pupils, but the same calendar of terms."""
    for seed in (1, 2):
        write_county(tmp_path / str(seed), County(300, seed=seed, weeks=20))
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert first["students.parquet"] != second["students.parquet"]
    assert first["attendance.parquet"] != second["attendance.parquet"]


def test_a_lot_does_not_depend_on_how_many_follow(tmp_path: Path) -> None:
    """Pupils of the first lot stay who they are when the county grows by whole lots."""
    write_county(tmp_path / "a", County(16_000, weeks=2))
    write_county(tmp_path / "b", County(32_000, weeks=2))
    small = pl.read_parquet(tmp_path / "a" / "students.parquet")
    large = pl.read_parquet(tmp_path / "b" / "students.parquet")
    assert large.head(len(small)).equals(small)


def test_passes_the_check(made: Made) -> None:
    """The county passes the product's own check, and every row is accepted."""
    checked = check_extract(made.folder)
    assert checked.report.exit_code == 0
    # what is left to confirm is meant: over-age pupils, days of birth that differ in the registry
    assert set(checked.report.counts) <= {"age", "birth_in_id"}
    assert sum(checked.report.counts.values()) < 40
    assert {n: len(t) for n, t in checked.tables.items() if n in made.rows} == made.rows


def test_a_term_that_has_hardly_begun_passes_the_check(tmp_path: Path) -> None:
    """Nobody has a full number that becomes known after the last day."""
    write_county(tmp_path, County(4_000, weeks=3))
    assert check_extract(tmp_path).report.exit_code == 0


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
def test_other_formats_say_the_same(tmp_path: Path, fmt: str) -> None:
    """CSV and XLSX hold the same facts as Parquet: the check finds one digest."""
    county = County(60, weeks=8)
    write_county(tmp_path / "parquet", county)
    write_county(tmp_path / fmt, county, fmt=fmt)  # type: ignore[arg-type]
    one, other = check_extract(tmp_path / "parquet"), check_extract(tmp_path / fmt)
    assert other.report.exit_code == 0
    assert one.digest == other.digest


def test_workbooks_have_the_same_bytes(tmp_path: Path) -> None:
    """A workbook does not hold the moment at which it was written."""
    for name in ("a", "b"):
        write_county(tmp_path / name, County(40, weeks=4), fmt="xlsx")
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_every_table_of_the_contract_in_its_shape(made: Made) -> None:
    """Every written table has the contract's columns and types in the contract's order."""
    for name in made.rows:
        assert dict(made.read(name).schema) == polars_schema(name), name
    left_out = {"interventions", "attributes"}
    assert set(TABLES) - set(made.rows) == left_out


def test_batch_says_synthetic(made: Made) -> None:
    """batch.toml says that the data are invented, and in which mode attendance is kept."""
    batch = Batch.read(made.folder)
    assert batch.synthetic
    assert (batch.attendance_mode, batch.received_on) == ("exceptions", LAST_DAY)


def test_nothing_is_known_after_the_last_day(made: Made) -> None:
    """No row is known, and no end is learned, after the day the extract was received."""
    for name in made.rows:
        table = made.read(name)
        for column in {"known_on", "end_known_on"} & set(table.columns):
            assert not (table[column] > LAST_DAY).any(), (name, column)


def test_nothing_is_known_before_it_was_so(made: Made) -> None:
    """known_on is never before the fact's own day."""
    for name, spec in TABLES.items():
        # set work is announced before it is due
        if spec.dated and spec.clock and name in made.rows and name != "assignments":
            table = made.read(name)
            assert (table["known_on"] >= table[spec.clock]).all(), name


def test_pupils_asked_for_are_on_the_roll(made: Made) -> None:
    """The number asked for are on the roll of the last school year, but for lawful exits."""
    now = made.read("enrolments").filter(pl.col("start_on") >= date(2026, 9, 1))
    assert 0.96 * 3000 <= now["student_id"].n_unique() <= 3000


def test_told_after_each_lot(tmp_path: Path) -> None:
    """Progress is told lot by lot."""
    heard: list[tuple[int, int]] = []
    write_county(tmp_path, County(32_000, weeks=1), told=lambda k, n: heard.append((k, n)))
    assert heard == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    "county",
    [
        County(0),
        County(10, weeks=0),
        County(10, profile="nowhere"),
        County(10, profile="nowhere.toml"),
        County(10, weeks=2, last_day=date(2026, 8, 14)),
        County(10, last_day=date(2036, 9, 4)),
    ],
)
def test_impossible_counties_are_refused(tmp_path: Path, county: County) -> None:
    """What cannot be made is refused in a sentence, and nothing is written."""
    with pytest.raises(Refusal):
        write_county(tmp_path / "out", county)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_tables_is_left_alone(tmp_path: Path) -> None:
    """A folder that already holds tables is refused and stays as it was."""
    write_county(tmp_path, County(30, weeks=1))
    before = digests(tmp_path)
    with pytest.raises(Refusal):
        write_county(tmp_path, County(30, weeks=1))
    assert digests(tmp_path) == before


def test_a_sheet_that_would_be_too_long_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook with more rows than a sheet holds is refused, and no workbook is written."""
    monkeypatch.setattr("features.synthetic.write.SHEET_ROWS", 10)
    with pytest.raises(Refusal):
        write_county(tmp_path, County(30, weeks=1), fmt="xlsx")
    assert not list(tmp_path.glob("*.xlsx"))


def test_a_column_outside_the_contract_is_an_error(tmp_path: Path) -> None:
    """A table cannot be written with a column that the contract does not have."""
    with Folder(tmp_path, "csv") as folder, pytest.raises(ValueError, match="no column"):
        folder.add("schools", pl.DataFrame({"school_id": ["1"], "colour": ["red"]}))


@pytest.mark.parametrize(("students", "weeks", "last"), [
    (1, 1, date(2026, 9, 4)), (9, 5, date(2026, 3, 6)), (25, 130, date(2026, 8, 21)),
])  # fmt: skip
def test_small_and_odd_counties_are_sound(
    tmp_path: Path, students: int, weeks: int, last: date
) -> None:
    """A county of one pupil, of one week, of two and a half years, one that ends in summer: all pass."""
    write_county(tmp_path, County(students, weeks=weeks, last_day=last))
    assert check_extract(tmp_path).report.exit_code == 0
