"""Rows that lie part by part, as a check of a big extract leaves them, give the store that any rows give."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from features.check import Large, check_extract
from features.facts import arriving, parts
from features.facts.accept import Extract
from features.facts.arriving import arriving as come
from features.facts.numbers import Numbers
from features.facts.parts import PARTED
from features.facts.store import open_chain
from features.tables import polars_schema
from tests.features.check.county import County, county, write
from tests.features.core.facts.chains import content


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows are many, and a few pupils a block."""
    monkeypatch.setattr(arriving, "CHUNK", 8)
    monkeypatch.setattr(parts, "BLOCK", 7)


def accepted(folder: Path, home: Path, *, in_parts: bool) -> Extract:
    """The folder checked, and stored as a big extract is or as a small one."""
    made = home / "extracts" / "one"
    made.mkdir(parents=True)
    checked = check_extract(folder, large=Large(made, 0) if in_parts else None)
    assert checked.report.exit_code == 0, checked.report.to_text()
    assert bool(checked.files) == in_parts
    for name, rows in checked.tables.items():
        rows.write_parquet(made / f"{name}.parquet")
    return Extract(checked.digest, made, checked.batch)


def shuffled(rows: County) -> County:
    """Marks and results in no order."""
    lot = random.Random(3)
    return {name: lot.sample(body, len(body)) for name, body in rows.items()}


@pytest.mark.parametrize("mixed", [False, True], ids=["sorted", "shuffled"])
def test_a_big_extract_gives_the_same_store(mixed: bool, tmp_path: Path) -> None:
    """Rows read part by part out of dictionaries fold into the same bytes as rows read as text."""
    folder = write(tmp_path / "sent", shuffled(county(40)) if mixed else county(40), "parquet")
    whole = accepted(folder, tmp_path / "whole", in_parts=False)
    parted = accepted(folder, tmp_path / "parts", in_parts=True)
    assert whole.digest == parted.digest
    expected = content(open_chain([whole], tmp_path / "whole"))
    assert content(open_chain([parted], tmp_path / "parts")) == expected


def test_a_big_extract_upon_a_store_gives_the_same_store(tmp_path: Path) -> None:
    """A term sent again in parts, with rows changed and rows gone, changes what a small one changes."""
    first = county(40)
    again = {name: list(body) for name, body in first.items()}
    again["attendance"] = [dict(row) for n, row in enumerate(first["attendance"]) if n % 11]
    for row in again["attendance"][::7]:
        row["status"] = "sick"
    stores = []
    for name, in_parts in (("whole", False), ("parts", True)):
        home = tmp_path / name
        chain = []
        for n, rows in enumerate((first, again)):
            folder = write(tmp_path / f"{name}-{n}", rows, "parquet")
            extract = accepted(folder, home / str(n), in_parts=in_parts)
            chain.append(extract)
        stores.append(content(open_chain(chain, home)))
    assert stores[0] == stores[1]


def _laid(path: Path, rows: pl.DataFrame, cut: list[int]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
    with pq.ParquetWriter(path, table.schema, store_schema=False) as file:
        for start, end in zip([0, *cut], [*cut, len(rows)], strict=True):
            file.write_table(pa.Table.from_batches(table.slice(start, end - start).to_batches()))
    return path


def _parts(rows: pl.DataFrame, file: Path | None, aside: Path) -> Mapping[str, pl.DataFrame]:
    numbers = Numbers()
    found = come(rows.lazy(), file, PARTED["attendance"], numbers, aside=aside)
    said = {one.part: numbers.spelled(one.rows()) for one in found}
    return {name: one.select(sorted(one.columns)).drop("pupil_no") for name, one in said.items()}


def _marks() -> pl.DataFrame:
    """Two weeks of marks of pupils whom no other table names, some without a status."""
    rows = county(20)["attendance"]
    frame = pl.DataFrame(rows).select("student_id", "date", "status")
    schema = polars_schema("attendance")
    whole = frame.with_columns(
        pl.col("date").str.to_date(), session=pl.lit("day"), void=pl.lit(0), known_on=pl.lit(None)
    ).with_columns(known_on="date", status=pl.when(pl.col("status") != "late").then("status"))
    return whole.select(pl.col(c).cast(t) for c, t in schema.items()).sort("date")


def test_row_groups_of_one_week_are_read_one_by_one(tmp_path: Path) -> None:
    """What is read of a file laid by weeks, nulls and strangers too, is what is read of its rows."""
    rows = _marks()
    monday = rows["date"].dt.truncate("1w")
    edges = [i for i in range(1, len(rows)) if monday[i] != monday[i - 1]]
    assert edges
    file = _laid(tmp_path / "laid.parquet", rows, edges)
    told = _parts(rows, file, tmp_path)
    for name, expected in _parts(rows, None, tmp_path).items():
        assert told[name].sort(told[name].columns).equals(expected.sort(expected.columns))


@pytest.mark.parametrize("cut", [[3], [10, 20]], ids=["across weeks", "weeks in turn"])
def test_a_file_not_laid_by_weeks_is_scattered(cut: list[int], tmp_path: Path) -> None:
    """Row groups that hold several weeks, or a week that comes twice, are not taken for parts."""
    rows = _marks()
    if len(cut) == 2:
        rows = pl.concat([rows.head(10), rows.tail(10), rows.head(20).tail(10)])
    file = _laid(tmp_path / "laid.parquet", rows, cut)
    told, expected = _parts(rows, file, tmp_path), _parts(rows, None, tmp_path)
    assert told.keys() == expected.keys()
    for name, one in expected.items():
        assert told[name].sort(one.columns).equals(one.sort(one.columns))


def test_a_file_without_figures_of_its_row_groups_is_scattered(tmp_path: Path) -> None:
    """Where a file does not say what its row groups hold, its rows are read as any others."""
    rows = _marks()
    file = tmp_path / "plain.parquet"
    rows.write_parquet(file, statistics=False)
    told, expected = _parts(rows, file, tmp_path), _parts(rows, None, tmp_path)
    assert told.keys() == expected.keys()
