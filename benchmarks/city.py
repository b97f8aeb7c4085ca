"""A city's week, end to end: what arrived is checked and folded, everyone scored, lists published.

    python -m benchmarks.city [--pupils 85000] [--keep DIR] [--json]

Synthetic: a city of about 100 school days whose history lies folded in the store, and the last week as a
delta of CSV files (what became known in it: marks, roll calls, results, registrations). The model is that of
``benchmarks.shape``: 400 trees of 15 leaves and depth 5 over 60 indicators, grown on invented rows: its lists
mean nothing.
Timed is one ``baoxue weekly DELTA --as-of DAY`` apart, with its stages; the most memory that it and its workers
held together is of another one, since to look costs time (of a province both are of one). Before, not counted,
the county is written and its history imported.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks import apart, shape

if TYPE_CHECKING:
    from features.catalogue import Catalogue
    from training.bundle import Bundle

LAST, WEEKS = date(2026, 6, 12), 25
#: More pupils are not drawn twice, once for the time and once for the memory.
MOST_TWICE = 1_000_000


def written(room: Path, pupils: int) -> tuple[Path, Path]:
    """The history up to the week before the last day, and the last week as a delta of CSV files."""
    from features.synthetic.county import County, write_county

    whole, history, delta = (room / name for name in ("whole", "history", "delta"))
    if not whole.is_dir():
        county = County(pupils, weeks=WEEKS, last_day=LAST, profile="city")
        write_county(room / "writing", county)
        (room / "writing").rename(whole)
    if not delta.is_dir():
        for folder in (history, delta):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        _split(whole, history, delta)
    return history, delta


def _split(whole: Path, history: Path, delta: Path) -> None:
    edge = LAST - timedelta(days=7)
    for path in sorted(whole.glob("*.parquet")):
        rows = pl.scan_parquet(path)
        if "known_on" not in rows.collect_schema():
            shutil.copyfile(path, history / path.name)
            continue
        known = pl.coalesce("known_on", *_own_day(path.stem))
        rows.filter(known <= edge).sink_parquet(history / path.name)
        fresh = rows.filter(known > edge).collect()
        if len(fresh):
            fresh.write_csv(delta / f"{path.stem}.csv", include_bom=True)
    said = (whole / "batch.toml").read_text(encoding="utf-8")
    lines = [line for line in said.splitlines() if not line.startswith(("received_on", "mode"))]
    for folder, mode, received in ((history, "full", edge), (delta, "delta", LAST)):
        head = [f'mode = "{mode}"', f"received_on = {received.isoformat()}"]
        (folder / "batch.toml").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


def _own_day(table: str) -> list[str]:
    from features.tables import TABLES

    clock = TABLES[table].clock
    return [clock] if clock else []


def bundle(catalogue: Catalogue) -> Bundle:
    """The model of ``benchmarks.shape`` as a bundle, its columns worded by the catalogue."""
    from training.bundle import Bundle, Calibration
    from training.bundle.format import BOOSTER
    from training.bundle.manifest import Cuts, Manifest
    from training.rows import columns_of

    columns = {column.name: column for column in columns_of(catalogue)}
    manifest = Manifest(
        kind="model", name="dropout-risk", columns=tuple(columns[name] for name in shape.NAMES),
        fingerprint=catalogue.fingerprint, calibration=Calibration("identity"),
        cuts=Cuts("probability", 0.2, 0.1), base_rate=0.03, horizon_weeks=8,
        trained_until=(LAST - timedelta(days=7)).isoformat(), synthetic=True, checks={"gates": []},
    )  # fmt: skip
    return Bundle.of(manifest, {BOOSTER: shape.model()})


def champion(home: Path, folder: Path) -> None:
    """That model made the champion of ``home``, for an extract's catalogue: both sides of a comparison ask the
    same one."""
    from features.batch import Batch
    from features.catalogue import load
    from training.bundle.registry import bundle_folder
    from training.promote import promote

    bundle(load(Batch.read(folder).attributes)).write(bundle_folder(home, "dropout-risk", 1))
    promote(home, "dropout-risk", 1)


def prepared(room: Path, pupils: int) -> tuple[Path, Path]:
    """A home with the history imported and folded and a champion, and the week that is to come."""
    from features.facts import import_extract, open_facts

    history, delta = written(room, pupils)
    home = room / "home"
    if not (home / "champion").is_dir():
        shutil.rmtree(home, ignore_errors=True)
        import_extract(history, home)
        open_facts([history], home)
        champion(home, history)
    return home, delta


def week(home: Path, delta: Path, *, look: bool = True) -> dict[str, Any]:
    """One weekly run in a process of its own: seconds by the clock and of the processor, the most MiB that it
    and its workers held together (see ``apart.run``)."""
    command = [
        "-m",
        "baoxue",
        "weekly",
        str(delta.resolve()),
        "--as-of",
        LAST.isoformat(),
        "--workers",
        "2",
    ]
    done = apart.run(command, look=look, BAOXUE_HOME=str(home.resolve()), BAOXUE_LANG="en")
    stages = [line.strip() for line in done.out.splitlines() if line.startswith("  ")]
    return {"wall": done.wall, "cpu": done.cpu, "peak_mib": done.peak_mib, "stages": stages}


def _on_a_copy(room: Path, *, look: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=room) as aside:
        home = Path(aside) / "home"
        shutil.copytree(room / "home", home, symlinks=True)
        apart.settle()
        return week(home, room / "delta", look=look)


def run(pupils: int, room: Path) -> dict[str, Any]:
    """Prepare apart, so that this process' peak is not the run's, then the week on a copy of the home: once
    timed, once looked at."""
    again = [sys.executable, "-m", "benchmarks.city", "--pupils", str(pupils), "--keep", str(room)]
    subprocess.run([*again, "--prepare"], check=True)
    told = _on_a_copy(room, look=pupils > MOST_TWICE)
    if pupils <= MOST_TWICE:
        told["peak_mib"] = _on_a_copy(room, look=True)["peak_mib"]
    rows = {
        p.stem: sum(1 for _ in p.open("rb")) - 1 for p in sorted((room / "delta").glob("*.csv"))
    }
    return {"pupils": pupils, "delta_rows": rows, **told}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", type=int, default=85_000)
    parser.add_argument("--keep", type=Path, help="folder to prepare in and to find again")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.prepare:
        prepared(given.keep, given.pupils)
        return
    with tempfile.TemporaryDirectory() as aside:
        told = run(given.pupils, given.keep or Path(aside))
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
        return
    print(f"{told['pupils']:,} pupils (synthetic), the week's rows: {told['delta_rows']}")
    for line in told["stages"]:
        print(f"  {line}")
    print(
        f"{told['wall']:.1f} s by the clock, {told['cpu']:.1f} s of processor, peak {told['peak_mib']:.0f} MiB"
    )


if __name__ == "__main__":
    main()
