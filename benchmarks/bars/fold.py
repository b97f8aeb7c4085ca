"""One week laid upon a store, against folding everything anew; and rows in no order at all."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks import apart, fold
from benchmarks.bars import SIZES, Bar, Bound, Figure, Place

WEEKS = 20


def measure(place: Place) -> Figure:
    """Processor seconds of one week; ``equal`` is 1 where the grown and the rebuilt store are, to the byte.

    Each step is a process of its own; extracts are kept from run to run, stores are not. Full marks, a row a
    pupil and day: the worst that arrives.
    """
    room = place.room / f"{place.size}-fold"
    if not (room / "extracts").exists():
        lines = (
            "import sys; from pathlib import Path; from benchmarks.fold import City, write;"
            "write(Path(sys.argv[1]), City(int(sys.argv[2]), int(sys.argv[3])))"
        )
        apart.run(["-c", lines, str(room), str(place.pupils), str(WEEKS)])
    for home in ("grown", "mixed", "anew"):
        shutil.rmtree(room / home, ignore_errors=True)
    first = fold.run(room, "grown", "history")
    mixed = fold.run(room, "mixed", "shuffled")
    week = fold.run(room, "grown", "history", "delta")
    anew = fold.run(room, "anew", "history", "delta")
    return Figure(
        week["cpu"], "CPU-s", anew["cpu"] / week["cpu"], _decoded(room),
        "decoding what arrived",
        {
            "equal": float(fold.hashes(week["folder"]) == fold.hashes(anew["folder"])),
            "shuffled_over_sorted": mixed["cpu"] / first["cpu"],
            "anew_cpu": anew["cpu"], "week_peak_mib": week["peak_mib"], "anew_peak_mib": anew["peak_mib"],
        },
    )  # fmt: skip


def _decoded(room: Path) -> float:
    import polars as pl

    paths = list((room / "extracts" / "delta").glob("*.parquet"))
    return apart.least(lambda: [pl.read_parquet(path) for path in paths])


BAR = Bar(
    "fold",
    "一周并入事实库",
    "a week laid upon the store",
    "folding everything anew",
    (
        Bound("equal", "least", dict.fromkeys(SIZES, 1)),
        Bound("ratio", "least", {"small": 2.5, "tenth": 5, "city": 5}),
        Bound("shuffled_over_sorted", "most", {"small": 2, "tenth": 1.5, "city": 1.5}),
    ),
    measure,
)
