"""How fast attendance is checked: 10 M rows of Parquet, 1 M rows of CSV. Prints rows/s, CPU time, memory.

    python benchmarks/check.py [--rows 10000000] [--csv 1000000] [--keep DIR]

Pupils are written one after the other in date order for the first run and shuffled for the second.
Each run is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from features.check.rules.identifiers import check_character

DAYS = 100
SCHOOL_SIZE = 600


def student_ids(count: int) -> pl.Series:
    """Well-formed 学籍号, each with its check character."""
    number = pl.Series(np.arange(count))
    area = (530100 + number // 100_000).cast(pl.String)
    born = (
        (pl.Series([date(2012, 9, 1)]).dt.offset_by("0d").to_physical()[0]) + (number // 900) % 300
    )
    serial = (number % 900 + 100).cast(pl.String)
    digits = area + born.cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d") + serial
    return "G" + digits + check_character(digits)


def write(folder: Path, rows: int, fmt: str, *, shuffled: bool = False) -> None:
    """A county of ``rows`` attendance marks: schools, classes, pupils, enrolments, attendance."""
    rng = np.random.default_rng(7)
    pupils = max(rows // DAYS, 1)
    ids = student_ids(pupils)
    school = pl.Series(3145000000 + np.arange(pupils) // SCHOOL_SIZE).cast(pl.String)
    first = np.datetime64("2026-03-02")
    who, day = np.repeat(np.arange(pupils), DAYS), np.tile(np.arange(DAYS), pupils)
    if shuffled:
        order = rng.permutation(len(who))
        who, day = who[order], day[order]
    status = pl.Series(["present", "sick", "late", "unexplained"])
    known = first + day + (rng.random(len(day)) < 0.03) * 3
    # half a percent is corrected ten days later: the same key again
    again = rng.choice(len(who), len(who) // 200, replace=False)
    who, day = np.append(who, who[again]), np.append(day, day[again])
    known = np.append(known, known[again] + 10)
    tables = {
        "schools": pl.DataFrame({"school_id": school.unique()}).with_columns(
            name=pl.lit("学校"), stage=pl.lit("junior"), county_code=pl.lit("530102")
        ),
        "classes": pl.DataFrame({"school_id": school.unique()}).with_columns(
            class_id=pl.lit("0701"), school_year=pl.lit("2025"), grade=pl.lit("7")
        ),
        "students": pl.DataFrame({"student_id": ids}).with_columns(
            name=pl.lit("学生"), birth_date=pl.lit("2013-01-01")
        ),
        "enrolments": pl.DataFrame({"student_id": ids, "school_id": school}).with_columns(
            start_on=pl.lit("2025-09-01"), grade=pl.lit("7"), class_id=pl.lit("0701")
        ),
        "attendance": pl.DataFrame({
            "student_id": ids.gather(who), "date": pl.Series(first + day).cast(pl.Date),
            "session": pl.repeat("day", len(who), eager=True),
            "status": status.gather(rng.choice(4, len(who), p=[0.95, 0.03, 0.01, 0.01])),
            "known_on": pl.Series(known).cast(pl.Date),
        }),
    }  # fmt: skip
    for name, frame in tables.items():
        if fmt == "csv":
            frame.write_csv(folder / f"{name}.csv")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    (folder / "batch.toml").write_text('area = "bench"\nreceived_on = 2026-12-31\n')


def measure(folder: Path) -> None:
    """Check once and print seconds, rows/s and this process's peak memory."""
    from features.check import check_extract

    start, begun = time.perf_counter(), time.process_time()
    checked = check_extract(folder)
    seconds, cpu = time.perf_counter() - start, time.process_time() - begun
    rows = sum(tally.rows for tally in checked.report.tallies if tally.table == "attendance")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"  {rows:>12,} rows  {seconds:6.2f} s ({cpu:.2f} CPU-s)  {rows / seconds:>12,.0f} rows/s"
        f"  peak {peak:.2f} GB  faults {sum(checked.report.counts.values())}"
    )


def main() -> None:
    """Write each extract, check it in a child process, print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--csv", type=int, default=1_000_000)
    parser.add_argument("--measure", type=Path)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure)
        return
    runs = (
        ("parquet, by pupil", arguments.rows, "parquet", False),
        ("parquet, shuffled", arguments.rows, "parquet", True),
        ("csv, by pupil", arguments.csv, "csv", False),
        ("csv, shuffled", arguments.csv, "csv", True),
    )
    for name, rows, fmt, shuffled in runs:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), rows, fmt, shuffled=shuffled)
            print(name, flush=True)
            subprocess.run([sys.executable, __file__, "--measure", folder], check=True)


if __name__ == "__main__":
    main()
