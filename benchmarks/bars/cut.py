"""What it costs to ask what was known on a day."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from benchmarks import apart, rooms
from benchmarks.bars import Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Processor seconds of a sum by pupil over marks as known on a day; ``over`` the same without the cut."""
    home, folder, day = rooms.imported(place)
    told = apart.run(["-m", __name__, str(home), str(folder), str(day)]).json()
    return Figure(
        told["cut"], "CPU-s", None, told["uncut"], "the same sum without the cut",
        {
            "over": told["cut"] / told["uncut"], "rows": told["rows"],
            "newest_of_each": told["obvious"] / told["cut"],
        },
    )  # fmt: skip


def _here(home: Path, folder: Path, day: date) -> None:
    import narwhals as nw
    import polars as pl

    from features.asof import cut
    from features.facts import open_facts

    facts = open_facts([folder], home)
    table = facts.scan("attendance")
    key = next(c for c in ("student_no", "student_id") if c in table.collect_schema())
    keys = [c for c in (key, "date_no", "date", "session", "mark") if c in table.collect_schema()]

    def summed(rows: pl.LazyFrame) -> pl.DataFrame:
        return rows.group_by(key).agg(pl.col("date_no").max(), pl.len()).collect()

    def obvious() -> pl.DataFrame:
        known = table.filter(pl.col("known_on") <= day).sort("known_on")
        return summed(known.unique(keys[:2], keep="last"))

    told = {
        "uncut": apart.least(lambda: summed(table), 7),
        "cut": apart.least(lambda: summed(cut(nw.from_native(table), day).to_native()), 7),
        "obvious": apart.least(obvious, 1),
        "rows": table.select(pl.len()).collect().item(),
    }
    print(json.dumps(told))


BAR = Bar(
    "cut",
    "按“当时已知”切取",
    "the cut by what was known on a day",
    "the newest row of each fact by sorting, each time",
    (Bound("over", "most", {"tenth": 1.3, "city": 1.3}),),
    measure,
)

if __name__ == "__main__":
    _here(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
