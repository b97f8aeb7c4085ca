"""What came of scored rows is read by the labels that models are trained on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from training.outcomes import matured, settled
from training.rows import Order, gather

DAY = LAST_DAY - timedelta(weeks=12)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A county small enough to label in a second."""
    where = tmp_path_factory.mktemp("outcomes")
    write_county(where / "county", County(500, seed=11, weeks=30))
    return open_facts([where / "county"], where / "home")


def test_standings_are_those_of_training(facts: Facts) -> None:
    """Positives and negatives of an as-of day are the very rows that training would learn from."""
    day = LAST_DAY - timedelta(days=63)
    learned = gather([facts], Order(until=LAST_DAY, days=(day,))).frame
    rows = learned.select("student_id", "as_of").with_columns(listed=pl.lit(True))
    told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8)
    both = told.join(learned.select("student_id", "label"), on="student_id")
    assert both.height == learned.height
    assert ((both["standing"] == "positive").cast(pl.Int8) == both["label"]).all()
    assert set(both["standing"]) <= {"positive", "negative"}
    assert both["listed"].all()


def test_nothing_is_mature_before_its_time(facts: Facts) -> None:
    """A window is over when the horizon and the largest lag are; until then rows are immature."""
    last = LAST_DAY - timedelta(days=56 + facts.batch.largest_lag)
    assert matured(last, facts, until=LAST_DAY, horizon_weeks=8)
    assert not matured(last + timedelta(days=1), facts, until=LAST_DAY, horizon_weeks=8)
    assert matured(date(2026, 9, 4), facts, until=LAST_DAY, horizon_weeks=None)
    assert not matured(LAST_DAY, facts, until=LAST_DAY, horizon_weeks=None)
    some = facts.scan("enrolments").select("student_id").unique().head(50).collect()
    rows = some.with_columns(as_of=pl.lit(LAST_DAY - timedelta(weeks=4)))
    told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8)
    assert set(told["standing"]) == {"immature"}


def test_the_outcome_asked_for_is_the_one_told(facts: Facts, tmp_path: Path) -> None:
    """A model asked about recorded dropouts alone is not judged by unexplained days."""
    day = LAST_DAY - timedelta(days=63)
    some = facts.scan("enrolments").select("student_id").unique().collect()
    rows = some.with_columns(as_of=pl.lit(day))

    def positives(*outcome: str) -> int:
        told = settled(rows, facts, until=LAST_DAY, horizon_weeks=8, outcome=outcome)
        return int((told["standing"] == "positive").sum())

    assert positives("dropped_out") < positives()
