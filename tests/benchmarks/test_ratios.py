"""Ratios that a regression by an order would break: never seconds."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks import apart, bars, results, shape
from benchmarks.bars.contributions import COMPILED, compared
from benchmarks.obvious.agree import shares
from features.synthetic.county import County, write_county


def test_contributions_by_tables_cost_a_small_part_of_pred_contrib() -> None:
    """Exact contributions are the same numbers at less than a tenth of pred_contrib's processor time."""
    figure = compared(shape.model(rows=3_000, trees=60), rows=COMPILED, few=300, times=3, threads=1)
    assert figure.ratio is not None
    assert figure.ratio > 10
    assert figure.more["off"] < 1e-6


def test_the_obvious_way_says_what_the_product_says(tmp_path: Path) -> None:
    """The costs compared are of the same values: nearly every one of pandas' is the product's too."""
    county = County(400, weeks=20, last_day=date(2026, 6, 12), seed=3)
    write_county(tmp_path, county)
    found = shares(tmp_path, "2026-06-12")
    assert found.mean() > 0.98
    assert found.min() > 0.85


#: In seconds, which depend on what else the machine does.
TIMED = ("value", "starts")


def test_every_bar_is_measured_and_no_ratio_falls_by_an_order(tmp_path: Path) -> None:
    """At the small size each bar is measured to its end, equals are equal, and ratios hold their bounds."""
    kept = tmp_path / "small.json"
    command = [
        "-m",
        "benchmarks",
        "--size",
        "small",
        "--room",
        str(tmp_path / "room"),
        "--json",
        str(kept),
    ]
    done = subprocess.run(
        [sys.executable, *command], cwd=apart.ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = results.read(kept)["bars"]
    asked = {name: bar for name, bar in bars.load().items() if "small" in bar.sizes}
    missed = [
        (name, bound.said("small"), bars.Figure(**found[name]).of(bound.of))
        for name, bar in asked.items()
        for bound in bar.bounds
        if bound.of not in TIMED and bound.met(bars.Figure(**found[name]), "small") is False
    ]
    assert missed == []


def test_a_bar_that_cannot_be_measured_fails_the_command(tmp_path: Path) -> None:
    """What was not measured is named at the end, and the command's exit code says so."""
    (tmp_path / "small-fold").mkdir()
    (tmp_path / "small-fold" / "extracts").write_text("no folder")
    command = ["-m", "benchmarks", "--size", "small", "--only", "fold", "--room", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command], cwd=apart.ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.endswith("not measured: fold\n")
