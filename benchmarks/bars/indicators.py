"""Sixty indicators from the store against pandas on the extract."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import apart, rooms
from benchmarks.bars import Bar, Bound, Figure, Place

#: Times that a tenth and a city are built by turns.
TURNS = 3


def measure(place: Place) -> Figure:
    """Processor seconds of the same sixty columns, opening and reading included, imports not.

    By turns, and the cheapest of each side: what else runs on the machine only adds. A city's are built as
    ``baoxue features --workers 2`` builds them: by two processes, whose beginning and imports count; how they
    grow is told of one process at both sizes.
    """
    _, folder, day = rooms.imported(place)
    own, other, peaks = [], [], []
    for _ in range(1 if place.size == "city" else 3):
        ours = _ours(place, 2 if place.size == "city" else 1)
        command = ["-m", "benchmarks.obvious", str(folder), "--as-of", str(day)]
        theirs = apart.run([*command, "--only-indicators"])
        own.append(ours.json())
        other.append(theirs.json()["total"])
        peaks.append((ours.peak_mib, theirs.peak_mib))
    told, cost = (min(side, key=lambda one: one["cpu"]) for side in (own, other))
    clock = [min(one["wall"] for one in side) for side in (own, other)]
    return Figure(
        told["cpu"], "CPU-s", cost["cpu"] / told["cpu"], told["limit"],
        "decoding the store's attendance, roll calls, grades and enrolments",
        {
            "pupils": told["pupils"], "wall": clock[0], "peak_mib": max(p for p, _ in peaks),
            "obvious_cpu": cost["cpu"], "obvious_wall": clock[1],
            "obvious_peak_mib": max(p for _, p in peaks), "by_the_clock": clock[1] / clock[0],
            "all_cpu": told["all_cpu"], "all": told["all"],
            **(_growth(place) if place.size == "city" else {}),
        },
    )  # fmt: skip


def _ours(place: Place, workers: int) -> apart.Done:
    home, folder, day = rooms.imported(place)
    return apart.run(["-m", __name__, str(home), str(folder), str(day), str(workers)])


def _growth(place: Place) -> dict[str, float]:
    """A tenth and the whole by one process, by turns: how many times as much the whole costs."""
    sizes = (replace(place, size="tenth"), place)
    turns = [[_ours(one, 1).json()["cpu"] for one in sizes] for _ in range(TURNS)]
    tenth, whole = (min(costs) for costs in zip(*turns, strict=True))
    return {"tenth_alone_cpu": tenth, "alone_cpu": whole, "growth": whole / tenth}


def _here(home: Path, folder: Path, day: date, workers: int) -> None:
    """In a process of its own: what the sixty columns cost, then every indicator, then only decoding.

    In shares of whole schools, as a city's week is drawn.
    """
    import polars as pl

    from benchmarks import shape
    from features.build import build_by
    from features.catalogue import load
    from features.facts import open_facts

    facts = open_facts([folder], home)
    sixty = load().only(shape.NAMES)
    wall, cpu = apart.timed(lambda: list(build_by(workers, facts, day, catalogue=sixty)))
    _, every = apart.timed(lambda: list(build_by(workers, facts, day)))
    tables = ("attendance", "roll_calls", "grades", "enrolments")
    limit = apart.least(lambda: pl.collect_all([facts.scan(t) for t in tables]))
    pupils = facts.scan("students").select(pl.len()).collect().item()
    told = {"wall": wall, "cpu": cpu, "limit": limit, "pupils": pupils, "all_cpu": every}
    print(json.dumps(told | {"all": len(load())}))


BAR = Bar(
    "indicators",
    "从事实库计算60项指标",
    "sixty indicators from the store",
    "pandas on the extract",
    (
        Bound("ratio", "least", {"tenth": 3, "city": 5}),
        Bound("by_the_clock", "least", {"city": 5}),
        Bound("growth", "most", {"city": 9}),
    ),
    measure,
)

if __name__ == "__main__":
    _parser = argparse.ArgumentParser()
    _parser.add_argument("home", type=Path)
    _parser.add_argument("folder", type=Path)
    _parser.add_argument("day", type=date.fromisoformat)
    _parser.add_argument("workers", type=int)
    _given = _parser.parse_args()
    _here(_given.home, _given.folder, _given.day, _given.workers)
