"""The health of published weeks: gathered from runs and facts, stored, told; no pupil in any of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.facts import Facts
from features.refusal import Refusal
from serving.scoring.health.checks.realised import by_week
from serving.services import health_facts
from serving.services.desk import Desk
from serving.services.health import Report, gather, newest, publication_of, report
from serving.services.health import _runs as runs_of
from serving.store.health import FolderReports
from tests.serving.services.counties import FRIDAY, county, desk, facts, order, publish


@dataclass(frozen=True)
class Home:
    """Three published weeks of a county, eleven weeks apart, one and none."""

    where: Path
    facts: Facts
    desk: Desk


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Published once for every test that only reads."""
    where = tmp_path_factory.mktemp("health")
    own = facts(county(where / "county"), where / "home")
    at = desk(where / "home")
    for weeks in (10, 1, 0):
        publish(order(own, where / "home", FRIDAY - timedelta(weeks=weeks)), at)
    return Home(where / "home", own, at)


def made(home: Home) -> Report:
    return report(publication_of(home.desk), home.desk, home.facts, today=FRIDAY)


def test_a_report_names_no_pupil(home: Home) -> None:
    """No student id, pupil id or name of the county is in what is stored and shown."""
    text = made(home).words()
    people = home.facts.scan("students").select("student_id", "name").collect()
    assert not [s for s in people["student_id"] if s in text]
    roster = home.desk.table(publication_of(home.desk), "roster").select("pupil_id").collect()
    assert not [p for p in roster["pupil_id"] if p in text]


def test_the_same_week_gives_the_same_report(home: Home) -> None:
    """Nothing but the day it is asked on goes in, and what is stored reads back as it was."""
    first = made(home)
    assert first.words() == made(home).words()
    assert Report.read(first.words()) == first


def test_a_rule_that_serves_is_said(home: Home) -> None:
    """A home without a model lists by the rule: looked at, and no probability is implied."""
    found = {f.code: f for f in made(home).findings}
    assert found["rule_serving"].severity == "look"
    assert "expected" not in found


def test_lines_hold_each_week_that_had_school(home: Home) -> None:
    """Coverage for weeks of facts, shares for weeks with a list; weeks in order."""
    points = made(home).points
    assert [p.week for p in points] == sorted(p.week for p in points)
    own = {p.week: p for p in points}
    assert own["2026-W47"].coverage is not None
    assert own["2026-W47"].listed is not None
    assert own["2026-W43"].listed is None
    assert 0.5 < (own["2026-W43"].coverage or 0) <= 1


def test_only_lists_whose_horizon_is_over_are_settled(home: Home) -> None:
    """Of lists ten, one and no weeks old the first alone has an outcome to tell."""
    publication = publication_of(home.desk)
    own = gather(
        publication, home.desk, home.facts, runs=runs_of(home.desk, publication), today=FRIDAY
    )
    assert list(by_week(own.settled)) == ["2026-W37"]
    assert set(own.settled["standing"]) <= {
        "positive", "negative", "exit", "unresolved", "already", "gone",
    }  # fmt: skip
    assert own.in_term
    assert set(own.indicators["as_of"]) == {FRIDAY - timedelta(weeks=n) for n in (0, 1, 10)}


def test_a_past_week_is_judged_by_what_was_known_then(home: Home) -> None:
    """The report of last week holds no figure of this week."""
    publication = publication_of(home.desk, week="2026-W46")
    own = report(publication, home.desk, home.facts, today=publication.as_of)
    assert max(p.week for p in own.points) == "2026-W46"


def test_what_is_not_published_is_refused(home: Home) -> None:
    """An unknown area or week is told with what there is."""
    with pytest.raises(Refusal, match="2026-W47"):
        publication_of(home.desk, week="2026-W01")
    with pytest.raises(Refusal, match="nowhere"):
        publication_of(home.desk, area="nowhere")


def test_feeds_tell_how_long_nothing_came(home: Home) -> None:
    """Cut the marks of a week away and every school's attendance is silent by its school days."""
    fresh = health_facts.feeds(home.facts, FRIDAY).filter(pl.col("table") == "attendance")
    assert fresh["silent"].max() == 0
    assert set(fresh["school_id"]) <= set(home.facts.scan("schools").collect()["school_id"])
    days = health_facts.school_days(home.facts)
    later = [d for d in days if d > FRIDAY][:4]
    then = health_facts.feeds(home.facts, later[-1]).filter(pl.col("table") == "attendance")
    # marks of the last day may be entered the day after
    assert set(then["silent"]) <= {3, 4}
    assert health_facts.feeds(home.facts, date(2020, 1, 1)).is_empty()


def test_a_log_belongs_to_the_school_of_its_day() -> None:
    """What a pupil did at the old school keeps the new one from seeming to have fallen silent."""
    stays = pl.DataFrame(
        {
            "student_id": ["s1", "s1", "s2"],
            "school_id": ["old", "new", "old"],
            "start_on": [date(2025, 9, 1), date(2026, 9, 1), date(2025, 9, 1)],
        }
    )
    days = [date(2026, 6, 1), date(2026, 9, 2), date(2026, 9, 2)]
    rows = pl.LazyFrame({"student_id": ["s1", "s1", "s2"], "date": days, "known_on": days})
    told = health_facts._at_school(rows, "activity", stays).collect().sort("school_id", "on")
    assert told.rows() == [("new", days[1]), ("old", days[0]), ("old", days[1])]


def test_marks_are_those_known_on_the_day(home: Home) -> None:
    """Each week's figures come from its own seven days, school by school."""
    own = health_facts.marks(home.facts, [FRIDAY - timedelta(weeks=1), FRIDAY])
    assert own["as_of"].n_unique() == 2
    assert (own["known"] <= own["expected"]).all()
    assert (own["late"] <= own["days"]).all()
    assert health_facts.marks(home.facts, []).is_empty()


def test_reports_are_kept_one_an_area_and_week(tmp_path: Path, home: Home) -> None:
    """The newest week of each area is read; a week made again replaces the old one whole."""
    kept = FolderReports(tmp_path / "health")
    assert newest(kept) == []
    own = made(home)
    for area, week in (("a", "2026-W46"), ("a", "2026-W47"), ("b", "2026-W45"), ("a", "2026-W47")):
        kept.save(area, week, replace(own, area=area, week=week).words())
    assert [(r.area, r.week) for r in newest(kept)] == [("a", "2026-W47"), ("b", "2026-W45")]
    assert not list(tmp_path.rglob(".writing-*"))
    assert json.loads(kept.newest()[0])["area"] == "a"


def test_a_disk_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, one sentence says what to do."""
    (tmp_path / "health").write_text("in the way")
    with pytest.raises(Refusal, match="磁盘"):
        FolderReports(tmp_path / "health").save("a", "2026-W47", "{}")
