"""A whole term sent, checked, accepted and folded; sorted and in no order at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from benchmarks import apart, term
from benchmarks.bars import SIZES, Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Processor seconds from the folder to the store; ``equal`` is 1 where order makes no difference to it.

    Beside it what a data frame costs that drops duplicates, orders the marks, closes each by the next and
    writes them: no rule is checked, no fault named, no digest made, no result read. Where it does not fit into
    the machine's memory there is no ratio.
    """
    room = place.room / f"{place.size}-term"
    room.mkdir(parents=True, exist_ok=True)
    apart.run(["-m", term.__name__, "--pupils", str(place.pupils), "--write", str(room)])
    home = room / "home"
    shutil.rmtree(home, ignore_errors=True)
    told = term.measured(room, home, lists=True, shuffled=True)
    obvious = _obvious(room / "extracts" / "history", home / "obvious")
    read = apart.run(["-c", _READ, str(room / "extracts" / "history")]).json()
    shutil.rmtree(home)
    total, whole = told["history"]["total"], told["history"]["lists"]
    return Figure(
        total["cpu"], "CPU-s", obvious["cpu"] / total["cpu"] if obvious else None, read,
        "decoding what arrived",
        {
            "shuffled_over_sorted": told["shuffled_over_sorted_cpu"],
            "equal": float(told["equal"]), "wall": total["wall"],
            "check_cpu": told["history"]["check"]["cpu"],
            "accept_cpu": told["history"]["accept"]["cpu"], "fold_cpu": told["history"]["fold"]["cpu"],
            "peak_mib": max(told[name]["total"]["peak_mib"] for name in ("history", "shuffled")),
            **{f"obvious_{what}": obvious[what] for what in ("cpu", "peak_mib") if obvious},
            "rows": told["history"]["check"]["rows"],
            "with_lists": whole["wall"], "with_lists_cpu": whole["cpu"],
            "with_lists_peak_mib": whole["peak_mib"],
        },
    )  # fmt: skip


def _obvious(extract: Path, home: Path) -> dict[str, Any]:
    """What pandas takes; nothing where it does not fit."""
    try:
        return term.step("pandas", extract, home)
    except SystemExit as error:
        if "MemoryError" not in str(error):
            raise
        return {}


_READ = """
import sys; from pathlib import Path
import polars as pl
from benchmarks import apart
print(apart.least(lambda: [pl.read_parquet(p) for p in Path(sys.argv[1]).glob('*.parquet')]))
"""


BAR = Bar(
    "term",
    "整学期重送：检查、接收、并入",
    "a whole term sent: checked, accepted, folded",
    "marks alone, by pandas: no duplicates, in order, each closed by the next; nothing checked",
    (
        Bound("equal", "least", dict.fromkeys(SIZES, 1)),
        Bound("ratio", "least", {"small": 0.2}),
        Bound("shuffled_over_sorted", "most", {"small": 2, "tenth": 1.5, "city": 1.5}),
        Bound("wall", "most", {"city": 90}),
        Bound("peak_mib", "most", {"tenth": 3072, "city": 3072}),
        Bound("with_lists", "most", {"city": 120}),
        Bound("with_lists_peak_mib", "most", {"city": 3072}),
    ),
    measure,
)
