"""One week's CSV, checked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import apart, rooms
from benchmarks.bars import Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Seconds by the clock for a week's CSV files of the size, duplicates found and faulty rows named."""
    room = rooms.weekly(place)
    told = apart.run(["-m", __name__, str(room / "delta")]).json()
    return Figure(
        told["wall"], "s", None, told["limit"],
        "CPU-s: reading the same files as text",
        {k: told[k] for k in ("cpu", "rows", "bytes", "pandas_reading")},
    )  # fmt: skip


def _here(folder: Path) -> None:
    import pandas as pd
    import polars as pl

    from features.check import check_extract

    files = sorted(folder.glob("*.csv"))

    def obvious() -> None:
        for path in files:
            pd.read_csv(path, dtype=str).duplicated()

    limit = apart.least(lambda: [pl.read_csv(p, infer_schema=False) for p in files])
    found = []
    wall, cpu = apart.timed(lambda: found.append(check_extract(folder)))
    rows = sum(tally.rows for tally in found[0].report.tallies)
    told = {"wall": wall, "cpu": cpu, "limit": limit, "rows": rows}
    size = sum(p.stat().st_size for p in files)
    print(json.dumps(told | {"bytes": size, "pandas_reading": apart.least(obvious)}))


BAR = Bar(
    "check",
    "检查一周的CSV",
    "one week's CSV, checked",
    "",
    (Bound("value", "most", {"tenth": 5, "city": 5}),),
    measure,
)

if __name__ == "__main__":
    _here(Path(sys.argv[1]))
