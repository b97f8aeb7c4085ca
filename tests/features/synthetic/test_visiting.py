"""Laws of the visiting practice: off it changes nothing; on it does what it says, and only that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from features.batch import Batch
from features.build import build
from features.check import check_extract
from features.commands import sample
from features.facts import open_facts
from features.refusal import Refusal
from features.synthetic import closures, places, pupils, visiting
from features.synthetic.attendance import silent
from features.synthetic.county import LAST_DAY, County, practised, write_county
from features.synthetic.course import make_course
from features.synthetic.draws import stream
from features.synthetic.effects import load_effects
from features.synthetic.terms import span
from features.synthetic.truth import saved, untreated_hazard
from features.synthetic.visiting import LISTED, VISITED


@dataclass
class Visited:
    """A county with visits on disk."""

    folder: Path

    def read(self, name: str) -> pl.DataFrame:
        """One of its tables."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def days(self, kind: str) -> pl.DataFrame:
        """student_id, on: the measures of one kind."""
        rows = self.read("interventions").filter(kind=kind)
        return rows.select("student_id", pl.col("happened_on").alias("on")).sort("on")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Visited:
    folder = tmp_path_factory.mktemp("visited")
    write_county(folder, County(3000, interventions=True))
    return Visited(folder)


def test_passes_the_check_and_says_its_truth(visited: Visited) -> None:
    """The county passes the check; batch.toml says the ratio that the coefficients hold."""
    assert check_extract(visited.folder).report.exit_code == 0
    batch = Batch.read(visited.folder)
    assert batch.truth == {"visit_hazard_ratio": load_effects().visits["hazard_ratio"]}
    assert batch.area.endswith("-visits")


def test_truth_is_for_invented_data_only(tmp_path: Path) -> None:
    """A batch that claims to know the truth about real pupils is refused."""
    (tmp_path / "batch.toml").write_text("[truth]\nvisit_hazard_ratio = 0.5\n")
    with pytest.raises(Refusal, match="truth"):
        Batch.read(tmp_path)


def test_off_it_leaves_no_trace(tmp_path: Path) -> None:
    """Without the practice there is no such table and no such word in batch.toml."""
    rows = write_county(tmp_path, County(300, weeks=12))
    assert "interventions" not in rows
    assert "truth" not in (tmp_path / "batch.toml").read_text()


def test_who_nobody_visited_has_the_same_records(visited: Visited, tmp_path: Path) -> None:
    """Pupils of no list come late and are away on duty on the same days as without the practice."""
    write_county(tmp_path, County(3000))
    listed = visited.read("interventions")["student_id"].unique()

    def seen(rows: pl.DataFrame) -> set[tuple[object, ...]]:
        bad = rows.filter(
            ~pl.col("student_id").is_in(listed.implode()),
            pl.col("status").is_in(["late", "official"]),
            pl.col("date") < LAST_DAY - timedelta(days=45),  # later ones may not be entered yet
        )
        return set(bad.select("student_id", "date", "status").rows())

    assert seen(visited.read("attendance")) == seen(
        pl.read_parquet(tmp_path / "attendance.parquet")
    )


def test_visits_follow_a_listing_within_the_weeks_allowed(visited: Visited) -> None:
    """Every visit is on a Friday, of a pupil listed that day or at most four weeks before."""
    visits, lists = visited.days(VISITED), visited.days(LISTED)
    # the last listings may not be entered yet
    visits = visits.filter(pl.col("on") < LAST_DAY - timedelta(days=7))
    assert set(visits["on"].dt.weekday()) == {5}
    near = visits.join_asof(
        lists.rename({"on": "listed"}), left_on="on", right_on="listed", by="student_id",
        strategy="backward", coalesce=False, check_sortedness=False,
    )  # fmt: skip
    wait = (near["on"] - near["listed"]).dt.total_days()
    assert wait.null_count() == 0
    assert set(wait) <= {0, 7, 14, 21, 28}
    assert 0.3 < (wait == 0).mean() < 0.75  # type: ignore[operator]
    assert 0.6 < len(visits) / len(lists) < 0.95


def test_no_school_lists_beyond_its_capacity(visited: Visited) -> None:
    """A school lists at most its share of pupils in a week, rounded up."""
    roll = visited.read("enrolments").select("student_id", "school_id", "start_on")
    lists = visited.days(LISTED).join_asof(
        roll.sort("start_on"), left_on="on", right_on="start_on", by="student_id", check_sortedness=False
    )  # fmt: skip
    size = (
        roll.group_by("school_id", "start_on")
        .len("size")
        .group_by("school_id")
        .agg(pl.col("size").max())
    )
    share = load_effects().visits["capacity"]
    per = lists.group_by("school_id", "on").len("n").join(size, on="school_id")
    assert (per["n"] <= np.ceil(share * per["size"].to_numpy()) + 1).all()


