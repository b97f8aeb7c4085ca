"""The course on an extract: rows known only later change nothing, workers change nothing, too little is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from typer.testing import CliRunner, Result

from features.facts import Facts, open_areas
from features.refusal import Refusal
from features.tables import polars_schema
from tests.training import world
from tests.training.factories import quick_recipe
from training import __main__ as front
from training import backtest, baselines, gates
from training.ablation import FAMILIES
from training.backtest import Systems, judge, walk
from training.bundle import Bundle
from training.bundle.registry import champion_folder, current
from training.commands.train import weeks
from training.evaluate import report
from training.evaluate.page import page
from training.recipe import Recipe
from training.rows import Order, Rows, at_school, evidence, gather, question_of, year_ends
from training.run import on_lists, to_the_analyst, train

RECIPE = """
[rows]
class_power = 0.0
per_positive = 0
lead_weeks = 2
most = 1500000
folds = 2
fewest_outcomes = 20
[search]
rounds = 30
step = 10
least = 0
choose_by = "average_precision"
[fixed]
objective = "binary"
[[candidates]]
name = "only"
learning_rate = 0.1
num_leaves = 7
min_data_in_leaf = 10
[capacity]
priority = 0.03
watch = 0.10
[gate]
replicates = 20
"""
SOON = 4


def order(**more: object) -> Order:
    given = {
        "until": world.UNTIL,
        "horizon_weeks": SOON,
        "every_weeks": 8,
        "recipe": quick_recipe(),
    }
    return Order(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world.write(tmp_path_factory.mktemp("small") / "extract")


@pytest.fixture(scope="module")
def facts(folder: Path, home: Path) -> Sequence[Facts]:
    return open_areas([folder], home)


@pytest.fixture(scope="module")
def rows(facts: Sequence[Facts]) -> Rows:
    return gather(facts, order())


@pytest.mark.slow
def test_two_workers_give_the_same_bytes(facts: Sequence[Facts]) -> None:
    """Rows built by two workers are those built by one, in the same order."""
    one, two = gather(facts, order(every_weeks=14)), gather(facts, order(every_weeks=14, workers=2))
    assert two.frame.equals(one.frame, null_equal=True)
    assert len(two.days) == 2


def test_what_is_known_only_later_changes_nothing(folder: Path, rows: Rows, tmp_path: Path) -> None:
    """Rows known after --until, with changed values, change neither a label nor an indicator."""
    later = world.UNTIL + timedelta(days=1)
    spoiled = tmp_path / "spoiled"
    spoiled.mkdir()
    for path in folder.iterdir():
        (spoiled / path.name).write_bytes(path.read_bytes())
    marks = pl.read_parquet(folder / "attendance.parquet")
    turned = marks.filter(pl.int_range(pl.len()) % 3 == 0).with_columns(
        status=pl.when(pl.col("status") == "present")
        .then(pl.lit("absent"))
        .otherwise(pl.lit("present")),
        known_on=pl.lit(later),
    )
    known = marks.with_columns(known_on=pl.col("date"))
    pl.concat([known, turned.select(known.columns)]).write_parquet(spoiled / "attendance.parquet")
    told = pl.read_parquet(folder / "status_changes.parquet")
    more = [
        {
            "student_id": world.pupil(n),
            "happened_on": world.DAYS[90],
            "kind": "dropped_out",
            "known_on": later,
        }
        for n in range(100, 140)
    ]
    schema = {name: polars_schema("status_changes")[name] for name in told.columns}
    pl.concat([told, pl.DataFrame(more, schema=schema)]).write_parquet(
        spoiled / "status_changes.parquet"
    )
    text = (spoiled / "batch.toml").read_text()
    (spoiled / "batch.toml").write_text(text.replace(str(world.UNTIL), str(later)))
    again = gather(open_areas([spoiled], tmp_path / "home"), order())
    assert again.frame.equals(rows.frame, null_equal=True)
    assert again.counts == rows.counts


def test_every_window_was_over_by_until(rows: Rows) -> None:
    """No row is used whose window ends after --until; labels are the leavings of the extract."""
    end = rows.frame["window_end"].max()
    assert isinstance(end, date)
    assert end <= world.UNTIL
    for one in rows.frame.filter(pl.col("label") == 1).iter_rows(named=True):
        left = world.leaving(int(one["student_id"][1:]), 60)
        assert left is not None
        assert one["as_of"] < left <= one["window_end"]


def test_sampling_keeps_every_positive_and_the_weight_of_all(
    facts: Sequence[Facts], rows: Rows
) -> None:
    """With room for fewer rows every positive stays, and the weights stand for those left out."""
    few = gather(facts, order(recipe=quick_recipe(most=300)))
    assert few.frame.height < rows.frame.height
    assert few.frame["label"].sum() == rows.frame["label"].sum()
    assert few.frame["weight"].sum() == pytest.approx(rows.frame.height, rel=0.15)
    assert few.counts == rows.counts


def test_whoever_is_sampled_is_there_in_every_week(facts: Sequence[Facts], rows: Rows) -> None:
    """Pupils are drawn, not rows: a pupil who is kept has all the rows of the whole, so a missing one tells
    nothing of the label; whoever had the outcome weighs one in every week, the others alike."""
    few = gather(facts, order(recipe=quick_recipe(most=300))).frame
    keys = ["area", "student_id", "as_of"]
    kept = rows.frame.join(
        few.select("area", "student_id").unique(), on=["area", "student_id"], how="semi"
    )
    assert kept.select(keys).sort(keys).equals(few.select(keys).sort(keys))
    left = rows.frame.filter(pl.col("label") == 1).select("area", "student_id").unique()
    assert few.join(left, on=["area", "student_id"], how="semi")["weight"].unique().to_list() == [
        1.0
    ]
    few = few.filter(~pl.col("whole"))
    others = (
        few.join(left, on=["area", "student_id"], how="anti")
        .group_by("area")
        .agg(pl.col("weight").n_unique())
    )
    assert (
        others["weight"].max() <= 2
    )  # those whose outcome lies after the last row weigh one as well


def test_those_who_stayed_can_stand_for_those_who_exited(
    folder: Path, home: Path, tmp_path: Path
) -> None:
    """With exits weighted rows of a day with lawful exits weigh more, labels stay; otherwise all weigh one."""
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    told = pl.read_parquet(moved / "status_changes.parquet")
    gone = [
        {"student_id": world.pupil(n), "happened_on": day, "kind": "transfer_out", "known_on": day,
         "receiver_confirmed_on": day}
        for n in range(100, 140) if (day := world.DAYS[110])
    ]  # fmt: skip
    pl.concat([told, pl.DataFrame(gone)], how="diagonal_relaxed").write_parquet(
        moved / "status_changes.parquet"
    )
    some = open_areas([moved], home)
    days = (world.DAYS[40], world.DAYS[100])
    plain = gather(some, order(days=days))
    found = gather(some, order(days=days, recipe=quick_recipe(exits="weighted")))
    assert plain.counts["exit"] > 0
    assert (plain.frame["weight"] == 1).all()
    assert found.frame.drop("weight").equals(plain.frame.drop("weight"), null_equal=True)
    assert (found.frame["weight"] >= 1).all()
    heavy = found.frame.filter(pl.col("weight") > 1.05)["as_of"].unique()
    assert heavy.to_list() == [days[1]]
    with pytest.raises(ValueError, match="sometimes"):
        quick_recipe(exits="sometimes")


def test_to_the_end_the_window_is_the_years_last_day(facts: Sequence[Facts]) -> None:
    """With the horizon 'end' every window ends on the class's last school day."""
    told = gather(facts, order(horizon_weeks=None))
    assert set(told.frame["window_end"]) == {world.UNTIL}
    assert told.frame.filter(pl.col("label") == 1).height > 0


