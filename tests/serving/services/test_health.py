"""The health of published weeks: gathered from runs and facts, stored, told; no pupil in any of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from features.catalogue import load
from features.facts import Facts, open_facts
from features.refusal import Refusal
from features.synthetic.county import County, write_county
from serving.scoring.health.came import by_week
from serving.scoring.model import Model, attendance_rule
from serving.services import health_facts
from serving.services.desk import Desk
from serving.services.health import Report, gather, newest, publication_of, report
from serving.services.health import _runs as runs_of
from serving.services.health_runs import Own, order_less
from serving.store.health import FolderReports
from tests.serving.scoring.health.grounds import settled
from tests.serving.services.counties import FRIDAY, county, desk, facts, order, publish
from training.bundle import Bundle, Calibration
from training.bundle.manifest import Weight
from training.outcomes import visits_made


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


def test_days_after_the_extract_was_received_are_not_expected(home: Home) -> None:
    """A week asked about later than the extract counts the days that it can hold, and no others."""
    friday = health_facts.marks(home.facts, [FRIDAY])
    thursday = FRIDAY - timedelta(days=1)
    batch = home.facts.batch.model_copy(update={"received_on": thursday})
    older = health_facts.marks(replace(home.facts, batch=batch), [FRIDAY])
    assert (older["expected"] < friday["expected"]).all()
    assert older["known"].sum() / older["expected"].sum() > 0.9
    gone = home.facts.batch.model_copy(update={"received_on": FRIDAY - timedelta(days=7)})
    assert health_facts.marks(replace(home.facts, batch=gone), [FRIDAY]).is_empty()


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


SOME = ("absence_4w", "unexplained_run")


def modelled(own: Facts, *, trained_until: date, names: tuple[str, ...] = ()) -> Model:
    """A model of the rule's own indicators (or some of them), as trained up to a day."""
    rule = attendance_rule("dropout-risk", load(own.batch.attributes))
    names = names or rule.indicators
    manifest = replace(
        rule.manifest,
        kind="model",
        columns=tuple(c for c in rule.manifest.columns if c.name in names),
        terms=(),
        weights=tuple(Weight(name, 1.0, 0.0, 1.0) for name in names),
        calibration=Calibration("identity"),
        trained_until=trained_until.isoformat(),
        notice_zh="",
        notice_en="",
    )
    return Model("dropout-risk", "3", Bundle(manifest), "model")


def test_the_stop_rule_reads_lists_of_the_model_that_serves(tmp_path: Path) -> None:
    """Lists of this very model since it was trained carry its order and the rule's; others carry none."""
    own, at = facts(county(tmp_path / "county"), tmp_path / "home"), desk(tmp_path / "home")
    since = FRIDAY - timedelta(weeks=10)
    ours, few = modelled(own, trained_until=since), modelled(own, trained_until=since, names=SOME)
    for n, model in ((11, ours), (10, ours), (9, few), (0, ours)):
        made = order(own, tmp_path / "home", FRIDAY - timedelta(weeks=n))
        publish(replace(made, model=model), at)
    publication = publication_of(at)
    runs = runs_of(at, publication)
    told = gather(publication, at, own, runs=runs, today=FRIDAY)
    carried = told.settled.filter(pl.col("margin").is_not_null())
    assert set(told.settled["as_of"]) == {
        FRIDAY - timedelta(weeks=n) for n in (10, 9)
    }  # before it was trained: no test
    assert set(carried["as_of"]) == {since}
    assert carried["rule"].null_count() == 0
    run = next(r for r in runs if r.as_of == since)
    scores = at.table(run, "scores").select("student_id", asked="margin").collect()
    both = carried.join(scores, on="student_id")
    assert both.height == carried.height > 100
    assert (both["asked"] == both["margin"]).all()
    assert told.less is None  # nobody, or next to nobody, of so small a county had the outcome
    found = report(publication, at, own, today=FRIDAY).findings
    assert [f.severity for f in found if f.code == "stop_rule"] == ["note"]
    # a model of fewer indicators is judged by the rule too; of a list that holds less nothing can be told
    rule = attendance_rule("x", load())
    order_of = Own(FRIDAY, runs[2].bundle_digest, since, rule)
    assert order_of.order(at, runs[2])["rule"].null_count() == 0
    assert order_of.order(at, runs[2]).height > 100
    unheard = replace(rule.manifest.columns[0], name="not_in_the_list")
    lacking = replace(order_of, rule=Bundle(replace(rule.manifest, columns=(unheard,))))
    assert lacking.order(at, runs[2]).is_empty()


