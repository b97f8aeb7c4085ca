"""A whole term sent (again): from the folder that arrived to the folded store, in rows by day or in no order.

    python -m benchmarks.term [--pupils 85000] [--lists] [--shuffled] [--again] [--keep DIR] [--json]

Synthetic: 100 school days with a mark a pupil and day (3 % a week late, .5 % corrected) and 24 results a
pupil, as ``benchmarks.fold`` writes them. Each step is a process of its own, as ``baoxue import DIR`` and
the first run after it are: check and accept (duplicates and faults named, content named, rows stored), then
fold. ``check`` alone is measured as ``baoxue check`` runs it. ``--lists`` also sends it end to end, as one
``baoxue weekly DIR`` in an empty home: checked, folded, everyone scored, lists published. ``--shuffled`` also
sends the same marks in no order at all, and says whether the stores are equal to the byte; ``--again`` also
sends them once more upon the store they made, received a week later.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import apart, fold

WEEKS = 20
#: Of the machine's memory, what the obvious way may take.
FITS = 0.85
#: Steps of a sending, in order.
STEPS = ("accept", "fold")


def write(room: Path, pupils: int) -> None:
    """The extracts ``history``, ``shuffled`` and ``again`` under ``room/extracts``, once."""
    if (room / "extracts").exists():
        return
    aside = room / "writing"
    shutil.rmtree(aside, ignore_errors=True)
    city = fold.City(pupils, WEEKS)
    fold.write(aside, city)
    later = city.received(WEEKS - 1) + timedelta(days=7)
    shutil.copytree(aside / "extracts" / "history", aside / "extracts" / "again")
    fold.described(aside / "extracts" / "again", later, "full")
    (aside / "extracts").rename(room / "extracts")
    shutil.rmtree(aside)


def here(step: str, folder: Path, home: Path) -> dict[str, Any]:
    """One step in this process; says where the store lies and how many rows there were."""
    if step == "check":
        from features.check import check_extract

        report = check_extract(folder).report
        return {"rows": sum(tally.rows for tally in report.tallies), "faults": report.exit_code}
    if step == "accept":
        from features.facts import import_extract

        return {"digest": import_extract(folder, home).digest}
    if step == "fold":
        from features.facts import open_facts

        return {"folder": str(open_facts([folder], home).folder)}
    if step == "pandas":
        import resource

        import pandas as pd
        import psutil

        # where it does not fit it says so, instead of taking the machine along
        most = int(FITS * psutil.virtual_memory().total)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        marks = pd.read_parquet(folder / "attendance.parquet")
        marks = marks.drop_duplicates().sort_values(["student_id", "date", "known_on"])
        marks["until"] = marks.groupby(["student_id", "date", "session"])["known_on"].shift(-1)
        marks.to_parquet(home / "pandas.parquet", compression="zstd")
        return {}
    raise SystemExit(f"no step {step}")


def step(name: str, folder: Path, home: Path) -> dict[str, Any]:
    """A step in a process of its own: what it says, seconds by the clock and of the processor, peak."""
    home.mkdir(parents=True, exist_ok=True)
    apart.settle()
    # one process: its own highest mark tells the peak, and nobody slows it by looking
    done = apart.run(["-m", "benchmarks.term", "--here", name, str(folder), str(home)], look=False)
    said: dict[str, Any] = done.json()
    return said | {"wall": done.wall, "cpu": done.cpu, "peak_mib": done.peak_mib}


def sent(folder: Path, home: Path) -> dict[str, Any]:
    """A folder imported and folded: its steps, and ``total`` of them."""
    steps = {name: step(name, folder, home) for name in STEPS}
    total = {unit: sum(steps[name][unit] for name in STEPS) for unit in ("wall", "cpu")}
    return steps | {"total": total | {"peak_mib": max(s["peak_mib"] for s in steps.values())}}


def end_to_end(folder: Path, home: Path) -> dict[str, Any]:
    """A term sent for the first time and its lists published, in one command; the model is that of a week.

    Timed once while nobody looks, and once more, in another home, for what all processes held together.
    """
    told = _listed(folder, home / "timed", look=False)
    return told | {"peak_mib": _listed(folder, home / "looked-at", look=True)["peak_mib"]}


def _listed(folder: Path, home: Path, *, look: bool) -> dict[str, Any]:
    from benchmarks import city
    from features.batch import Batch

    city.champion(home, folder)
    day = str(Batch.read(folder).received_on)
    command = ["-m", "baoxue", "weekly", str(folder), "--as-of", day]
    apart.settle()
    told = {"BAOXUE_HOME": str(home), "BAOXUE_LANG": "en"}
    done = apart.run([*command, "--workers", "2"], look=look, **told)
    shutil.rmtree(home)
    return {"wall": done.wall, "cpu": done.cpu, "peak_mib": done.peak_mib}


def measured(
    room: Path, home: Path, *, lists: bool = False, shuffled: bool = False, again: bool = False
) -> dict[str, Any]:
    """Everything asked for, in an empty ``home``."""
    extracts = room / "extracts"
    told: dict[str, Any] = {"history": sent(extracts / "history", home / "sorted")}
    told["history"]["check"] = step("check", extracts / "history", home / "checked")
    if lists:
        told["history"]["lists"] = end_to_end(extracts / "history", home / "lists")
    if shuffled:
        told["shuffled"] = sent(extracts / "shuffled", home / "shuffled")
        one, other = (told[name]["fold"]["folder"] for name in ("history", "shuffled"))
        told["equal"] = fold.hashes(one) == fold.hashes(other)
        for unit in ("wall", "cpu"):
            sizes = (told[name]["total"][unit] for name in ("shuffled", "history"))
            told[f"shuffled_over_sorted_{unit}"] = next(sizes) / next(sizes)
    if again:
        told["again"] = sent(extracts / "again", home / "sorted")
    return told


def report(told: dict[str, Any]) -> None:
    """Print what was measured, a line a step."""
    for name in ("history", "shuffled", "again"):
        for what, said in told.get(name, {}).items():
            print(
                f"{name:<10}{what:<8}{said['wall']:8.1f} s {said['cpu']:8.1f} CPU-s"
                f"  peak {said['peak_mib']:6.0f} MiB"
            )
    if "equal" in told:
        ratios = [told[f"shuffled_over_sorted_{unit}"] for unit in ("wall", "cpu")]
        print(f"shuffled / sorted: {ratios[0]:.2f} of seconds, {ratios[1]:.2f} of CPU-s")
        print(f"stores equal to the byte: {told['equal']}")


def main() -> None:
    """Write the extracts, send them, print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pupils", type=int, default=85_000)
    parser.add_argument("--lists", action="store_true")
    parser.add_argument("--shuffled", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder for the extracts, kept and used again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--here", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        name, folder, home = given.here
        print(json.dumps(here(name, Path(folder), Path(home))))
        return
    if given.write:
        write(given.write, given.pupils)
        return
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.keep) as scratch:
        room = given.keep or Path(scratch)
        apart.run(["-m", "benchmarks.term", "--pupils", str(given.pupils), "--write", str(room)])
        asked = {"lists": given.lists, "shuffled": given.shuffled, "again": given.again}
        told = measured(room, Path(scratch) / "home", **asked)
    if given.json:
        print(json.dumps({"pupils": given.pupils, **told}))
        return
    rows = told["history"]["check"]["rows"]
    print(f"synthetic: {given.pupils:,} pupils, {rows:,} rows", file=sys.stdout)
    report(told)


if __name__ == "__main__":
    main()
