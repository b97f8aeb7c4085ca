"""The weekly run on a small synthetic county: digests, revisions, crashes, readers, empty beginnings."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest

from features.facts import Facts
from features.refusal import Refusal
from features.situation import check_enrolled
from serving.scoring.columns import LIST
from serving.services import rosters, students
from serving.services.desk import Desk
from serving.services.exports import as_csv, as_json, as_xlsx
from serving.services.manifest import read_manifest
from serving.services.overview import overview
from serving.services.weekly import publish_week
from serving.store.holders import this_process
from tests.serving.services.counties import FRIDAY, NOW, county, desk, facts, order, publish

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two weeks published from one county."""
    where = tmp_path_factory.mktemp("home")
    county(where / "county")
    for day in (FRIDAY - timedelta(days=7), FRIDAY):
        publish(order(given(where), where, day), desk(where))
    return where


def given(home: Path) -> Facts:
    """The home's county."""
    return facts(home / "county", home)


def lone(home: Path, tmp_path: Path) -> tuple[Facts, Desk]:
    """The same facts, nothing published."""
    return given(home), desk(tmp_path)


def school_of(at: Desk) -> str:
    """A school with somebody on its list."""
    return next(s.school_id for s in at.newest().schools if s.listed)


def test_every_pupil_of_the_cohort_is_scored(home: Path) -> None:
    """One row a pupil of the cohort in scores, features and details; everybody on the roster."""
    at = desk(home)
    newest = at.newest()
    scores = at.table(newest, "scores").collect()
    assert scores.height == newest.counts["cohort"] == at.table(newest, "features").collect().height
    assert at.table(newest, "roster").collect().height == newest.counts["pupils"]
    parts = [c for c in scores.columns if c.startswith("contribution__")]
    total = scores.select(parts).sum_horizontal()
    assert ((total - scores["margin"]).abs() <= 1e-6).all()


def test_the_same_digest_is_a_no_op(home: Path) -> None:
    """The same input again publishes nothing and says so."""
    at = desk(home)
    before = at.lists.standing()
    done = publish(order(given(home), home), at)
    assert not done.fresh
    assert at.lists.standing() == before


def test_another_digest_needs_a_reason(home: Path, tmp_path: Path) -> None:
    """Another day of a published week is refused, the old list stands; with a reason it takes its place."""
    own, at = lone(home, tmp_path)
    first = publish(order(own, tmp_path), at).publication
    other = order(own, tmp_path, FRIDAY - timedelta(days=1))
    with pytest.raises(Refusal, match="revise"):
        publish(other, at)
    assert at.lists.current(first.area, first.week, first.model_name) == first
    second = publish(replace(other, revise="补录考勤"), at).publication
    assert second.reason == "补录考勤"
    assert [p.list_id for p in at.lists.standing()] == [second.list_id]
    assert at.table(first, "list").collect().height > 0


def test_two_runs_give_the_same_bytes(home: Path, tmp_path: Path) -> None:
    """Another home, another moment, two workers: the same CSV, JSON and workbook, byte for byte."""
    own, at = lone(home, tmp_path)
    for day in (FRIDAY - timedelta(days=7), FRIDAY):
        publish(order(own, tmp_path, day, workers=2), at)
    school = school_of(at)
    one, other = (rosters.school_week(d, school) for d in (desk(home), at))
    for form in (as_csv, as_json, as_xlsx):
        assert form(one) == form(other)
        assert form(one, lang="en", numbers=True) == form(other, lang="en", numbers=True)


@pytest.mark.slow
def test_engines_give_the_same_list(home: Path, tmp_path: Path) -> None:
    """DuckDB and Polars draw the same list."""
    own, at = lone(home, tmp_path)
    publish(order(own, tmp_path, FRIDAY - timedelta(days=7)), at)
    publish(order(own, tmp_path, FRIDAY, engine="duckdb"), at)
    one, other = (d.table(d.newest(), "list").collect() for d in (desk(home), at))
    assert one.equals(other)


TABLES = ("list", "scores", "roster", "alerts", "features", "details", "schools", "marks")


def _rows(at: Desk, table: str) -> pl.DataFrame:
    rows = at.table(at.newest(), table).collect()
    key = [c for c in ("school_id", "student_id", "code", "class_id", "on") if c in rows.columns]
    return rows.sort(key, nulls_last=True)


