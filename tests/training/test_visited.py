"""Visits that were made: training is told, their effect is reported, nothing changes without them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from tests.training.factories import quick_recipe
from training.bundle import Bundle, Calibration, Column, Cuts, Manifest, Weight
from training.evaluate.page import _visits
from training.rows import Order, Rows, catalogue_of, columns_of, gather
from training.run import say_visits
from training.shown import carried, shown
from training.visited import guarded

COUNTY = County(students=700, seed=3, weeks=20, profile="hard_county")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Facts, Rows]:
    """A county with visits, and its rows of every week."""
    where = tmp_path_factory.mktemp("visited")
    write_county(where / "c", replace(COUNTY, interventions=True))
    facts = open_facts([where / "c"], where / "home")
    return facts, gather([facts], ORDER)


def linear(
    indicator: str, columns: tuple[Column, ...], fingerprint: str, trained_until: date
) -> Bundle:
    """A version that served: one indicator, the higher the higher."""
    scored = (Weight(indicator, 1.0, 0.0, 1.0),)
    cuts, level = Cuts("margin", 2.0, 1.0), Calibration("identity")
    said = Manifest(
        "model", "dropout-risk", columns, fingerprint, level, cuts, 0.02, 4, trained_until.isoformat(),
        weights=scored,
    )  # fmt: skip
    return Bundle(said)


ORDER = Order(LAST_DAY, 4, recipe=quick_recipe())


def test_rows_that_a_visit_may_have_changed_are_left_out(visited: tuple[Facts, Rows]) -> None:
    """They are gone, those like them weigh more, and about as many are stood for as before."""
    facts, rows = visited
    kept, told = guarded([facts], rows, ORDER)
    (one,) = told
    assert one["handling"] == "ipcw"
    assert one["rows_taken_out"] == rows.frame.height - kept.frame.height > 0
    assert kept.counts == rows.counts | {"visited": one["rows_taken_out"]}
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
    """Three comparisons with intervals or 'insufficient', and saved apart from false alarms; no count of one to
    four children, and never more who would have stayed than stayed."""
    _, told = guarded([visited[0]], visited[1], ORDER)
    lines = "\n".join(_visits({"visits": told}))
    assert [e["method"] for e in told[0]["effects"]] == ["naive", "bands", "delayed"]
    assert "先去与后去相比" in lines
    assert "saved" in lines
    said: list[tuple[str, str]] = []
    say_visits(told, lambda zh, en: said.append((zh, en)))
    assert "不参加训练" in said[0][0]
    assert "stand for them" in said[0][1]
    apart = {"stayed": 145, "saved": {"value": 21.0, "low": -7.0, "high": 145.0},
             "false_alarms": {"value": 124.0, "low": 0.0, "high": 152.0}}  # fmt: skip
    effect = told[0]["effects"][0] | {"visited": 94.0, "visited_events": 1.0}
    one = told[0] | {"apart": apart, "effects": [effect], "handling": "drop"}
    text = "\n".join(_visits({"visits": [one]}))
    assert "94 / 不足5 below 5" in text
    assert "124 [0, 145]" in text
    assert "样本不是每周一取" in text
    assert "样本不是每周一取" not in lines


def test_pupils_are_alike_by_the_score_of_the_list_of_their_day(
    visited: tuple[Facts, Rows],
) -> None:
    """Before a version was trained the rule's points, from then its own, each on a scale of its own; of a
    version that cannot score these rows the rule's, and it is said."""
    facts, rows = visited
    middle = rows.days[len(rows.days) // 2]
    fingerprint = catalogue_of([facts]).fingerprint
    columns = columns_of(catalogue_of([facts]))
    model = linear("absence_4w", columns, fingerprint, middle)
    told = shown(rows.frame, columns, fingerprint, (model,))
    later = rows.frame["as_of"] >= middle
    scores = told.scores
    assert scores.select("student_id", "as_of").equals(rows.frame.select("student_id", "as_of"))
    assert scores.filter(later)["score"].equals(
        pl.Series("score", model.score(rows.frame.filter(later)).margin)
    )
    assert set(scores.filter(later)["scale"]) == {1}
    rule = shown(rows.frame, columns, fingerprint, ())
    assert scores.filter(~later).equals(rule.scores.filter(~later))
    assert (rule.versions, rule.rule, rule.unreadable) == (0, len(rows.days), 0)
    assert told.versions == sum(day >= middle for day in rows.days)
    assert told.versions + told.rule == len(rows.days)
    back = shown(
        rows.frame,
        columns,
        fingerprint,
        (model, linear("absence_4w", columns, fingerprint, max(rows.days)), model),
    )
    assert set(back.scores.filter(pl.col("as_of") == max(rows.days))["scale"]) == {2}
    torn = shown(rows.frame, columns, "another", (model,))
    assert torn.scores.equals(rule.scores)
    assert torn.unreadable == told.versions


def test_a_newer_version_takes_over_on_its_day(visited: tuple[Facts, Rows]) -> None:
    """Of several that served each has the days from its own training to the next one's."""
    facts, rows = visited
    columns = columns_of(catalogue_of([facts]))
    first, second = rows.days[2], rows.days[4]
    both = [linear("absence_4w", columns, "f", day) for day in (first, second)]
    scale = (
        shown(rows.frame, columns, "f", both).scores.group_by("as_of").agg(pl.col("scale").unique())
    )
    found = dict(scale.iter_rows())
    for day in rows.days:
        assert found[day] == [0 if day < first else 1 if day < second else 2]


def test_weeks_after_the_last_row_are_weighed_for(visited: tuple[Facts, Rows]) -> None:
    """The last windows reach into weeks without rows: pupils are carried on by what was shown last, up to the day."""
    facts, rows = visited
    columns = columns_of(catalogue_of([facts]))
    scores = shown(rows.frame, columns, "f", ()).scores
    told = carried(scores, LAST_DAY)
    last = max(rows.days)
    assert told.filter(pl.col("as_of") <= last).equals(scores)
    later = told.filter(pl.col("as_of") > last)
    weeks = (LAST_DAY - last).days // 7
    assert later["as_of"].n_unique() == weeks > 3
    here = scores.filter(pl.col("as_of") == last)
    assert later.height == weeks * here.height
    assert carried(scores.head(0), LAST_DAY).is_empty()
    kept, _ = guarded([facts], rows, ORDER)
    late = kept.frame.filter(pl.col("as_of") == last)
    assert late["weight"].max() > 1  # type: ignore[operator] # a number


def test_training_goes_by_what_served(visited: tuple[Facts, Rows]) -> None:
    """The weights differ by whose lists were visited, and the report says how many days each had."""
    facts, rows = visited
    catalogue = catalogue_of([facts])
    model = linear("absence_4w", columns_of(catalogue), catalogue.fingerprint, rows.days[4])
    by_rule, _ = guarded([facts], rows, ORDER)
    by_list, told = guarded([facts], rows, replace(ORDER, served=(model,)))
    assert by_rule.frame.height == by_list.frame.height
    assert not by_rule.frame["weight"].equals(by_list.frame["weight"])
    days = told[0]["lists_by"]
    assert days == {"versions": len(rows.days) - 4, "rule": 4, "unreadable": 0}
    page = "\n".join(_visits({"visits": told}))
    assert f"{len(rows.days) - 4}个截止日按当时已训练、用过的版本，4个按出勤规则。" in page
    assert "by the version trained by then" in page
    told[0]["lists_by"]["unreadable"] = 2
    assert "指标定义已变" in "\n".join(_visits({"visits": told}))
    del told[0]["lists_by"]
    assert "截止日按当时已训练" not in "\n".join(_visits({"visits": told}))


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