def test_nobody_is_listed_without_a_mark(visited: Visited) -> None:
    """Who is listed has unexplained days on record in the four weeks before."""
    bad = visited.read("attendance").filter(pl.col("status").is_in(["unexplained", "unexcused"]))
    old = visited.read("student_aliases").rename(
        {"student_id": "now", "old_student_id": "student_id"}
    )
    bad = bad.join(old.select("student_id", "now"), on="student_id", how="left").with_columns(
        student_id=pl.coalesce("now", "student_id")
    )
    lists = visited.days(LISTED).join(bad.select("student_id", "date"), on="student_id", how="left")
    near = (lists["date"] < lists["on"]) & (lists["date"] > lists["on"] - timedelta(days=28))
    some = lists.with_columns(near=near).group_by("student_id", "on").agg(pl.col("near").any())
    assert some["near"].mean() > 0.97  # type: ignore[operator]


def test_visits_stand_among_the_contacts(visited: Visited) -> None:
    """Every visit is a contact too, and no other visit is on record."""
    told = visited.read("contacts").filter(channel="visit").select("student_id", "date").unique()
    visits = visited.days(VISITED).select("student_id", pl.col("on").alias("date"))
    late = visits.filter(pl.col("date") < LAST_DAY - timedelta(days=7))
    assert late.join(told, on=["student_id", "date"], how="anti").is_empty()
    assert told.join(visits, on=["student_id", "date"], how="anti").height <= 10


@pytest.fixture(scope="module")
def run() -> tuple[pupils.Scene, visiting.Practice, np.ndarray]:
    """A practice in memory, and the first outcomes if nobody had visited."""
    effects, where = load_effects(), span(LAST_DAY, 64)
    lot = places.chunks(8000)[0]
    people = pupils.make_pupils(lot, where, effects, seed=4)
    scene = pupils.Scene(people, where, effects)

    def rng(topic: str) -> np.random.Generator:
        return stream(4, lot[0].number, topic)

    course = make_course(scene, rng("course"))
    shut, quiet = (
        closures.draw(people, where, rng("closures")),
        silent(people, where, effects, rng("silent")),
    )
    done = practised(scene, course, shut, quiet, rng=rng)
    return scene, done, course.leaving


def test_about_half_of_those_who_would_have_left_after_a_visit_stay(
    run: tuple[pupils.Scene, visiting.Practice, np.ndarray],
) -> None:
    """Saved are about 1 - ratio of the outcomes due after a visit; nobody is saved without one."""
    _, done, before = run
    visited = np.isin(np.arange(len(before)), done.visited[0])
    assert (done.saved & ~visited).sum() == 0
    assert done.saved.sum() > 30
    assert (done.course.leaving[done.saved] == 0).all()
    kept = (before > 0) & ~done.saved
    assert (done.course.leaving[kept] == before[kept]).all()


def test_saved_pupils_are_back_and_stay(
    run: tuple[pupils.Scene, visiting.Practice, np.ndarray],
) -> None:
    """A saved pupil is not among those gone at the end of the records."""
    scene, done, _ = run
    assert not done.days.gone[done.saved, -1].any()
    assert not done.course.again.any()
    assert len(scene.people) == len(done.saved)


def test_no_indicator_reads_visits_or_contacts(tmp_path: Path) -> None:
    """Taking visits and contacts out of an extract changes no indicator of anybody."""
    whole, bare = tmp_path / "whole", tmp_path / "bare"
    rows = write_county(whole, County(600, weeks=20, interventions=True))
    assert rows["interventions"] > 20
    bare.mkdir()
    for file in whole.iterdir():
        if file.stem not in ("interventions", "contacts"):
            (bare / file.name).write_bytes(file.read_bytes())
    frames = [
        build(open_facts([folder], tmp_path / f"home{n}"), LAST_DAY - timedelta(days=14))
        for n, folder in enumerate((whole, bare))
    ]
    assert len(frames[0]) > 500
    assert frames[0].equals(frames[1])


def test_the_true_hazard_is_the_countys_own() -> None:
    """Every pupil and week has a hazard from 0 up, the same at every call, higher in junior school."""
    county = County(600, weeks=20)
    told = untreated_hazard(county)
    assert told.equals(untreated_hazard(county))
    assert told["hazard"].min() >= 0  # type: ignore[operator]
    assert told.group_by("student_id").len()["len"].unique().to_list() == [20]


def test_the_saved_are_those_of_the_written_county(visited: Visited) -> None:
    """Whom visits saved were visited, are on record with the county's own numbers, and have no such status."""
    ids = saved(County(3000, interventions=True))
    assert len(ids) > 10
    assert set(ids) <= set(visited.read("students")["student_id"])
    kinds = ["suspected_dropout", "dropped_out"]
    status = visited.read("status_changes").filter(
        pl.col("student_id").is_in(ids), pl.col("kind").is_in(kinds), pl.col("happened_on") >= date(2025, 9, 1)
    )  # fmt: skip
    assert status.is_empty()


def test_the_command_has_the_switch(tmp_path: Path) -> None:
    """``baoxue sample --interventions`` writes the table."""
    app = typer.Typer()
    app.callback()(lambda: None)
    sample.register(app)
    out = tmp_path / "out"
    got = CliRunner().invoke(
        app, ["sample", str(out), "--students", "300", "--weeks", "20", "--interventions"]
    )
    assert got.exit_code == 0, got.output
    assert (out / "interventions.parquet").exists()