@pytest.mark.parametrize("most", [1, 90])
def test_a_city_in_shares_has_the_lists_of_the_whole(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Drawn some schools at a time, every table of every week holds the same rows as drawn at once."""
    monkeypatch.setattr("serving.services.today.KEEP_ALL", 0)
    weeks = (FRIDAY - timedelta(days=7), FRIDAY)
    desks = []
    for name, pupils, workers in (("whole", 10**9, 1), ("shares", most, 2)):
        own, at = lone(home, tmp_path / name)
        for day in weeks:
            publish(order(own, tmp_path / name, day, most=pupils, workers=workers), at)
        desks.append(at)
    assert len(list((tmp_path / "shares" / "runs").rglob("roster/*.parquet"))) > len(weeks)
    assert desks[0].newest().counts == desks[1].newest().counts
    for table in TABLES:
        whole, shared = (_rows(at, table) for at in desks)
        assert whole.equals(shared), table


def test_a_city_run_that_died_goes_on_where_it_was(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shares that stand complete are not drawn again, and the list is the same as if nothing happened."""
    own, at = lone(home, tmp_path)
    drawn, real = [], at.runs.add

    def add(folder: str, part: int, tables: Mapping[str, pl.DataFrame]) -> None:
        if part == 2 and 2 not in drawn:
            drawn.append(2)
            raise Killed
        drawn.append(part)
        real(folder, part, tables)

    monkeypatch.setattr(at.runs, "add", add)
    mine = order(own, tmp_path, most=90)
    with pytest.raises(Killed):
        publish(mine, at)
    publish(mine, at)
    assert sorted(set(drawn)) == list(range(max(drawn) + 1))
    assert drawn.count(0) == drawn.count(1) == 1
    fresh, other = lone(home, tmp_path / "other")
    publish(order(fresh, tmp_path / "other", most=90), other)
    for table in TABLES:
        assert _rows(at, table).equals(_rows(other, table)), table


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", ["scan", "add", "finish", "publish"])
def test_a_run_that_dies_leaves_the_old_list(home: Path, tmp_path: Path, point: str) -> None:
    """Dead before, at or after any step: last week's list stands, and a rerun completes."""
    own, at = lone(home, tmp_path)
    first = publish(order(own, tmp_path, FRIDAY - timedelta(days=7)), at).publication
    port = at.lists if point == "publish" else at.runs

    def dies(*_: object, **__: object) -> None:
        raise Killed

    setattr(port, point, dies)
    with pytest.raises(Killed):
        publish(order(own, tmp_path), at)
    after = desk(tmp_path)
    assert after.lists.standing() == [first]
    done = publish(order(own, tmp_path), after)
    assert done.fresh
    assert len(after.lists.standing()) == 2


_SCRIPT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
import serving.store.runs as runs, serving.store.lists as lists
from serving.store.holders import this_process
from tests.serving.services.counties import *
home, where, point = Path({home!r}), Path({where!r}), {point!r}
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if point == "half a folder":
    runs._sync = die
elif point == "half a transaction":
    lists._insert_schools = die
publish(order(facts(home / "county", home), where, holder=this_process()), desk(where))
"""


@pytest.mark.parametrize("point", ["half a folder", "half a transaction"])
def test_kill_nine(home: Path, tmp_path: Path, point: str) -> None:
    """SIGKILL while writing, between folder and database, inside the transaction: a rerun completes."""
    own, at = lone(home, tmp_path)
    first = publish(order(own, tmp_path, FRIDAY - timedelta(days=7)), at).publication
    script = _SCRIPT.format(root=str(ROOT), home=str(home), where=str(tmp_path), point=point)
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    after = desk(tmp_path)
    assert after.lists.standing() == [first]
    assert publish(order(own, tmp_path, holder=this_process()), after).fresh
    assert [p.week for p in after.lists.standing()] == ["2026-W46", "2026-W47"]


def test_another_runner_is_told_to_wait(home: Path, tmp_path: Path) -> None:
    """While one holds the lease another is refused."""
    own, at = lone(home, tmp_path)
    mine = order(own, tmp_path)
    at.lists.take_lease(
        f"weekly/{own.batch.area}/{mine.week}/{mine.model.name}", "other", now=NOW, seconds=3600
    )
    with pytest.raises(Refusal, match="status"):
        publish(mine, at)


def test_a_run_longer_than_a_lease_keeps_it(home: Path, tmp_path: Path) -> None:
    """Renewed with every portion: nobody can take over a run of hours while it goes on."""
    own, at = lone(home, tmp_path)
    mine = order(own, tmp_path, most=90)
    key = f"weekly/{own.batch.area}/{mine.week}/{mine.model.name}"
    moments, taken = count(), []

    def clock() -> datetime:
        return NOW + timedelta(minutes=50 * next(moments))

    def say(stage: str, seconds: float) -> None:
        taken.append(at.lists.take_lease(key, "other", now=clock(), seconds=1))

    assert publish_week(mine, at, clock=clock, say=say).fresh
    assert len(taken) > 4
    assert not any(taken)


def test_the_manifest_reads_back(home: Path) -> None:
    """What a killed run left complete is taken up as it was: the manifest holds the publication."""
    at = desk(home)
    newest = at.newest()
    again = read_manifest(at.runs.text(newest.folder, "manifest.json"))
    kept = {k: v for k, v in vars(again).items() if not k.startswith("published")}
    assert kept == {k: v for k, v in vars(newest).items() if not k.startswith("published")}


def test_a_past_list_is_the_same_after_later_rows(home: Path, tmp_path: Path) -> None:
    """Rows known only later change nothing of a past list: the earlier week drawn now is what it was."""
    own, at = lone(home, tmp_path)
    publish(order(own, tmp_path, FRIDAY - timedelta(days=7)), at)
    old = next(p for p in desk(home).lists.standing() if p.week == "2026-W46")
    assert desk(home).table(old, "list").collect().equals(at.table(at.newest(), "list").collect())


def test_a_school_week_reads_as_it_was_drawn(home: Path) -> None:
    """Rows in the order of the list, left ones apart, alerts with their pupils, both weeks linked."""
    at = desk(home)
    school = school_of(at)
    week = rosters.school_week(at, school)
    _, stored = rosters.list_rows(at, school)
    assert [p.student_id for p in (*week.rows, *week.left)] == stored["student_id"].to_list()
    assert week.previous_week == "2026-W46"
    assert rosters.school_week(at, school, week="2026-W46").next_week == "2026-W47"
    assert week.school.listed == len(week.rows)
    assert all(a.pupil_id == "" for a in week.class_alerts)
    assert {s.school_id for s in rosters.schools(at)} >= {school}
    assert len(rosters.alerts(at, school)) >= len(week.tasks)
    with pytest.raises(Refusal):
        rosters.school_week(at, "nowhere")
    with pytest.raises(Refusal):
        rosters.school_week(at, school, week="2020-W01")
    with pytest.raises(Refusal):
        at.newest(model="no-such")
    with pytest.raises(Refusal):
        rosters.school_week(at, school, model="dropout-risk/77")


def test_masking_hides_names_and_numbers(home: Path) -> None:
    """No full name or number is left in a masked week, in no export of it."""
    at = desk(home)
    week = rosters.school_week(at, school_of(at))
    secrets = {p.student_id for p in week.rows} | {p.name for p in week.rows if len(p.name) > 1}
    masked = week.masked()
    text = as_csv(masked).decode() + as_json(masked).decode()
    assert not [s for s in secrets if s and s in text]
    assert any(s in as_csv(week).decode() for s in secrets)


def test_a_pupils_page(home: Path) -> None:
    """By either id; parts add up; history oldest first; unknown ids are refused."""
    at = desk(home)
    row = next(p for p in rosters.school_week(at, school_of(at)).rows if p.reasons)
    page = students.page(at, row.pupil_id)
    own = page.explanation
    assert students.find(at, row.student_id).pupil_id == row.pupil_id
    assert own.margin is not None
    assert own.bias is not None
    assert abs(own.bias + sum(f.contribution for f in own.factors) - own.margin) <= 1e-6
    assert [r.code for r in own.pupil.reasons] == [r.code for r in row.reasons]
    assert [p.week for p in page.history] == ["2026-W46", "2026-W47"]
    assert own.days
    assert own.days[-1].on <= FRIDAY
    assert page.masked().explanation.pupil.name != row.name
    with pytest.raises(students.NotFound):
        students.find(at, "p" + "0" * 20)
    assert students.history(at, "nobody") == []


def test_a_pupil_without_an_estimate_says_so(home: Path) -> None:
    """Outside the cohort there are no factors, and the verdict does not pretend."""
    at = desk(home)
    outside = at.table(at.newest(), "roster").filter(pl.col("in_cohort") == 0).collect()
    if outside.is_empty():
        pytest.skip("everybody is in the cohort of this county")
    own = students.explanation(at, outside["student_id"][0])
    assert own.factors == ()
    assert own.margin is None
    assert "未作概率估计：" in own.verdict_zh
    assert "no_estimate" not in own.verdict_en


@pytest.mark.parametrize(
    ("day", "code"), [(date(2026, 8, 10), "holiday"), (date(2026, 9, 4), "term_start")]
)
def test_beginnings(home: Path, tmp_path: Path, day: date, code: str) -> None:
    """Summer weeks and the first weeks of a school year give a list and say what to do next."""
    own, at = lone(home, tmp_path)
    done = publish(order(own, tmp_path, day), at)
    assert code in [n.code for n in done.publication.notes]
    if code == "holiday":
        assert done.publication.counts["no_data"] == done.publication.counts["cohort"]


def test_an_empty_county(tmp_path: Path) -> None:
    """No pupils at all: an empty list is published with a sentence."""
    folder = tmp_path / "county"
    folder.mkdir()
    (folder / "batch.toml").write_text(
        'area = "empty"\nsynthetic = true\nreceived_on = 2026-11-20\n'
    )
    pl.DataFrame(
        {
            "school_id": ["3199000001"],
            "name": ["空校"],
            "stage": ["junior"],
            "county_code": ["990121"],
        }
    ).write_csv(folder / "schools.csv")
    for name, columns in _EMPTY.items():
        (folder / f"{name}.csv").write_text(",".join(columns) + "\n")
    at = desk(tmp_path)
    done = publish(order(facts(folder, tmp_path), tmp_path), at)
    assert "empty" in [n.code for n in done.publication.notes]
    assert rosters.school_week(at, "3199000001").rows == ()


def test_a_day_on_which_nobody_was_enrolled_is_refused(home: Path, tmp_path: Path) -> None:
    """A year mistyped: nothing is made or published, and the sentence names the first day with enrolments."""
    own, at = lone(home, tmp_path)
    told = {"start_on": [date(2026, 9, 1)], "end_on": [date(2026, 10, 1)], "void": [0]}
    clocks = {"known_on": [date(2026, 9, 3)], "until": [date(9999, 12, 31)]}
    stays = pl.LazyFrame(told | clocks)
    one = cast("Facts", SimpleNamespace(scan=lambda name: stays))
    for day, cause in (
        ("2026-09-02", "最早的在读记录从 2026-09-03 起"),
        ("2026-10-02", "都已结束，最晚到 2026-10-01"),
    ):
        with pytest.raises(Refusal, match=cause) as refused:
            check_enrolled(one, date.fromisoformat(day))
        assert "--as-of" in refused.value.en
    check_enrolled(one, date(2026, 9, 3))
    with pytest.raises(Refusal, match="没有学生在读"):
        publish(order(own, tmp_path, date(2015, 11, 20)), at)
    assert at.lists.standing() == []
    assert not (tmp_path / "runs").exists()


def test_no_list_stands_on_an_extract_that_could_not_be_registered(
    home: Path, tmp_path: Path
) -> None:
    """The extract is registered before its list stands: where that fails nothing is published, and a rerun
    takes up what was made."""
    own, at = lone(home, tmp_path)

    def refuse(facts: Facts) -> None:
        assert at.lists.standing() == []
        raise Refusal("不能登记。", "It cannot be registered.")

    with pytest.raises(Refusal, match="不能登记"):
        publish(order(own, tmp_path), replace(at, register=refuse))
    assert at.lists.standing() == []
    seen: list[str] = []
    again = replace(at, register=lambda facts: seen.append(facts.digest))
    assert publish(order(own, tmp_path), again).fresh
    assert not publish(order(own, tmp_path), again).fresh  # mends what an earlier program left
    assert seen == [own.digest] * 2


_EMPTY = {
    "classes": ("school_id", "class_id", "school_year", "grade"),
    "students": ("student_id", "name", "birth_date"),
    "enrolments": ("student_id", "school_id", "start_on", "grade", "class_id", "known_on"),
    "attendance": ("student_id", "date", "session", "status", "known_on"),
}


def test_an_old_extract_is_said_on_the_list_and_a_too_old_one_refused(
    home: Path, tmp_path: Path
) -> None:
    """Eight days after received_on the list carries a note; beyond the limit nothing is published."""
    facts, at = lone(home, tmp_path)
    publish(order(facts, home), at)
    assert "stale_extract" not in {note.code for note in at.newest().notes}
    later = FRIDAY + timedelta(days=8)
    noted = publish(order(facts, home, later), at).publication
    assert "stale_extract" in {note.code for note in noted.notes}
    shown = rosters.school_week(at, school_of(at)).head
    assert "stale_extract" in {note.code for note in shown.notes}
    with pytest.raises(Refusal, match="2026-11-20"):
        publish(order(facts, home, FRIDAY + timedelta(days=36)), at)
    assert at.newest().as_of == later


def test_an_extract_may_ask_for_no_alerts(home: Path, tmp_path: Path) -> None:
    """alerts = false: none is made, lists come from the estimate alone, and it is said."""
    folder = shutil.copytree(home / "county", tmp_path / "county")
    batch = (folder / "batch.toml").read_text().replace("alerts = true", "alerts = false")
    (folder / "batch.toml").write_text(batch)
    at = desk(tmp_path)
    done = publish(order(facts(folder, tmp_path), tmp_path), at)
    assert "no_alerts" in [n.code for n in done.publication.notes]
    assert at.table(done.publication, "alerts").collect().is_empty()
    assert set(at.table(done.publication, "list").collect()["band"]) <= {"priority", "watch"}


def test_where_things_stand(home: Path, tmp_path: Path) -> None:
    """Status names the last list and the next step, before and after the first list."""
    catalogue_order = order(given(home), home)
    said = overview(desk(home), [], catalogue_order.model, today=FRIDAY)
    assert said.facts["last_list"]["week"] == "2026-W47"
    assert "baoxue train" in said.lines[-1][0]
    late = overview(desk(home), [], catalogue_order.model, today=FRIDAY + timedelta(days=7))
    assert "2026-W48" in late.lines[-1][0]
    broken = overview(desk(home), [], Refusal("坏了。", "Broken."), today=FRIDAY)
    assert broken.lines[-2] == ("模型：坏了。", "Model: Broken.")
    assert "baoxue models" in broken.lines[-1][0]
    fresh = overview(desk(tmp_path), [], catalogue_order.model, today=FRIDAY)
    first = fresh.lines[-1][0]
    steps = ["baoxue demo", "--templates", "baoxue check", "baoxue import", "baoxue weekly"]
    assert sorted(steps, key=first.index) == steps
    assert not [zh for zh, _ in fresh.lines if zh.startswith("模型")]
    assert json.dumps(fresh.facts)


def test_the_list_file_has_the_columns_of_the_interface(home: Path) -> None:
    """The CSV's header is the interface's columns in order, without bare numbers unless asked."""
    at = desk(home)
    week = rosters.school_week(at, school_of(at)).masked()
    header = as_csv(week).decode("utf-8-sig").splitlines()[0].split(",")
    whole = as_csv(week, numbers=True).decode("utf-8-sig").splitlines()[0].split(",")
    assert whole == list(LIST)
    assert header == [c for c in LIST if "contribution" not in c]


def test_readers_see_the_old_list_or_the_new(home: Path, tmp_path: Path) -> None:
    """While a revision is published every read is of one list: head and rows name the same."""
    own, at = lone(home, tmp_path)
    publish(order(own, tmp_path), at)
    school, stop, seen = school_of(at), threading.Event(), set[str]()

    def read() -> None:
        mine = desk(tmp_path)
        while not stop.is_set():
            publication, rows = rosters.list_rows(mine, school)
            assert rows["list_id"].unique().to_list() == [publication.list_id]
            seen.add(publication.list_id)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        publish(order(own, tmp_path, FRIDAY - timedelta(days=1), revise="更正"), at)
        rosters.list_rows(at, school)
        stop.set()
        reading.result()
    assert len(seen) in (1, 2)
