"""What moved in an estimate since the list before, from what both lists stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from serving.ports import Publication
from serving.services import moves, students
from serving.services.desk import Desk
from serving.services.views import Since
from tests.serving.scoring.test_draw import model
from tests.serving.services.counties import FRIDAY, county, desk, facts, order, publish
from training.explanation import since

#: Weeks before the newest list, and the version that drew it (0: the rule).
LISTS = ((5, 0), (4, 1), (3, 1), (1, 1), (0, 2))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list by the rule, three by one version (a week between two of them left out), one by the next."""
    where = tmp_path_factory.mktemp("moves")
    given = facts(county(where / "county"), where)
    for weeks, version in LISTS:
        chosen = {"model": model(version)} if version else {}
        publish(order(given, where, FRIDAY - timedelta(weeks=weeks), **chosen), desk(where))
    return where


@cache
def at(home: Path) -> Desk:
    return desk(home)


def listed(home: Path, nth: int) -> Publication:
    return at(home).lists.standing()[nth]


def estimated(
    home: Path, nth: int, among: pl.Series | None = None
) -> Iterator[tuple[str, Since | None]]:
    """Twenty pupils of a list with an estimate (``among`` these) and what is said of them."""
    publication = listed(home, nth)
    scored = at(home).table(publication, "scores").select("student_id").collect()["student_id"]
    for student in (scored if among is None else among).head(20):
        own = students.explanation(at(home), student, week=publication.week)
        yield student, own.since


def test_it_says_what_the_model_says_of_both_weeks(home: Path) -> None:
    """Word for word what the same model, asked about the records of both weeks, says; in both languages."""
    before, now = (at(home).table(listed(home, n), "features").collect() for n in (1, 2))
    bundle = model(1).bundle
    zh, en = (since(bundle, now, before, lang=lang) for lang in ("zh", "en"))
    for _, alike in zh.group_by("sentence"):  # some of whom each thing is said
        for student, own in estimated(home, 2, alike["student_id"]):
            mine = pl.col("student_id") == student
            assert own is not None
            assert own.week == listed(home, 1).week
            assert (own.zh, own.en) == tuple(f.filter(mine)["sentence"].item() for f in (zh, en))
    assert zh["sentence"].n_unique() > 1


def test_a_week_left_out_is_named_by_its_day(home: Path) -> None:
    """Where the list before is not of the week before, its day is said."""
    day = (FRIDAY - timedelta(weeks=3)).isoformat()
    for _, own in estimated(home, 3):
        assert own is not None
        assert own.zh.startswith(f"与{day}的名单相比，")
        assert own.en.startswith(f"Since {day}: ")


@pytest.mark.parametrize("nth", [1, 4])
def test_lists_of_two_models_are_not_compared(home: Path, nth: int) -> None:
    """After the rule, and after another version, the sentence says that the model changed."""
    assert {own.zh for _, own in estimated(home, nth) if own} == {
        moves.OTHER_ZH.format(listed(home, nth - 1).as_of)
    }


def test_a_rule_and_a_first_list_say_nothing(home: Path) -> None:
    """Points of a rule are told one by one; before the first list there was none."""
    assert {own for _, own in estimated(home, 0)} == {None}


def test_who_had_no_estimate_and_who_changed_school(home: Path) -> None:
    """A newcomer has nothing to compare with; a pupil is found in the school of then."""
    publication = listed(home, 2)
    student, own = next(estimated(home, 2))
    row = (
        at(home)
        .table(publication, "roster")
        .filter(pl.col("student_id") == student)
        .collect()
        .row(0, named=True)
    )
    parts = students._estimate(at(home), publication, row).parts
    asked = {"desk": at(home), "publication": publication, "parts": parts}
    assert moves.since(row=row | {"school_id": "of now"}, **asked) == own
    new = moves.since(row=row | {"student_id": "newcomer"}, **asked)
    assert new is not None
    assert (new.zh, new.en) == ("上周未作估计。", "Not estimated the week before.")
