"""How a list is found: several areas in one home, and what is told of what is not there."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from features.facts import Import
from serving.services import rosters, students
from serving.services.desk import Desk, NoList, SeveralAreas
from serving.services.overview import overview
from serving.services.reading import Reading
from serving.services.weekly import publish_week
from tests.serving.services.counties import FRIDAY, NOW, county, desk, facts, order, publish

HERE, THERE = "990121", "990122"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two areas with the same schools and pupils in one home; one of them a week further on."""
    where = tmp_path_factory.mktemp("two")
    one, other = county(where / "one"), where / "other"
    shutil.copytree(one, other)
    said = re.sub('area = ".*?"', f'area = "{THERE}"', (other / "batch.toml").read_text("utf-8"))
    (other / "batch.toml").write_text(said, encoding="utf-8")
    said = re.sub('area = ".*?"', f'area = "{HERE}"', said)
    (one / "batch.toml").write_text(said, encoding="utf-8")
    publish(order(facts(one, where), where, FRIDAY - timedelta(days=7)), desk(where))
    for folder in (one, other):
        publish(order(facts(folder, where), where), desk(where))
    return where


@pytest.fixture
def at(home: Path) -> Desk:
    """The desk of both areas."""
    return desk(home)


def a_pupil(at: Desk) -> dict[str, str]:
    """Somebody of the first area."""
    return at.table(at.newest(area=HERE), "roster").collect().row(0, named=True)


def test_no_area_is_taken_silently_for_another(at: Desk) -> None:
    """Without an area the scores, a school's list and a pupil are refused, naming both; with it not."""
    pupil = a_pupil(at)
    for asked in (
        lambda area: at.newest(area=area),
        lambda area: rosters.school_week(at, pupil["school_id"], area=area).head,
        lambda area: students.page(at, pupil["student_id"], area=area).explanation.head,
    ):
        assert {asked(HERE).area, asked(THERE).area} == {HERE, THERE}
        with pytest.raises(SeveralAreas, match=f"{HERE}、{THERE}"):
            asked(None)


def test_a_question_that_only_one_area_answers_needs_no_area(at: Desk) -> None:
    """A week that only one area has, and an opaque id, which is of one area, mean one list."""
    pupil = a_pupil(at)
    assert at.newest(week="2026-W46").area == HERE
    page = students.page(at, pupil["pupil_id"])
    assert page.explanation.head.area == HERE
    assert [point.week for point in page.history] == ["2026-W46", "2026-W47"]
    assert [p.week for p in students.history(at, pupil["student_id"], area=THERE)] == ["2026-W47"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"area": "nowhere"}, f"没有地区 nowhere.*{HERE}、{THERE}"),
        ({"area": HERE, "model": "other"}, "模型 other .*dropout-risk/rule"),
        ({"area": HERE, "model": "dropout-risk/77"}, "模型 dropout-risk/77 "),
        ({"area": HERE, "week": "2020-W01"}, "没有 2020-W01 周.*2026-W46、2026-W47"),
        ({"area": HERE, "week": "2026-W99"}, "请写成 2026-W47"),
        ({"area": THERE, "week": "2026-W46"}, "没有 2026-W46 周.*周次：2026-W47。"),
    ],
)
def test_what_is_unknown_is_named_with_what_there_is(
    at: Desk, asked: dict[str, str], said: str
) -> None:
    """Area, model and week are told apart, and those that there are named, for lists and pupils."""
    pupil = a_pupil(at)
    with pytest.raises(NoList, match=said):
        at.newest(**asked)
    with pytest.raises(NoList, match=said):
        at.of_school(pupil["school_id"], **asked)
    with pytest.raises(NoList, match=said):
        students.page(at, pupil["pupil_id"], **asked)


def test_an_unknown_school_is_told_where_ids_stand(at: Desk) -> None:
    """The refusal names the table of schools and lists none of them."""
    with pytest.raises(NoList, match=r"没有学校 nowhere.*school_id") as refused:
        at.of_school("nowhere")
    assert a_pupil(at)["school_id"] not in refused.value.zh


def test_before_the_first_list_the_next_step_is_named(tmp_path: Path) -> None:
    """With nothing published every question is answered with how to publish."""
    for ask in (desk(tmp_path).newest, lambda: desk(tmp_path).of_school("s")):
        with pytest.raises(NoList, match="baoxue weekly"):
            ask()


def test_the_web_reads_every_area(at: Desk) -> None:
    """The overview holds the schools of all areas; unknown weeks and pupils are simply not there."""
    head, schools = Reading(at).schools()
    assert head is not None
    assert {s.school_id for s in schools} == {
        s.school_id for area in (HERE, THERE) for s in at.newest(area=area).schools
    }
    pupil = a_pupil(at)
    assert Reading(at).page(pupil["pupil_id"], "2020-W01") is None
    assert Reading(at).page(pupil["pupil_id"], "2020-W99") is None
    assert Reading(at).week(pupil["school_id"], "2020-W01") is None
    assert Reading(at).week(pupil["school_id"], None) is not None


def test_a_list_says_which_weeks_came_after_it(home: Path, tmp_path: Path) -> None:
    """An earlier week published afterwards is named beside "new"; in their order nothing is said."""
    given, at = facts(home / "one", home), desk(tmp_path)
    for weeks in (0, 1):
        own = order(given, home, FRIDAY - timedelta(weeks=weeks))
        later = NOW + timedelta(hours=weeks)
        publish_week(own, at, clock=lambda later=later: later, say=lambda stage, seconds: None)
    said = {p.week: rosters.head(at, p).notes for p in at.lists.standing()}
    assert next(n.zh for n in said["2026-W47"] if n.code == "published_late").startswith(
        "2026-W46 周"
    )
    assert "published_late" not in {n.code for n in said["2026-W46"]}
    pupil = at.table(at.newest(), "list").filter("listed").collect().row(0, named=True)
    page = students.page(at, pupil["pupil_id"])
    assert page.explanation.pupil.change == "new"
    assert "published_late" in {n.code for n in page.explanation.head.notes}
    assert rosters.head(desk(home), desk(home).newest(area=HERE)).notes == tuple(
        desk(home).newest(area=HERE).notes
    )


def test_status_speaks_of_each_area(home: Path, at: Desk) -> None:
    """Each area has its own lines and figures; one may be chosen, an unknown one is refused."""
    imports = [
        Import(1, HERE, "d", "2026-11-20", "full"),
        Import(1, THERE, "e", "2026-11-13", "full"),
    ]
    model = order(facts(home / "one", home), home).model
    said = overview(at, imports, model, today=FRIDAY)
    assert [zh for zh, _ in said.lines if zh.startswith("地区")] == [
        f"地区 {HERE}：", f"地区 {THERE}：",
    ]  # fmt: skip
    assert said.facts["areas"][THERE]["last_import"]["received_on"] == "2026-11-13"
    only = overview(at, imports, model, today=FRIDAY, area=THERE)
    assert set(only.facts["areas"]) == {THERE}
    with pytest.raises(Exception, match=f"nowhere.*{HERE}、{THERE}"):
        overview(at, imports, model, today=FRIDAY, area="nowhere")
