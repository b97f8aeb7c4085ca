"""What a week costs a store of facts: a history folded, then one weekly delta laid upon it (synthetic).

    python -m benchmarks.fold [--pupils 85000] [--weeks 20] [--keep DIR]

Every pupil has a mark a school day and 24 results; 3 % of the marks come a week late, .5 % are corrected ten
days later, .5 % of the last results are corrected in the delta. Each step is a process of its own, so that its
peak memory is its own: the history folded (rows by day, and shuffled), the delta laid upon it, and both folded
anew in an empty home. Says whether the grown and the rebuilt store are equal to the byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from benchmarks import apart
from benchmarks.check import student_ids

FIRST = date(2026, 3, 2)
STATUSES = pl.Series(["present", "sick", "late", "unexplained"])
SHARES = (0.95, 0.03, 0.01, 0.01)
LATE, CORRECTED = 0.03, 0.005
LATE_DAYS, CORRECTED_DAYS = 7, 10
SUBJECTS, CLASS, SCHOOL = 8, 45, 1200
EXAMS = (("2025-2026-1", "midterm"), ("2025-2026-1", "final"), ("2025-2026-2", "midterm"))
#: Rows in a row group of an extract, as accepted extracts have them.
GROUP = 262_144

Columns = dict[str, Any]


class City:
    """Who there is, and the rows of its tables week by week."""

    def __init__(self, pupils: int, weeks: int) -> None:
        self.rng = np.random.default_rng(7)
        self.pupils, self.weeks = pupils, weeks
        self.ids = student_ids(pupils)
        classes = np.arange(pupils) // CLASS
        self.school = pl.Series(3145000000 + np.arange(pupils) // SCHOOL).cast(pl.String)
        self.class_id = pl.Series(classes % 100 + 100).cast(pl.String)

    def received(self, week: int) -> date:
        """Friday of a week."""
        return FIRST + timedelta(days=7 * week + 4)

    def marks(self, week: int) -> Columns:
        """Who, day, status and day of knowing of one week's marks, corrections among them."""
        who = np.tile(np.arange(self.pupils, dtype=np.uint32), 5)
        first = np.datetime64(FIRST) + 7 * week
        day = np.repeat(first + np.arange(5), self.pupils)
        known = day + LATE_DAYS * (self.rng.random(len(day)) < LATE)
        status = self.rng.choice(4, len(who), p=SHARES).astype(np.uint8)
        again = np.flatnonzero(self.rng.random(len(who)) < CORRECTED)
        fixed = (status[again] + 1 + self.rng.integers(0, 3, len(again))) % 4
        return {
            "who": np.append(who, who[again]),
            "day": np.append(day, day[again]),
            "known": np.append(known, known[again] + CORRECTED_DAYS),
            "status": np.append(status, fixed.astype(np.uint8)),
        }

    def attendance(self, rows: Columns) -> pl.DataFrame:
        """The contract's rows."""
        return pl.DataFrame({
            "student_id": self.ids.gather(rows["who"]),
            "date": pl.Series(rows["day"]).cast(pl.Date),
            "session": pl.repeat("day", len(rows["who"]), eager=True),
            "status": STATUSES.gather(rows["status"]),
            "known_on": pl.Series(rows["known"]).cast(pl.Date),
        }).with_columns(void=pl.lit(0, pl.Int8))  # fmt: skip

    def roll_calls(self, week: int) -> pl.DataFrame:
        """Every class's attendance taken on every day of a week."""
        rooms = pl.DataFrame({"school_id": self.school, "class_id": self.class_id}).unique(
            maintain_order=True
        )
        days = pl.DataFrame({"date": [FIRST + timedelta(days=7 * week + n) for n in range(5)]})
        return days.join(rooms, how="cross").select(
            "school_id", "class_id", "date", session=pl.lit("day"), expected=pl.lit(CLASS, pl.Int32),
            present=pl.lit(CLASS - 2, pl.Int32), known_on="date", void=pl.lit(0, pl.Int8),
        )  # fmt: skip

    def grades(self, exam: int, *, known: date, corrected: bool = False) -> pl.DataFrame:
        """The results of one exam, or what was corrected of them."""
        term, kind = EXAMS[exam]
        rng = np.random.default_rng(exam)
        who = np.repeat(np.arange(self.pupils), SUBJECTS)
        score = np.round(rng.normal(75, 12, len(who)).clip(0, 100), 1)
        rows = pl.DataFrame({
            "student_id": self.ids.gather(who),
            "subject": pl.Series([f"学科{n}" for n in range(SUBJECTS)]).gather(
                np.tile(np.arange(SUBJECTS), self.pupils)
            ),
            "score": score + corrected,
        })  # fmt: skip
        happened = FIRST - timedelta(days=60 * (2 - exam) + 10)
        rows = rows.select(
            "student_id", term=pl.lit(term), exam=pl.lit(kind), subject="subject",
            happened_on=pl.lit(happened), score="score", full_score=pl.lit(100.0),
            level=pl.lit(None, pl.String), due_on=pl.lit(None, pl.Date), known_on=pl.lit(known),
            void=pl.lit(0, pl.Int8),
        )  # fmt: skip
        return rows.filter(pl.Series(rng.random(len(who)) < CORRECTED)) if corrected else rows

    def people(self) -> dict[str, pl.DataFrame]:
        """Schools, classes, pupils, enrolments and the calendar."""
        from features.tables import polars_schema

        seats = pl.DataFrame({"school_id": self.school, "class_id": self.class_id})
        seats = seats.with_columns(student_id=self.ids, grade=pl.lit("7"))
        schools = seats.select("school_id").unique(maintain_order=True)
        rooms = seats.select("school_id", "class_id", "grade").unique(maintain_order=True)
        days = [FIRST + timedelta(days=n) for n in range(7 * self.weeks + 7)]
        term = {"term": "2025-2026-2", "is_school_day": 1}
        begun = {"start_on": date(2025, 9, 1), "known_on": date(2025, 9, 1), "void": 0}
        given = {
            "schools": schools.with_columns(
                name=pl.lit("学校"), stage=pl.lit("junior"), county_code=pl.lit("990102")
            ),
            "classes": rooms.with_columns(school_year=pl.lit("2025")),
            "students": seats.select(
                "student_id", name=pl.lit("学生"), birth_date=pl.lit(date(2013, 1, 1))
            ),
            "enrolments": seats.with_columns(**{k: pl.lit(v) for k, v in begun.items()}),
            "calendar": pl.DataFrame([{"date": d} | term for d in days if d.weekday() < 5]),
        }
        return {
            name: rows.select(
                pl.col(c).cast(t) if c in rows.columns else pl.lit(None, t).alias(c)
                for c, t in polars_schema(name).items()
            )
            for name, rows in given.items()
        }