def test_areas_are_pooled_and_share_only_common_attributes(
    folder: Path, home: Path, tmp_path: Path
) -> None:
    """Two areas are learned from together; an attribute that one lacks is no input."""
    other = world.write(
        tmp_path / "other",
        pupils=30,
        leavers=5,
        area="other",
        attributes={"credits": {"zh": "学分", "en": "credits"}},
    )
    both = gather(open_areas([folder, other], home), order(every_weeks=12))
    assert "attribute_credits" not in both.frame.columns
    alone = gather(open_areas([other], home), order(every_weeks=12))
    assert "attribute_credits" in alone.frame.columns
    assert both.frame.height > alone.frame.height


def test_the_year_of_a_row_is_the_first_not_over() -> None:
    """A row belongs to the school year in whose span it lies; before its first day it is not at school."""
    day = date(2026, 1, 10)
    ends = pl.DataFrame({
        "student_id": ["a", "a", "b"], "start_on": [date(2025, 9, 1)] * 3,
        "from_on": [date(2025, 9, 1), date(2026, 9, 1), date(2026, 2, 1)],
        "ends_on": [date(2026, 7, 5), date(2027, 7, 5), date(2026, 7, 5)],
    })  # fmt: skip
    asked = pl.DataFrame({"student_id": ["a", "b", "c"], "as_of": [day] * 3})
    told = at_school(asked, ends)
    assert told["student_id"].to_list() == ["a", "c"]
    assert told["ends_on"].to_list() == [date(2026, 7, 5), None]


