"""Sixty indicators from the store against pandas on the extract."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import apart, rooms
from benchmarks.bars import Bar, Bound, Figure, Place

#: Times that each side is built, by turns.
TURNS = 3


def measure(place: Place) -> Figure:
    """Processor seconds of the same sixty columns, opening and reading included, imports not.

    By turns, and the cheapest of each side: what else runs on the machine only adds. Built by one process, as
    ``baoxue features`` builds them unless told otherwise; a city by turns with a tenth of it, which tells how
    the cost grows. Pandas takes two minutes and two thirds of the memory for a city: once.
    """
    _, folder, day = rooms.imported(place)
    city = place.size == "city"
    sizes = (place, replace(place, size="tenth")) if city else (place,)
    turns = [[_ours(one) for one in sizes] for _ in range(TURNS)]
    command = ["-m", "benchmarks.obvious", str(folder), "--as-of", str(day), "--only-indicators"]
    other = [apart.run(command) for _ in range(1 if city else TURNS)]
    own = [turn[0] for turn in turns]
    told, clock = _cheapest(own)
    cost, their_clock = _cheapest(other)
    growth: dict[str, float] = {}
    if city:
        tenth = min(turn[1].json()["cpu"] for turn in turns)
        growth = {"tenth_cpu": tenth, "growth": told["cpu"] / tenth}
    return Figure(
        told["cpu"], "CPU-s", cost["cpu"] / told["cpu"], told["limit"],
        "decoding the store's attendance, roll calls, grades and enrolments",
        {
            "pupils": told["pupils"], "wall": clock, "peak_mib": max(one.peak_mib for one in own),
            "obvious_cpu": cost["cpu"], "obvious_wall": their_clock,
            "obvious_peak_mib": max(one.peak_mib for one in other), "by_the_clock": their_clock / clock,
            "all_cpu": told["all_cpu"], "all": told["all"], **growth,
        },
    )  # fmt: skip


def _ours(place: Place) -> apart.Done:
    return apart.run(["-m", __name__, *map(str, rooms.imported(place))])


def _cheapest(runs: Sequence[apart.Done]) -> tuple[dict[str, float], float]:
    """What the run said that took the least of the processor, and the least by the clock."""
    said = [done.json() for done in runs]
    totals = [one.get("total", one) for one in said]
    return min(totals, key=lambda one: one["cpu"]), min(one["wall"] for one in totals)


def _here(home: Path, folder: Path, day: date) -> None:
    """In a process of its own: what the sixty columns cost, then every indicator, then only decoding.

    In shares of whole schools, as a city's week is drawn.
    """
    import polars as pl

    from benchmarks import shape
    from features.build import build_shares
    from features.catalogue import load
    from features.facts import open_facts
    from features.prepare import PORTION

    facts = open_facts([folder], home)
    sixty = load().only(shape.NAMES)
    wall, cpu = apart.timed(lambda: list(build_shares(facts, day, PORTION, catalogue=sixty)))
    _, every = apart.timed(lambda: list(build_shares(facts, day, PORTION)))
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
        Bound("ratio", "least", {"small": 0.4, "tenth": 3, "city": 5}),
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
    _given = _parser.parse_args()
    _here(_given.home, _given.folder, _given.day)
