"""Rows built some whole schools at a time: a province's training in a city's memory, the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from features.build import build, build_by, build_shares
from features.catalogue import load
from features.facts import Facts, open_areas
from features.situation import unexplained_tenth_days
from features.synthetic.county import County, write_county
from tests.training.factories import quick_recipe
from training.foresight import look
from training.groups import KEYS, groups_of
from training.rows import Order, Rows, gather

LAST = date(2026, 11, 20)
DAYS = tuple(LAST - timedelta(weeks=n) for n in (8, 6))
FEW = 70


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Facts]:
    """A county of several schools, with moves, temporary numbers, lawful exits and leavers."""
    where = tmp_path_factory.mktemp("shares")
    write_county(where / "county", County(students=180, seed=11, weeks=14))
    return open_areas([where / "county"], where)


def order(at_once: int = 10**9, **recipe: object) -> Order:
    """Two days, four weeks ahead."""
    return Order(
        until=LAST, horizon_weeks=4, days=DAYS, recipe=quick_recipe(**recipe), at_once=at_once
    )


def test_a_share_at_a_time_builds_the_same_rows(facts: Sequence[Facts]) -> None:
    """The frames of the shares, put together, are the frame of the whole."""
    parts = list(build_shares(facts[0], DAYS[0], FEW))
    assert len(parts) > 2
    assert pl.concat(parts).sort("student_id").equals(build(facts[0], DAYS[0]))


def test_processes_build_the_same_frames(facts: Sequence[Facts]) -> None:
    """Two processes give the frames that one gives, in the same order, also of some indicators only."""
    few = load().only(["absence_4w", "exam_standing", "class_departure_rate"])
    assert len(few.names) >= 3
    for catalogue in (None, few):
        alone = list(build_shares(facts[0], DAYS[0], FEW, catalogue=catalogue))
        both = list(build_by(2, facts[0], DAYS[0], most=FEW, catalogue=catalogue))
        assert len(both) == len(alone) > 2
        assert all(one.equals(other) for one, other in zip(alone, both, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [{}, {"most": 200, "exits": "weighted"}])
def test_rows_to_learn_from_are_the_same(facts: Sequence[Facts], recipe: dict[str, object]) -> None:
    """Labels, thinning and weights do not know of shares: the same rows in the same order, bit for bit."""
    whole, shared = (gather(facts, order(n, **recipe)) for n in (10**9, FEW))
    assert whole.counts == shared.counts
    assert whole.counts["positive"] > 0
    assert whole.frame.height > 50
    assert shared.frame.equals(whole.frame, null_equal=True)


def test_outcomes_are_found_a_share_at_a_time(facts: Sequence[Facts]) -> None:
    """The days on which a run of unexplained days was complete are those of the whole."""
    whole = unexplained_tenth_days(facts[0], LAST, run=3)
    assert whole.height > 0
    assert unexplained_tenth_days(facts[0], LAST, run=3, most=FEW).equals(whole)


def test_a_look_ahead_is_looked_for_in_shares(facts: Sequence[Facts]) -> None:
    """Rows built again from the past of a day are compared share by share, with the same answer."""
    rows: Rows = gather(facts, order(most=200))
    spoiled = Rows(rows.frame.with_columns(absence_4w=pl.lit(0.987654)), rows.counts, rows.days)
    whole, shared = (look(facts, order(n), spoiled) for n in (10**9, FEW))
    assert whole == shared
    assert whole.differ["absence_4w"] > 0
    assert look(facts, order(FEW), rows).differ == {}


def test_groups_are_told_of_the_rows_alone(facts: Sequence[Facts]) -> None:
    """Asked about thinned rows the groups are those of everybody, without the others."""
    rows = gather(facts, order(most=200))
    every = groups_of(facts, rows.days, until=LAST)
    told = groups_of(facts, rows.days, until=LAST, among=rows.frame)
    wanted = every.join(rows.frame, on=list(KEYS), how="semi", maintain_order="left")
    assert 0 < told.height < every.height
    assert told.equals(wanted, null_equal=True)