def test_tenth_days_are_asked_for_where_they_count(folder: Path, tmp_path: Path) -> None:
    """The tenth unexplained day is evidence where the batch's outcome names it."""
    default = tmp_path / "extract"
    default.mkdir()
    for path in folder.iterdir():
        (default / path.name).write_bytes(path.read_bytes())
    text = (default / "batch.toml").read_text()
    (default / "batch.toml").write_text(
        text.replace('["dropped_out"]', '["dropped_out", "tenth_unexplained_day"]')
    )
    one = open_areas([default], tmp_path / "home")[0]
    question = question_of(one, order())
    assert evidence(one, question).tenth_days.columns == ["student_id", "on", "last"]
    assert set(year_ends(one, world.UNTIL)["ends_on"]) == {world.UNTIL}


@pytest.mark.parametrize(("leavers", "until", "said"), [
    (0, world.UNTIL, "0名"),
    (5, world.UNTIL, "1名"),
    (60, world.FIRST + timedelta(days=5), "0名"),
])  # fmt: skip
def test_without_enough_past_dropout_the_rule_serves(
    leavers: int, until: date, said: str, home: Path, tmp_path: Path
) -> None:
    """A county without (enough) past dropout, or in its first week, gets the rule and a plain sentence."""
    small = world.write(tmp_path / "extract", pupils=60, leavers=leavers, area=f"calm{leavers}")
    heard: list[str] = []
    made = train(
        open_areas([small], home), order(until=until), lambda zh, en: heard.append(zh + en)
    )
    assert made.serving.kind == "rule"
    assert said in made.serving.manifest.notice_zh
    assert made.serving.manifest.notice_zh.split("；")[0] in "".join(heard)
    assert made.serving.manifest.calibration.method == "none"