def test_the_order_of_lists_that_came_due_is_judged() -> None:
    """Rows whose outcome nobody knows are no evidence; the others are, by this model's margins."""
    came = settled(weeks=3, hits=40, listed=50, missed=5)
    found = order_less(came)
    assert found is not None
    assert found.outcomes == 45
    unknown = pl.when(pl.col("week") == "2026-W32").then(pl.lit("exit")).otherwise("standing")
    fewer = order_less(came.with_columns(standing=unknown))
    assert fewer is not None
    assert (found.days, fewer.days) == (3, 2)
    assert order_less(came.with_columns(margin=pl.lit(None, pl.Float64))) is None


def test_lists_are_judged_as_if_nobody_had_been_visited(tmp_path: Path) -> None:
    """Rows that a recorded visit bears on count nothing, those like them more; without visits each counts once."""
    write_county(tmp_path / "v", County(400, seed=5, weeks=20, interventions=True))
    own, at = open_facts([tmp_path / "v"], tmp_path / "home"), desk(tmp_path / "home")
    for weeks in range(14, 6, -1):
        publish(order(own, tmp_path / "home", FRIDAY - timedelta(weeks=weeks)), at)
    publish(order(own, tmp_path / "home"), at)
    publication = publication_of(at)
    told = gather(publication, at, own, runs=runs_of(at, publication), today=FRIDAY).settled
    assert (told["alone"] == 0).any()
    assert told["alone"].max() > 1  # type: ignore[operator] # a number
    visits = visits_made(own, FRIDAY)
    touched = told.filter(pl.col("alone") == 0)["student_id"]
    assert set(touched) <= set(visits["student_id"])
    bearing = told.join(visits, on="student_id").filter(
        pl.col("on") > pl.col("as_of"),
        pl.col("on") < pl.col("window_end"),
        pl.col("event_on").is_null() | (pl.col("on") < pl.col("event_on")),
    )
    assert len(bearing)
    assert (bearing["alone"] == 0).all()


def test_without_visits_every_row_counts_once(home: Home) -> None:
    """No visit is recorded: each row stands for itself."""
    publication = publication_of(home.desk)
    runs = runs_of(home.desk, publication)
    told = gather(publication, home.desk, home.facts, runs=runs, today=FRIDAY).settled
    assert set(told["alone"]) == {1.0}


def test_rows_that_a_visit_bears_on_do_not_decide_the_stop_rule() -> None:
    """A model whose listed were visited and stayed is compared on those whom nobody visited."""
    came = settled(weeks=3, hits=60, listed=70, missed=5)
    saved = (pl.col("student_id").str.slice(1).cast(pl.Int64) < 20) & pl.col("listed")
    stayed = pl.when(saved).then(pl.lit("negative")).otherwise("standing")
    seen = came.with_columns(standing=stayed)
    plain = order_less(seen)
    alone = order_less(seen.with_columns(alone=pl.when(saved).then(0.0).otherwise(1.0)))
    assert plain is not None
    assert alone is not None
    assert alone.outcomes == plain.outcomes == 45
    assert order_less(seen.with_columns(alone=pl.lit(0.0))) is None
    # a row that stands for two weighs as the same row twice
    later = pl.col("week") == "2026-W31"
    seen = seen.with_columns(
        rule=pl.col("student_id").hash(1) % 13 / 13 + 0.2 * later.cast(pl.Float64)
    )
    plain = order_less(seen)
    twice = seen.with_columns(alone=pl.when(later).then(2.0).otherwise(1.0))
    written = order_less(pl.concat([seen, seen.filter(later)]))
    stands = order_less(twice)
    assert written is not None
    assert stands is not None
    assert stands.point == pytest.approx(written.point)
    assert plain is not None
    assert stands.point != pytest.approx(plain.point, abs=1e-9)
