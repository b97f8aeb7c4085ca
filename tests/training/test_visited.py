"""Visits that were made: training is told, their effect is reported, nothing changes without them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from tests.training.factories import quick_recipe
from training.evaluate.page import _visits
from training.rows import Order, Rows, gather
from training.run import say_visits
from training.visited import guarded

COUNTY = County(students=700, seed=3, weeks=20, profile="hard_county")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, Rows]:
    """A county with visits, and its rows of every week."""
    where = tmp_path_factory.mktemp("visited")
    write_county(where / "c", replace(COUNTY, interventions=True))
    facts = open_facts([where / "c"], where / "home")
    return facts, gather([facts], ORDER)


ORDER = Order(LAST_DAY, 4, recipe=quick_recipe())


def test_rows_that_a_visit_may_have_changed_are_left_out(visited: tuple[Facts, Rows]) -> None:
    """They are gone, those like them weigh more, and about as many are stood for as before."""
    facts, rows = visited
    kept, told = guarded([facts], rows, ORDER)
    (one,) = told
    assert one["handling"] == "ipcw"
    assert one["rows_taken_out"] == rows.frame.height - kept.frame.height > 0
    assert (kept.frame["weight"] >= 1).all()
    assert kept.frame["weight"].max() > 1  # type: ignore[operator] # a number
    assert float(kept.frame["weight"].sum()) == pytest.approx(rows.frame.height, rel=0.1)
    gone = rows.frame.join(kept.frame, on=["student_id", "as_of"], how="anti")
    visits = facts.scan("interventions").collect()["student_id"]
    assert set(gone["student_id"]) <= set(visits)


def test_weeks_further_apart_are_only_left_out(visited: tuple[Facts, Rows]) -> None:
    """Where not every week is there nobody can be weighted: visited rows are dropped, weights stay."""
    facts, rows = visited
    kept, told = guarded([facts], rows, replace(ORDER, every_weeks=2))
    assert told[0]["handling"] == "drop"
    assert set(kept.frame["weight"]) == {1.0}


def test_the_report_tells_in_both_languages(visited: tuple[Facts, Rows]) -> None:
    """Three comparisons with intervals or 'insufficient', and saved apart from false alarms."""
    _, told = guarded([visited[0]], visited[1], ORDER)
    lines = "\n".join(_visits({"visits": told}))
    assert [e["method"] for e in told[0]["effects"]] == ["naive", "bands", "delayed"]
    assert "先去与后去相比" in lines
    assert "saved" in lines
    said: list[tuple[str, str]] = []
    say_visits(told, lambda zh, en: said.append((zh, en)))
    assert "不参加训练" in said[0][0]
    assert "stand for them" in said[0][1]


def test_without_visits_nothing_changes(tmp_path: Path) -> None:
    """The same rows come back, untouched, and nothing is told."""
    write_county(tmp_path / "c", replace(COUNTY, students=60))
    facts = open_facts([tmp_path / "c"], tmp_path / "home")
    empty = pl.DataFrame({"area": [facts.batch.area], "weight": [1.0]})
    rows = Rows(empty, {}, ())
    kept, told = guarded([facts], rows, ORDER)
    assert kept is rows
    assert told == []
    assert _visits({}) == []