def test_a_course_adds_up_in_one_thread(
    facts: Sequence[Facts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trained, walked or judged: all through a course the matrix library has one thread, whatever it had."""
    seen: list[set[int]] = []

    def look() -> None:
        every = threadpool_info()
        seen.append({one["num_threads"] for one in every if one["user_api"] == "blas"})

    def reported(*given: Any, **more: Any) -> Any:
        look()
        return report(*given, **more)

    monkeypatch.setattr(backtest, "report", reported)
    with threadpool_limits(2, user_api="blas"):
        made = train(facts, order(), lambda zh, en: look())
        trained = len(seen)
        walk(facts, order(), lambda zh, en: look())
        walked = len(seen)
        judge(facts, Systems(made.challenger, made.baselines), order(), lambda zh, en: None)
    assert 0 < trained < walked < len(seen)
    assert all(one == {1} for one in seen)


def test_too_few_weeks_are_said(rows: Rows) -> None:
    """Outcomes enough but nothing later, nor another school, to test on: the sentence says so."""
    assert "时间跨度" in on_lists(rows, order())[0]
    assert "--" not in on_lists(rows, order())[0]
    zh, en = to_the_analyst(rows, order(every_weeks=8))
    assert "--horizon-weeks" in zh
    assert "smaller --every-weeks" in en
    assert "名单" not in zh
    none = replace(rows, frame=rows.frame.filter(pl.col("label") == 0))
    once = to_the_analyst(none, order(every_weeks=1))
    assert "有0名" in once[0]
    assert "--" not in once[0] + once[1]


def invoke(home: Path, *words: str, lang: str = "zh") -> Result:

    said = CliRunner().invoke(front.app, words, env={"BAOXUE_HOME": str(home), "BAOXUE_LANG": lang})
    if said.exception is not None and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


@pytest.mark.slow
def test_the_commands_from_facts_to_champion_and_back(
    folder: Path, home: Path, tmp_path: Path
) -> None:
    """train registers and promotes, the same again is no new version, promote, evaluate and rollback answer."""
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)
    day = str(world.UNTIL)
    asked = (
        "train",
        str(folder),
        "--until",
        day,
        "--horizon-weeks",
        "4",
        "--every-weeks",
        "3",
        "--recipe",
        str(recipe),
        "--promote",
    )
    told = json.loads(invoke(home, *asked, "--json").stdout)
    assert (told["kind"], told["new"], told["version"]) == ("model", True, 1)
    now = current(home, "dropout-risk")
    assert now is not None
    assert now.version == told["champion"]
    again = invoke(home, *asked, lang="en")
    assert "not registered again" in again.output
    assert Bundle.load(champion_folder(home, "dropout-risk")).manifest.horizon_weeks == 4
    before = told["champion"]
    calm = world.write(tmp_path / "calm", pupils=45, leavers=0, area="calm")
    told = json.loads(
        invoke(
            home, "train", str(calm), "--until", day, "--every-weeks", "9", "--promote", "--json"
        ).stdout
    )
    assert told["kind"] == "rule"
    assert "rule" in invoke(home, "evaluate").output
    kept = json.loads(invoke(home, "evaluate", "--version", "1", "--json").stdout)
    assert kept["kind"] == "model"
    assert set(kept["compared"]["against"]) == set(baselines.load())
    _judged_elsewhere(home, folder, tmp_path, day=day)
    assert f"第 {before} 版" in invoke(home, "rollback").output
    assert str(told["version"]) in invoke(home, "promote", str(told["version"])).output


def _judged_elsewhere(home: Path, folder: Path, tmp_path: Path, *, day: str) -> None:
    """A version on another area's data: its own baselines beside it, nothing learned, two languages."""
    other = world.write(tmp_path / "other", pupils=60, leavers=12, area="other")
    out = tmp_path / "report.md"
    told = invoke(
        home, "evaluate", str(other), "--version", "1", "--until", day, "--every-weeks", "3",
        "--out", str(out), "--json",
    )  # fmt: skip
    report = json.loads(told.stdout)
    assert report["way"] == "version"
    assert "其余各道在训练时检验" in out.read_text(encoding="utf-8")
    with pytest.raises(Refusal, match="2030-09-19 晚于"):
        invoke(home, "evaluate", str(other), "--until", day, "--as-of", "2030-09-19")
    assert report["retrospective"]
    assert set(report["systems"]) == {"model", *baselines.load()}
    assert "模型减对照" in out.read_text()
    assert report["rows"] == sum(one["rows"] for one in report["by_day"])


def test_a_course_is_walked_without_registering(folder: Path, home: Path, tmp_path: Path) -> None:
    """Without a version the course is walked forward, every area also judged by the others."""
    other = world.write(tmp_path / "other", pupils=90, leavers=30, area="other")
    quick = tmp_path / "recipe.toml"
    quick.write_text(RECIPE)
    facts, before = open_areas([folder, other], home), sorted(home.glob("bundles/*/*"))
    asked = Order(world.UNTIL, 4, every_weeks=4, recipe=Recipe.read(quick))
    report = walk(facts, asked, lambda zh, en: None, ablation=True)
    assert report["way"] == "walk_forward"
    assert [one["without"] for one in report["ablation"]] == [*FAMILIES, "all"]
    assert {g["name"] for g in report["gates"]} == set(gates.load())
    assert {one["area"] for one in report["elsewhere"]} == {one.batch.area for one in facts}
    assert "每个地区由其他地区的模型检验" in page(report)
    assert sorted(home.glob("bundles/*/*")) == before


def test_a_day_to_come_is_refused(home: Path, folder: Path) -> None:
    """Nothing can be known by a day that has not come."""
    with pytest.raises(Refusal, match="今天"):
        invoke(home, "train", str(folder), "--until", "2999-01-01")


@pytest.mark.parametrize("said", ["0", "61", "x", "-4"])
def test_a_horizon_is_weeks_or_the_end(said: str) -> None:
    """Anything but 1 to 60 or end is refused."""
    assert weeks("end") is None
    assert weeks("8") == 8
    with pytest.raises(Refusal):
        weeks(said)


def test_an_order_may_be_changed() -> None:
    """An order is plain data."""
    assert replace(order(), seed=3).seed == 3
