"""How fast attendance is checked: a term of Parquet, a week of CSV. Prints seconds, CPU time, memory.

    python -m benchmarks.check [--rows 10000000] [--csv 1000000]
    python -m benchmarks.check --week 850000 [--weeks 1] [--keep DIR]

Pupils are written one after the other in date order for the first run and shuffled for the second.
``--week``: a week of daily marks of so many pupils as CSV (synthetic), a delta upon their registers, with
planted repetitions, contradictions, impossible days, unknown codes and pupils, and faulty results beside; as
UTF-8 with a byte-order mark, shuffled, and as GBK. Told are the check alone (with its report), what
``baoxue import --set-aside`` does before folding, and the parsing alone by polars and pyarrow. ``--weeks 5``
sends so many in one file, by pupil. Every run is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks import apart
from features.check.rules.identifiers import check_character

DAYS = 100
SCHOOL_SIZE = 600
#: A week's files: rows by pupil, in any order, and in the encoding of older programs.
WEEKS = ("utf8", "shuffled", "gbk")
#: Monday of the first week that is sent; the last Friday is the day of receipt.
MONDAY = np.datetime64("2026-03-02")
#: Share of the rows that each fault is planted in.
PLANTED = {"identical": 0.001, "contradiction": 0.0002, "date": 0.0005, "code": 0.0002,
           "orphan": 0.0005, "student_id": 0.0002}  # fmt: skip


def student_ids(count: int) -> pl.Series:
    """Well-formed 学籍号, each with its check character."""
    number = pl.Series(np.arange(count))
    area = (530100 + number // 100_000).cast(pl.String)
    born = (
        (pl.Series([date(2012, 9, 1)]).dt.offset_by("0d").to_physical()[0]) + (number // 900) % 300
    )
    serial = (number % 900 + 100).cast(pl.String)
    digits = area + born.cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d") + serial
    ids: pl.Series = "G" + digits + check_character(digits)
    return ids


def registers(pupils: int) -> dict[str, pl.DataFrame]:
    """Schools, classes, pupils and enrolments."""
    ids = student_ids(pupils)
    school = pl.Series(3145000000 + np.arange(pupils) // SCHOOL_SIZE).cast(pl.String)
    each = school.unique(maintain_order=True)
    return {
        "schools": pl.DataFrame({"school_id": each}).with_columns(
            name=pl.lit("学校"), stage=pl.lit("junior"), county_code=pl.lit("530102")
        ),
        "classes": pl.DataFrame({"school_id": each}).with_columns(
            class_id=pl.lit("0701"), school_year=pl.lit("2025"), grade=pl.lit("7")
        ),
        "students": pl.DataFrame({"student_id": ids}).with_columns(
            name=pl.lit("学生"), birth_date=pl.lit("2013-01-01")
        ),
        "enrolments": pl.DataFrame({"student_id": ids, "school_id": school}).with_columns(
            start_on=pl.lit("2025-09-01"), grade=pl.lit("7"), class_id=pl.lit("0701")
        ),
    }


def write(folder: Path, rows: int, fmt: str, *, shuffled: bool = False) -> None:
    """A county of ``rows`` attendance marks: schools, classes, pupils, enrolments, attendance."""
    rng = np.random.default_rng(7)
    pupils = max(rows // DAYS, 1)
    tables = registers(pupils)
    ids = tables["students"]["student_id"]
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
    tables["attendance"] = pl.DataFrame({
        "student_id": ids.gather(who), "date": pl.Series(first + day).cast(pl.Date),
        "session": pl.repeat("day", len(who), eager=True),
        "status": status.gather(rng.choice(4, len(who), p=[0.95, 0.03, 0.01, 0.01])),
        "known_on": pl.Series(known).cast(pl.Date),
    })  # fmt: skip
    for name, frame in tables.items():
        if fmt == "csv":
            frame.write_csv(folder / f"{name}.csv")
        else:
            frame.write_parquet(folder / f"{name}.parquet")
    (folder / "batch.toml").write_text('area = "bench"\nreceived_on = 2026-12-31\n')


def marks(pupils: int, weeks: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """Daily marks of so many weeks as a school writes them, and how many of each fault they hold."""
    rng = np.random.default_rng(11)
    days = (np.arange(weeks)[:, None] * 7 + np.arange(5)).ravel()
    rows = pupils * len(days)
    lots = np.split(rng.permutation(rows), np.cumsum([int(s * rows) for s in PLANTED.values()]))
    lot = dict(zip(PLANTED, lots, strict=False))
    strangers = len(lot["orphan"])
    who = np.repeat(np.arange(pupils), len(days))
    who[lot["orphan"]] = pupils + np.arange(strangers)
    status = rng.choice(4, rows, p=[0.95, 0.03, 0.01, 0.01])
    status[lot["code"]] = 4
    frame = pl.DataFrame({
        "学籍号": student_ids(pupils + strangers).gather(who),
        "日期": pl.Series(np.tile(MONDAY + days, pupils)).cast(pl.Date).cast(pl.String),
        "时段": pl.repeat("全天", rows, eager=True),
        "考勤状态": pl.Series(["出勤", "病假", "迟到", "旷课", "在逃"]).gather(status),
    })  # fmt: skip
    place = pl.int_range(pl.len())
    wrong = {
        "日期": (lot["date"], pl.lit("2026-02-30")),
        "学籍号": (lot["student_id"], pl.col("学籍号").str.head(18) + pl.lit("A")),
    }
    frame = frame.with_columns(
        pl.when(place.is_in(pl.lit(pl.Series(at)).implode())).then(said).otherwise(name).alias(name)
        for name, (at, said) in wrong.items()
    )
    other = frame[lot["contradiction"]].with_columns(
        pl.when(pl.col("考勤状态") == "事假").then(pl.lit("病假")).otherwise(pl.lit("事假")).alias("考勤状态")
    )  # fmt: skip
    planted = {name: len(at) for name, at in lot.items()}
    return pl.concat([frame, frame[lot["identical"]], other]), planted | {
        "contradiction": 2 * planted["contradiction"]
    }


def results(pupils: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """A test of every tenth pupil, and the faults in it."""
    ids = student_ids(pupils).gather_every(10)
    place = pl.Series(np.arange(len(ids)))
    score = (
        pl.when(place % 400 == 7).then(pl.lit("九十")).when(place % 400 == 9).then(pl.lit("101"))
    )
    frame = ids.alias("student_id").to_frame().with_columns(
        term=pl.lit("2025-2026-2"), exam=pl.lit("midterm"), subject=pl.lit("语文"),
        happened_on=pl.lit("2026-03-03"), score=score.otherwise(pl.lit("88")), full_score=pl.lit("100"),
    )  # fmt: skip
    planted = {
        "number": int((place % 400 == 7).sum()),
        "above_whole": int((place % 400 == 9).sum()),
    }
    return frame, planted


def prepare(room: Path, pupils: int, weeks: int) -> None:
    """``base`` and a ``home`` that has imported it, and a folder of CSV files for each of ``WEEKS``."""
    from features.facts import import_extract

    base = room / "base"
    base.mkdir(parents=True, exist_ok=True)
    for name, frame in registers(pupils).items():
        frame.write_parquet(base / f"{name}.parquet")
    said = 'area = "bench"\nattendance_mode = "full"\nreceived_on = {}\nmode = "{}"\n'
    (base / "batch.toml").write_text(said.format("2026-02-27", "full"), encoding="utf-8")
    import_extract(base, room / "home")
    frame, planted = marks(pupils, weeks)
    tested, wrong = results(pupils)
    for name in WEEKS if weeks == 1 else WEEKS[:1]:
        folder = room / name
        folder.mkdir()
        rows = frame.sample(fraction=1, shuffle=True, seed=3) if name == "shuffled" else frame
        for table, one in (("attendance", rows), ("grades", tested)):
            path = folder / f"{table}.csv"
            one.write_csv(path, include_bom=name != "gbk")
            if name == "gbk":
                path.write_bytes(path.read_bytes().decode().encode("gbk"))
        received = MONDAY + 7 * weeks - 3
        (folder / "batch.toml").write_text(said.format(received, "delta"), encoding="utf-8")
    (room / "planted.json").write_text(json.dumps(planted | wrong))


def week(room: Path, pupils: int, weeks: int = 1) -> Path:
    """The room, made once."""
    if not (room / "planted.json").exists():
        shutil.rmtree(room, ignore_errors=True)
        lines = "import sys; from pathlib import Path; from benchmarks.check import prepare;"
        lines += "prepare(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
        apart.run(["-c", lines, str(room), str(pupils), str(weeks)])
    return room


def one(room: Path, name: str, what: str) -> dict[str, Any]:
    """One of ``STEPS`` in a process of its own: seconds by the clock and of the processor, peak in MiB."""
    with tempfile.TemporaryDirectory(dir=room) as aside:
        home = Path(aside) / "home"
        shutil.copytree(room / "home", home, copy_function=os.link)
        command = ["-m", "benchmarks.check", "--step", what, str(room / name), str(home)]
        done = apart.run(command)
    return {**done.json(), "peak_mib": done.peak_mib}


def _check(folder: Path, home: Path) -> dict[str, Any]:
    """The check with what the area knows already, and its report; every planted fault must be told."""
    from features.check import check_extract

    base, keys = folder.parent / "base", {"students": "student_id", "schools": "school_id"}
    known = {t: pl.read_parquet(base / f"{t}.parquet")[key] for t, key in keys.items()}
    report = check_extract(folder, known=known).report
    report.to_text("zh", folder)
    counts = dict(report.counts)
    counts["identical"] = sum(tally.identical for tally in report.tallies)
    planted = json.loads((folder.parent / "planted.json").read_text())
    if counts != planted:
        raise SystemExit(f"planted {planted}, told {counts}")
    return {"rows": sum(tally.rows for tally in report.tallies), "told": sum(planted.values())}


def _accept(folder: Path, home: Path) -> dict[str, Any]:
    from features.facts.accept import accept

    return {"digest": accept(folder, home, set_aside=True).digest}


def _polars(folder: Path, home: Path) -> dict[str, Any]:
    encoding: Any = "utf8"
    for path in sorted(folder.glob("*.csv")):
        pl.read_csv(path, infer_schema=False, encoding=encoding)
    return {}


def _pyarrow(folder: Path, home: Path) -> dict[str, Any]:
    from pyarrow import csv, string

    for path in sorted(folder.glob("*.csv")):
        names = path.open(encoding="utf-8-sig").readline().strip().split(",")
        options = csv.ConvertOptions(column_types=dict.fromkeys(names, string()))
        csv.read_csv(path, convert_options=options)
    return {}


STEPS = {"check": _check, "accept": _accept, "polars": _polars, "pyarrow": _pyarrow}


def _step(what: str, folder: Path, home: Path) -> None:
    import features.check
    import features.facts.accept  # noqa: F401 - what importing costs is another bar

    told: list[dict[str, Any]] = []
    wall, cpu = apart.timed(lambda: told.append(STEPS[what](folder, home)))
    print(json.dumps({"wall": wall, "cpu": cpu, **told[0]}))


def _weekly(room: Path, pupils: int, weeks: int) -> None:
    week(room, pupils, weeks)
    size = (room / "utf8" / "attendance.csv").stat().st_size / 1e6
    print(f"{pupils:,} pupils (synthetic), {weeks} x 5 days of daily marks, {size:.0f} MB of CSV")
    for name in WEEKS if weeks == 1 else WEEKS[:1]:
        for what in STEPS if name == "utf8" else ("check", "accept"):
            told = one(room, name, what)
            more = f"  {told['rows']:,} rows, {told['told']:,} named" if "rows" in told else ""
            print(
                f"  {name:<9} {what:<8} {told['wall']:6.2f} s by the clock  {told['cpu']:6.2f} CPU-s"
                f"  peak {told['peak_mib']:6.0f} MiB{more}{'  ' + told.get('digest', '')[:12]}",
                flush=True,
            )


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


def _written_and_measured(rows: int, csv: int) -> None:
    runs = (
        ("parquet, by pupil", rows, "parquet", False),
        ("parquet, shuffled", rows, "parquet", True),
        ("csv, by pupil", csv, "csv", False),
        ("csv, shuffled", csv, "csv", True),
    )
    for name, many, fmt, shuffled in runs:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), many, fmt, shuffled=shuffled)
            print(name, flush=True)
            command = [sys.executable, "-m", "benchmarks.check", "--measure", folder]
            subprocess.run(command, check=True, cwd=apart.ROOT)


def main() -> None:
    """Write each extract, check it in a child process, print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--csv", type=int, default=1_000_000)
    parser.add_argument("--week", type=int, metavar="PUPILS", help="a week of daily marks as CSV")
    parser.add_argument("--weeks", type=int, default=1, help="with --week: so many in one file")
    parser.add_argument("--keep", type=Path, help="folder to prepare in and to find again")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
    elif given.step:
        _step(given.step[0], Path(given.step[1]), Path(given.step[2]))
    elif given.week:
        with tempfile.TemporaryDirectory() as aside:
            _weekly(given.keep or Path(aside), given.week, given.weeks)
    else:
        _written_and_measured(given.rows, given.csv)


if __name__ == "__main__":
    main()
