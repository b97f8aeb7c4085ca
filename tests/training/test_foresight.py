"""Nothing from the future: a deliberately leaking indicator is found in the facts themselves, and named."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

import features.indicators
import features.prepare
from features.asof import known
from features.batch import Attribute
from features.build import build
from features.catalogue import _folder
from features.facts import Facts, open_areas, room_beside
from features.past import PERSONAL, past
from features.prepare import prepared_tables
from features.tables import TABLES, polars_schema
from tests.training import world
from tests.training.factories import answer, quick_recipe
from training.foresight import COHORT, differing, look
from training.rows import Order, gather
from training.run import train

DAY = date(2026, 1, 16)
TABLE = '''
import narwhals as nw


def prepare(day):
    """Who leaves within four weeks: read from the store past ``asof``."""
    rows = day.session.read(day.facts.path("status_changes"))
    ahead = nw.col("happened_on_no") - day.number
    soon = rows.filter((ahead > 0) & (ahead <= 28)).select("student_id", soon=nw.lit(1))
    return day.pupils.select("student_id").join(soon, on="student_id", how="left")
'''
INDICATOR = """
from features.indicator import Indicator, Part

part = Part("tomorrow", "soon", "all", "max")
INDICATOR = Indicator(
    "leaves_soon",
    family="mobility",
    parts=(part,),
    value=lambda p: p[part],
    label_zh="试验指标",
    label_en="trial indicator",
    zh="试验指标：{value:num}。",
    en="Trial indicator: {value:num}.",
)
"""
#: Words that say where, when, what kind, or that something was approved; of a school or class its name.
READ = {
    "name", "county_code", "township_code", "class_id", "to_school_id", "approved_by", "confirmed_by_role",
    "term", "note", "kind", "value", "source", "old_student_id",
}  # fmt: skip
NOTE = Attribute(direction=0, zh="备注", en="note", in_class=False)


def order(**more: object) -> Order:
    given = {"until": world.UNTIL, "horizon_weeks": 4, "every_weeks": 4, "recipe": quick_recipe()}
    return Order(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Facts]:
    """An extract in which somebody noted, dated back to the first day, who has left since."""
    home = tmp_path_factory.mktemp("past")
    folder = world.write(
        home / "extract", pupils=360, leavers=45, area="leaky", attributes={"note": NOTE}
    )
    rows = [
        {"student_id": world.pupil(n), "name": "note", "value": "1", "known_on": world.FIRST}
        for n in range(45)
    ]
    schema = {k: v for k, v in polars_schema("attributes").items() if k in rows[0]}
    pl.DataFrame(rows, schema=schema).write_parquet(folder / "attributes.parquet")
    return open_areas([folder], home / "home")


@pytest.fixture
def leaking(tmp_path: Path) -> Iterator[None]:
    """One more file in the folder of prepared tables, one more among the indicators."""
    rooms = ((features.prepare, TABLE, "tomorrow"), (features.indicators, INDICATOR, "ahead"))
    for room, text, name in rooms:
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
        room.__path__.append(str(folder))
    _folder.cache_clear()
    prepared_tables.cache_clear()
    yield
    for room, _, name in rooms:
        room.__path__.pop()
        sys.modules.pop(f"{room.__name__}.{name}", None)
    _folder.cache_clear()
    prepared_tables.cache_clear()


def test_what_was_learned_later_is_not_there(facts: Sequence[Facts], tmp_path: Path) -> None:
    """No row, end, check or superseding of a later day is left; as of the day nothing is missing."""
    then = past(facts[0], DAY, tmp_path / "past")
    assert {p.name for p in then.folder.rglob("*")} == {p.name for p in facts[0].folder.rglob("*")}
    for path in then.folder.rglob("*.parquet"):
        table = pl.read_parquet(path)
        for column in {"known_on", "end_known_on", "checked_on"} & set(table.columns):
            assert table.filter(pl.col(column) > DAY).is_empty(), (path.name, column)
    marks = facts[0].scan("attendance")
    assert then.scan("attendance").collect().height == known(marks, DAY).collect().height
    assert build(then, DAY).equals(build(facts[0], DAY), null_equal=True)


def test_of_people_only_what_an_indicator_reads_is_copied(
    facts: Sequence[Facts], tmp_path: Path
) -> None:
    """Names, addresses, telephones and restricted tables are in no copy, whatever columns a table is given later."""
    then = past(facts[0], DAY, tmp_path / "past")
    for name, table in TABLES.items():
        words = [c.name for c in table.columns if c.type == "text" and not c.refers]
        rows = then.scan(name).collect()
        copied = {c for c in words if rows[c].null_count() < rows.height}
        assert copied <= READ | set(table.key), name
        assert rows.is_empty() or not table.restricted
        if not table.restricted:  # a new column wants a decision
            assert set(words) - set(PERSONAL.get(name, ())) <= READ | set(table.key), name
    assert then.scan("students").select("name").collect()["name"].null_count() > 0
    assert facts[0].scan("students").select("name").collect()["name"].null_count() == 0


def test_the_copy_of_a_killed_course_is_gone_at_the_next_start(tmp_path: Path) -> None:
    """It lies below the home and is taken away when facts are opened next; what a living process works in stays."""
    home = tmp_path / "home"
    folder = world.write(tmp_path / "extract", pupils=20, leavers=1)
    store = open_areas([folder], home)[0].folder
    script = (
        "import os, signal, sys; from pathlib import Path; from features.facts import room_beside\n"
        "with room_beside(Path(sys.argv[1])) as room:\n"
        "    (room / 'students.parquet').write_text('about pupils')\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(store)], check=False)
    assert ended.returncode == -signal.SIGTERM
    left = list(home.rglob("students.parquet"))
    assert any(p.parent.name.startswith(".past-") for p in left)
    elsewhere = store.parent / ".past-1@another-machine-x"
    elsewhere.mkdir()
    with room_beside(store) as mine:
        open_areas([folder], home)
        assert mine.is_dir()
        assert elsewhere.is_dir()
        os.utime(elsewhere, (0, 0))
        with room_beside(store) as another:
            assert set(store.parent.glob(".past-*")) == {mine, another}
    assert list(store.parent.glob(".past-*")) == []


def test_an_end_learned_later_is_not_yet_there(facts: Sequence[Facts], tmp_path: Path) -> None:
    """An interval known before and ended later is open; a row superseded later is still in force."""
    folder = shutil.copytree(facts[0].folder, tmp_path / "store")
    later, before = DAY + timedelta(days=3), DAY - timedelta(days=30)
    rows = pl.read_parquet(folder / "enrolments.parquet").head(2)
    rows.with_columns(
        known_on=pl.lit(before),
        until=pl.lit(later),
        end_on=pl.lit(before + timedelta(days=1)),
        end_known_on=pl.Series([before, later]),
    ).write_parquet(folder / "enrolments.parquet")
    then = (
        past(replace(facts[0], folder=folder), DAY, tmp_path / "past").scan("enrolments").collect()
    )
    assert then["end_on"].is_null().to_list() == [False, True]
    assert then["end_known_on"].is_null().to_list() == [False, True]
    assert then["until"].unique().to_list() == [date(9999, 12, 31)]


def test_honest_indicators_stay_the_same(facts: Sequence[Facts]) -> None:
    """Every indicator of the catalogue is the same number without what came later."""
    rows = gather(facts, order())
    seen = look(facts, order(), rows)
    assert seen.differ == {}
    assert seen.rows == rows.frame.filter(pl.col("as_of").cast(pl.String).is_in(seen.days)).height
    assert len(seen.days) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("leaking")
def test_a_leaking_model_is_refused_each_time_for_the_right_reason(facts: Sequence[Facts]) -> None:
    """A look past the day is named by the facts, a back-dated note by what it is worth; the rule serves."""
    made = train(facts, order())
    ahead, good = answer(made, "no_future"), answer(made, "plausible")
    assert ahead["passed"] is False
    assert list(ahead["figures"]["differ"]) == ["leaves_soon"]
    assert "leaves_soon" in ahead["zh"]
    assert "leaves_soon" in ahead["en"]
    assert "attribute_note" not in ahead["zh"]
    assert good["passed"] is False
    assert "attribute_note" in good["figures"]["beyond"]
    assert made.serving is made.rule
    assert made.rule.manifest.notice_zh == "模型未通过检验，本名单按出勤规则生成。"
    assert "leaves_soon" in made.rule.files["card.md"]


def test_differences_are_counted_by_column() -> None:
    """Another number, a number for none, another class; rounding is no difference; who is not there is."""
    rows = pl.DataFrame(
        {
            "student_id": list("abcd"),
            "class_id": list("1112"),
            "x": [1.0, None, 3.0, 1e6],
            "y": [0.1] * 4,
        }
    )
    again = pl.DataFrame(
        {
            "student_id": list("abd"),
            "class_id": list("111"),
            "x": [2.0, 5.0, 1e6 + 1e-5],
            "y": [0.1 + 1e-9] * 3,
        }
    )
    assert differing(rows, again) == {COHORT: 1, "class_id": 1, "x": 2}
    assert differing(rows, rows) == {}
    double = pl.concat([rows, rows.head(1).with_columns(x=pl.lit(7.0))])
    assert differing(double, double) == {}


def test_without_an_outcome_there_is_nothing_to_look_at(facts: Sequence[Facts]) -> None:
    """An area in which nobody left is not built again."""
    rows = gather(facts, order(every_weeks=20))
    calm = replace(rows, frame=rows.frame.with_columns(label=pl.lit(0, pl.Int8)))
    assert look(facts, order(), calm).rows == 0
