"""What a run works out: the indicators that its model asks for, with the numbers they always have."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.build import KEYS, build
from features.catalogue import load
from serving.scoring.model import attendance_rule
from serving.services.desk import Desk
from tests.serving.scoring.test_draw import NAMES, model
from tests.serving.services.counties import FRIDAY, county, desk, facts, order, publish


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a county."""
    where = tmp_path_factory.mktemp("home")
    county(where / "county")
    return where


def test_a_catalogue_narrowed_holds_what_its_indicators_use() -> None:
    """Whoever uses another brings it along; a name that there is not is passed over; order stays."""
    whole = load()
    using = next(one for one in whole if one.uses)
    few = whole.only([using.name, "no_such_indicator"])
    assert {using.name, *using.uses} <= set(few.names)
    assert all(set(one.uses) <= set(few.names) for one in few)
    assert [n for n in whole.names if n in few] == list(few.names)
    assert len(few) < len(whole)


def test_a_models_run_works_out_what_it_asks_for_and_no_more(home: Path, tmp_path: Path) -> None:
    """The run's indicators are the model's, the rule's that judges it and what they use, as among all."""
    given = facts(home / "county", home)
    at: Desk = desk(tmp_path)
    publish(order(given, home, model=model()), at)
    found = at.table(at.newest(), "features").collect()
    rule = attendance_rule("any", load()).indicators
    assert set(found.columns) == {*KEYS, *load().only([*NAMES, *rule]).names}
    assert len(found.columns) < len(load())
    whole = build(given, FRIDAY).select(found.columns)
    assert found.sort("student_id").equals(whole.sort("student_id"))


def test_a_rules_run_works_out_everything(home: Path, tmp_path: Path) -> None:
    """While a rule serves, the first model to come finds its indicators in the lists before it."""
    at: Desk = desk(tmp_path)
    publish(order(facts(home / "county", home), home), at)
    found = at.table(at.newest(), "features").collect_schema().names()
    assert set(found) == {*KEYS, *load().names}