class Writer:
    """Rows appended to one Parquet file, in row groups of one size."""

    def __init__(self, path: Path) -> None:
        self.path, self.left = path, pl.DataFrame()
        self.file: pq.ParquetWriter | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Append; what does not fill a row group waits."""
        self.left = pl.concat([self.left, rows]) if len(self.left) else rows
        full = len(self.left) // GROUP * GROUP
        self._write(self.left.head(full))
        self.left = self.left.slice(full)

    def _write(self, rows: pl.DataFrame) -> None:
        if len(rows):
            table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
            self.file = self.file or pq.ParquetWriter(self.path, table.schema, compression="zstd")
            self.file.write_table(table, row_group_size=GROUP)

    def close(self) -> None:
        """Write what waited."""
        self._write(self.left)
        if self.file:
            self.file.close()


def _shuffled(path: Path, pieces: int) -> Iterator[pl.DataFrame]:
    """The rows of a file in no order at all, a piece at a time: scattered first, then each piece mixed."""
    rng = np.random.default_rng(11)
    with tempfile.TemporaryDirectory(dir=path.parent) as room:
        for n, batch in enumerate(pq.ParquetFile(path).iter_batches(4_000_000)):
            rows = pl.from_arrow(batch)
            assert isinstance(rows, pl.DataFrame)
            parts = rows.with_columns(_to=pl.Series(rng.integers(0, pieces, len(rows))))
            for (to,), part in parts.partition_by("_to", as_dict=True, include_key=False).items():
                part.write_ipc(f"{room}/{to}.{n}.arrow")
        for to in range(pieces):
            yield pl.read_ipc(f"{room}/{to}.*.arrow").sample(fraction=1, shuffle=True, seed=to)


def described(folder: Path, received: date, mode: str) -> None:
    """Write what the extract says about itself."""
    (folder / "batch.toml").write_text(
        f'area = "city"\nreceived_on = {received}\nmode = "{mode}"\nsynthetic = true\n'
    )


def write(room: Path, city: City) -> None:
    """The extracts history, shuffled (the same history in no order) and delta."""
    last = city.received(city.weeks - 1)
    folders = {name: room / "extracts" / name for name in ("history", "shuffled", "delta")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    written = {
        (name, table): Writer(folders[name] / f"{table}.parquet")
        for name in ("history", "delta")
        for table in ("attendance", "roll_calls", "grades")
    }
    for week in range(city.weeks + 1):
        rows = city.attendance(city.marks(week))
        until = pl.col("known_on") <= last
        came = pl.col("known_on") <= city.received(city.weeks)
        written["history", "attendance"].add(rows.filter(until))
        written["delta", "attendance"].add(rows.filter(~until & came))
        to = "delta" if week == city.weeks else "history"
        written[to, "roll_calls"].add(city.roll_calls(week))
    for exam in range(len(EXAMS)):
        written["history", "grades"].add(city.grades(exam, known=FIRST))
    new = city.grades(2, known=last + timedelta(days=7), corrected=True)
    written["delta", "grades"].add(new)
    for writer in written.values():
        writer.close()
    for name, people in city.people().items():
        people.write_parquet(folders["history"] / f"{name}.parquet")
    described(folders["history"], last, "full")
    described(folders["delta"], last + timedelta(days=7), "delta")
    shutil.copytree(folders["history"], folders["shuffled"], dirs_exist_ok=True)
    mixed = Writer(folders["shuffled"] / "attendance.parquet")
    for piece in _shuffled(folders["history"] / "attendance.parquet", city.weeks):
        mixed.add(piece)
    mixed.close()


def measure(room: Path, home: str, names: list[str]) -> None:
    """Open a chain of extracts once and print seconds and processor seconds as JSON."""
    from features.facts.accept import stored
    from features.facts.store import open_chain

    place = room / home
    place.mkdir(exist_ok=True)
    if not (place / "extracts").exists():
        (place / "extracts").symlink_to(room / "extracts")
    extracts = [stored(place, name) for name in names]
    start, begun = time.perf_counter(), os.times()
    facts = open_chain(extracts, place)
    seconds, ended = time.perf_counter() - start, os.times()
    cpu = ended.user + ended.system - begun.user - begun.system
    said = {"seconds": seconds, "cpu": cpu, "folder": str(facts.folder)}
    print(json.dumps(said), flush=True)


def run(room: Path, home: str, *names: str) -> dict[str, Any]:
    """Open a chain of the room's extracts in a process of its own: its figures, peak and the store's folder."""
    done = apart.run(["-m", "benchmarks.fold", "--measure", str(room.resolve()), home, *names])
    said: dict[str, Any] = done.json()
    return said | {"peak_mib": done.peak_mib}


def hashes(folder: str) -> dict[str, str]:
    """SHA-256 of every file of a store."""
    found = {}
    for path in sorted(p for p in Path(folder).rglob("*.parquet")):
        with path.open("rb") as file:
            name = str(path.relative_to(folder))
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _size(folder: str) -> float:
    return sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file()) / 1e9


def _line(name: str, said: dict[str, Any], than: dict[str, Any]) -> None:
    print(
        f"{name:<34}{said['seconds']:8.2f} s {said['cpu']:8.2f} CPU-s  peak {said['peak_mib']:,.0f} MiB"
        f"  x{said['seconds'] / than['seconds']:.2f}",
        flush=True,
    )


def report(room: Path, pupils: int, weeks: int) -> None:
    """Print every step beside the first fold."""
    rows = pq.ParquetFile(room / "extracts/history/attendance.parquet").metadata.num_rows
    more = pq.ParquetFile(room / "extracts/delta/attendance.parquet").metadata.num_rows
    print(
        f"synthetic: {pupils:,} pupils, {weeks} weeks; {rows:,} marks, then {more:,}; "
        f"{os.cpu_count()} cores"
    )
    first = run(room, "grown", "history")
    _line("history folded, by day", first, first)
    shuffled = run(room, "mixed", "shuffled")
    _line("history folded, shuffled", shuffled, first)
    week = run(room, "grown", "history", "delta")
    _line("one week laid upon it", week, first)
    rebuilt = run(room, "anew", "history", "delta")
    _line("both folded anew", rebuilt, first)
    for name, one, other in (
        ("one week / folded anew", week, rebuilt),
        ("shuffled / by day", shuffled, first),
    ):
        ratios = [one[unit] / other[unit] for unit in ("seconds", "cpu")]
        print(f"{name:<34}{ratios[0]:8.2f} of seconds, {ratios[1]:.2f} of CPU-s", flush=True)
    same = hashes(week["folder"]) == hashes(rebuilt["folder"])
    mixed = hashes(shuffled["folder"]) == hashes(first["folder"])
    print(f"grown and rebuilt equal to the byte: {same}; shuffled and by day: {mixed}")
    before = hashes(first["folder"])
    kept = sum(before.get(name) == digest for name, digest in hashes(week["folder"]).items())
    print(f"files {len(before)}, of which linked {kept}; store {_size(first['folder']):.2f} GB")


def main() -> None:
    """Write the extracts, open them in child processes, print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, default=85_000)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="folder for the extracts, kept and used again")
    parser.add_argument("--measure", nargs="+")
    arguments = parser.parse_args()
    if arguments.measure:
        room, home, *names = arguments.measure
        measure(Path(room), home, names)
        return
    with tempfile.TemporaryDirectory() as scratch:
        room = arguments.keep or Path(scratch)
        if not (room / "extracts").exists():
            write(room, City(arguments.pupils, arguments.weeks))
        for home in ("grown", "mixed", "anew"):
            shutil.rmtree(room / home / "facts", ignore_errors=True)
        report(room, arguments.pupils, arguments.weeks)


if __name__ == "__main__":
    main()
