"""Ratios that a regression by an order would break: never seconds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from benchmarks import shape
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
