"""What the catalogue is on the synthetic county: no column says what another says."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from features.build import build
from features.catalogue import load
from features.facts import open_facts
from features.synthetic.county import County, write_county

DAYS = (date(2026, 6, 12), date(2026, 10, 23), date(2026, 11, 20))
#: Above this two columns are one; fewer common pupils than this say nothing.
SAME, ENOUGH = 0.999, 50


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """All indicators of three days of the demonstration's county."""
    room = tmp_path_factory.mktemp("demo")
    write_county(room / "county", County(6000))
    facts = open_facts([room / "county"], room / "home")
    return pl.concat([build(facts, day) for day in DAYS])


@pytest.mark.slow
def test_no_two_indicators_are_one(demo: pl.DataFrame) -> None:
    """No pair of columns correlates above .999 among the pupils who have both."""
    doubled = []
    for a, b in combinations(load().names, 2):
        both = demo.select(a, b).drop_nulls()
        if len(both) < ENOUGH or min(both[a].n_unique(), both[b].n_unique()) < 2:
            continue
        r = float(np.corrcoef(both[a], both[b])[0, 1])
        if abs(r) > SAME:
            doubled.append(f"{a} and {b}: {r:.5f} of {len(both)}")
    assert not doubled, "\n".join(doubled)


@pytest.mark.slow
def test_the_demo_shows_every_family(demo: pl.DataFrame) -> None:
    """Every indicator has a number for somebody in the county, and at least 48 of them vary."""
    empty = [name for name in load().names if demo[name].null_count() == len(demo)]
    assert not empty
    assert sum(bool(demo[name].std()) for name in load().names) >= 48
