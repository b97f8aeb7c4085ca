"""One week's CSV, checked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import apart, check, rooms
from benchmarks.bars import Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Seconds by the clock for a week's CSV files of the size, duplicates found and faulty rows named.

    For a city the value is of daily marks, a row a pupil and day with planted faults, the worst that arrives;
    the week of exceptions stands beside it. Elsewhere it is of the week of exceptions.
    """
    room = rooms.weekly(place)
    told = apart.run(["-m", __name__, str(room / "delta")]).json()
    more = {k: told[k] for k in ("cpu", "rows", "bytes", "pandas_reading")}
    wall, limit = told["wall"], told["limit"]
    if place.size == "city":
        more = {"exceptions_wall": wall, **{f"exceptions_{k}": v for k, v in more.items()}}
        more |= _daily(place)
        wall, limit = more.pop("wall"), more.pop("limit")
    return Figure(wall, "s", None, limit, "CPU-s: reading the same files as text", more)


def _daily(place: Place) -> dict[str, float]:
    """A week of daily marks: checked (every planted fault must be told), accepted, and as GBK."""
    room = check.week(place.room / f"{place.size}-week", place.pupils)
    told = check.one(room, "utf8", "check")
    accepted, old = check.one(room, "utf8", "accept"), check.one(room, "gbk", "check")
    return {
        **{k: told[k] for k in ("wall", "cpu", "rows", "told", "peak_mib")},
        "accept_wall": accepted["wall"], "accept_cpu": accepted["cpu"],
        "accept_peak_mib": accepted["peak_mib"], "gbk_wall": old["wall"], "gbk_cpu": old["cpu"],
        "limit": check.one(room, "utf8", "polars")["cpu"],
    }  # fmt: skip


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
