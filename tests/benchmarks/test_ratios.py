"""Ratios that a regression by some times would break: never seconds."""

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


def measured(tmp_path: Path, size: str, *only: str) -> dict[str, bars.Figure]:
    """What ``python -m benchmarks`` kept of a size; all of its bars where none is named."""
    kept = tmp_path / "kept.json"
    command = ["-m", "benchmarks", "--size", size, "--room", str(tmp_path / "room")]
    done = subprocess.run(
        [sys.executable, *command, "--json", str(kept), *(["--only", *only] if only else [])],
        cwd=apart.ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: bars.Figure(**told) for name, told in results.read(kept)["bars"].items()}


def missed(found: dict[str, bars.Figure], size: str) -> list[tuple[str, str, float | None]]:
    """Bounds that are not seconds and were not met: bar, bound, figure."""
    return [
        (name, bound.said(size), figure.of(bound.of))
        for name, figure in found.items()
        for bound in bars.load()[name].bounds
        if bound.of not in TIMED and size in bound.at and bound.met(figure, size) is not True
    ]


def test_every_bar_is_measured_and_no_ratio_falls_by_some_times(tmp_path: Path) -> None:
    """At the small size each bar is measured to its end, equals are equal, and ratios hold their bounds."""
    found = measured(tmp_path, "small")
    assert set(found) == {name for name, bar in bars.load().items() if "small" in bar.sizes}
    assert missed(found, "small") == []


def test_a_week_of_a_tenth_of_a_city_costs_a_fifth_of_the_obvious_way(tmp_path: Path) -> None:
    """From what arrived to lists, 85,000 pupils: processor seconds of the obvious way over ours."""
    found = measured(tmp_path, "tenth", "weekly")
    assert found["weekly"].ratio is not None
    assert missed(found, "tenth") == []


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


def test_a_bar_that_has_not_the_size_is_no_success(tmp_path: Path) -> None:
    """Who asks for a bar at a size that it is not measured at is told the sizes that it has."""
    command = ["-m", "benchmarks", "--size", "county", "--only", "serving", "--room", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *command], cwd=apart.ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == "serving is not measured at county, but at: small, tenth, city\n"
