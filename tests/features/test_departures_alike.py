"""The pace of leaving a class among those alike: who left of late, by what a source declares of pupils."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from features.batch import Attribute
from features.build import build, build_details, build_shares
from features.catalogue import MOST_TIMES, load
from features.engines import open_session
from features.example import CLASS, SCHOOL
from features.facts import Facts
from features.indicator import Example
from features.prepare import Day
from features.prepare.departures_alike import ADDED, FARTHEST, prepare
from features.sentence import render
from tests.features.indicators.world import Case, facts_of, new_folder
from tests.spark import session as spark_session

DAY = date(2026, 11, 6)
START = date(2026, 9, 1)
CREDITS = Attribute(direction=1, zh="修读学分", en="credits", in_class=True)
HOURS = Attribute(direction=1, zh="每周课时", en="hours a week", in_class=True)
NAME, RATE = "departure_rate_alike", "class_departure_rate"
Left = Mapping[str, date]


def facts(
    credits: Mapping[str, float],
    left: Left,
    *,
    declared: Mapping[str, Attribute] | None = None,
    more: tuple[dict[str, Any], ...] = (),
    schools: Mapping[str, str] | None = None,
) -> Facts:
    """One class (or one a school) of pupils with so many credits, some of whom left."""
    at = schools or {}
    tables = {
        "attributes": (
            *({"student_id": s, "name": "credits", "value": f"{v:g}", "known_on": START}
              for s, v in credits.items()),
            *more,
        ),
        "status_changes": tuple(
            {"student_id": s, "kind": "dropped_out", "happened_on": day} for s, day in left.items()
        ),
        "enrolments": tuple(
            {"student_id": s, "school_id": at.get(s, SCHOOL), "class_id": CLASS, "start_on": START}
            for s in credits
        ),
    }  # fmt: skip
    rows = Case("x", 0, Example(tables, DAY, {})).rows()
    told = facts_of(rows, mode="full", folder=new_folder())
    known = dict(declared or {"credits": CREDITS})
    return replace(told, batch=told.batch.model_copy(update={"attributes": known}))


def pace(held: Facts, engine: str = "polars") -> dict[str, tuple[float, float]]:
    """By pupil: the pace among those alike, and that of the class."""
    few = load(held.batch.attributes).only([NAME])
    frame = build(held, DAY, engine=engine, catalogue=few)
    return {
        s.removeprefix("x0-"): (a, r)
        for s, a, r in frame.select("student_id", NAME, RATE).iter_rows()
    }


PUPILS = {f"p{n:02d}": 60.0 if n < 12 else 120.0 for n in range(20)}
LATELY, EARLIER = DAY - timedelta(days=9), DAY - timedelta(days=50)
#: Five who left: as few as anything is told of.
MUCH = {"p15": LATELY, "p16": EARLIER, "p17": LATELY, "p18": EARLIER, "p19": LATELY}
LITTLE = {"p00": LATELY, "p01": EARLIER, "p02": LATELY, "p03": EARLIER, "p04": LATELY}


def by_hand(left: Left, pupil: str) -> float:
    """The times the class's pace, as the documentation says it."""
    values = list(PUPILS.values())
    mean = sum(values) / len(values)
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    weight = {s: 2 if day > DAY - timedelta(days=28) else 1 for s, day in left.items()}
    pulled = sum(w * (PUPILS[s] - mean) / sd for s, w in weight.items())
    return math.exp(pulled / (sum(weight.values()) + ADDED) * (PUPILS[pupil] - mean) / sd)


@pytest.fixture(scope="module")
def spark() -> Iterator[object]:
    """One local Spark session, where there is a Java virtual machine."""
    yield from spark_session("local[1]")


@pytest.mark.parametrize(
    "engine",
    ["polars", "duckdb", pytest.param("spark", marks=[pytest.mark.spark, pytest.mark.slow])],
)
@pytest.mark.parametrize("heavy", [True, False])
def test_those_alike_share_the_pace_of_those_who_left(
    engine: str, heavy: bool, request: pytest.FixtureRequest
) -> None:
    """Where those with much left, those with much have more than the class's pace, else less; by hand."""
    if engine == "spark":
        request.getfixturevalue("spark")
    left = MUCH if heavy else LITTLE
    told = pace(facts(PUPILS, left), engine)
    assert set(told) == set(PUPILS) - set(left)
    for pupil, (alike, rate) in told.items():
        assert alike / rate == pytest.approx(by_hand(left, pupil), abs=1e-6)
    assert (told["p14"][0] > told["p14"][1]) is heavy
    assert (told["p05"][0] < told["p05"][1]) is heavy


@pytest.mark.parametrize(
    ("credits", "left"),
    [
        (PUPILS, {}),
        (PUPILS, dict(list(MUCH.items())[1:])),
        (dict.fromkeys(PUPILS, 0.7), MUCH),
        ({s: v for s, v in PUPILS.items() if s < "p09"}, LITTLE),
    ],
    ids=["nobody left", "fewer than five left", "all alike", "fewer than ten"],
)
def test_where_nothing_can_be_told_it_is_the_pace_of_the_class(
    credits: Mapping[str, float], left: Left
) -> None:
    """With fewer than five gone, of whom it would be told, nobody different or fewer than ten in the class,
    everybody has the class's pace."""
    told = pace(facts(credits, left))
    assert len(told) == len(credits) - len(left)
    assert all(alike == rate > 0 for alike, rate in told.values())


def test_a_pupil_without_the_attribute_has_the_pace_of_the_class() -> None:
    """What is not on record of a pupil moves neither this pupil nor the others."""
    held = facts(PUPILS, MUCH)
    many = facts(PUPILS | {"q": 60.0}, MUCH)
    rows = many.scan("attributes").filter(pl.col("student_id") != "x0-q").collect()
    rows.write_parquet(many.path("attributes"))
    here, beside = pace(held), pace(many)
    assert beside["q"][0] == beside["q"][1]
    assert {s: a / r for s, (a, r) in beside.items() if s != "q"} == pytest.approx(
        {s: a / r for s, (a, r) in here.items()}, abs=1e-6
    )


def test_extremes_count_as_one_at_the_end_of_the_line() -> None:
    """However far from the class a pupil stands, the line is followed so far and no farther, and no pace is more
    than so many times the class's."""
    crowd = {f"c{n:03d}": 60.0 + n % 2 for n in range(150)}
    gone = {f"g{n}": LATELY for n in range(5)}
    held = facts(crowd | dict.fromkeys(["far", *gone], 9000.0), gone)
    session = open_session("polars")
    rows = session.collect(prepare(Day(held, DAY, session)))
    session.close()
    assert math.sqrt(150 / 6) > FARTHEST  # six of 156 stand apart: so many standard deviations
    own = rows.filter(pl.col("student_id") == "x0-far")["credits"].item()
    assert own == pytest.approx(10 * FARTHEST * FARTHEST / (10 + ADDED))
    alike, rate = pace(held)["far"]
    assert math.exp(own) > MOST_TIMES
    assert alike / rate == pytest.approx(MOST_TIMES)


def test_several_attributes_multiply() -> None:
    """Each attribute adds its own to the log-odds: the pace is the product."""
    both = {"credits": CREDITS, "hours": HOURS}
    hours = tuple(
        {"student_id": s, "name": "hours", "value": str(n % 5), "known_on": START}
        for n, s in enumerate(PUPILS)
    )
    left = {"p19": LATELY, "p04": LATELY, "p03": LATELY, "p18": EARLIER, "p10": LATELY}
    told = {
        name: pace(facts(PUPILS, left, declared=declared, more=hours))
        for name, declared in (("both", both), ("c", {"credits": CREDITS}), ("h", {"hours": HOURS}))
    }
    for pupil, (alike, rate) in told["both"].items():
        parts = told["c"][pupil][0] / rate * told["h"][pupil][0] / rate
        assert alike / rate == pytest.approx(parts, abs=1e-6)


def test_who_leaves_tomorrow_is_not_known_today() -> None:
    """A departure of the day after changes nothing, except that it does on the day after."""
    left = MUCH
    before = pace(facts(PUPILS, left))
    after = pace(facts(PUPILS, left | {"p14": DAY + timedelta(days=1)}))
    assert before == after
    assert pace(facts(PUPILS, left | {"p14": DAY})) != {
        s: v for s, v in before.items() if s != "p14"
    }


def test_some_schools_at_a_time_give_the_same_pace() -> None:
    """Portions of whole schools give what all together give, to the last bit."""
    names = {f"{school}{s}": (school, v) for school in "ab" for s, v in PUPILS.items()}
    left = {f"a{s}": day for s, day in MUCH.items()} | {f"b{s}": day for s, day in LITTLE.items()}
    schools = {s: f"320101000{'ab'.index(school) + 1}" for s, (school, _) in names.items()}
    held = facts({s: v for s, (_, v) in names.items()}, left, schools=schools)
    few = load(held.batch.attributes).only([NAME])
    whole = build(held, DAY, catalogue=few)
    portions = list(build_shares(held, DAY, 20, catalogue=few))
    assert len(portions) == 2
    assert pl.concat(portions).sort("student_id").equals(whole)
    # the other school of this small world has no calendar, so no pace either
    assert whole.filter(pl.col(NAME) != pl.col(RATE)).height == len(PUPILS) - 5


@pytest.mark.parametrize(
    ("left", "pupil", "zh", "en"),
    [
        (MUCH, "p14", "快于全班", "above"),
        (LITTLE, "p14", "慢于全班", "below"),
        (MUCH | LITTLE, "p14", "与全班相近", "about"),
    ],
)
def test_the_sentence_names_the_attributes_and_the_pace(
    left: Left, pupil: str, zh: str, en: str
) -> None:
    """Both languages say how many left, by what pupils are alike, and whether they leave faster: an estimate,
    in no more than three words."""
    said = spoken(facts(PUPILS, left), pupil)
    assert said == (
        f"本学期以来本班有{len(left)}名学生离开（含转出）。按修读学分估计，相近学生离开的快慢{zh}。",
        f"{len(left)} pupils left the class since the term began, moves included. The pace estimated of those"
        f" alike by credits is {en} the class's.",
    )


def test_everybody_who_left_is_counted() -> None:
    """Also where too few have a value, or of those without one: no other count than the class's own."""
    few = {s: v for s, v in PUPILS.items() if s < "p09"}
    assert spoken(facts(few, {"p00": LATELY, "p01": EARLIER}), "p05")[0].startswith(
        "本学期以来本班有2名学生离开（含转出）。"
    )


def spoken(held: Facts, pupil: str) -> tuple[str, str]:
    """What is said of a pupil's pace, in both languages."""
    declared = load(held.batch.attributes)
    _, said = build_details(held, DAY, catalogue=declared.only([NAME]))
    row = said.filter(pl.col("student_id") == f"x0-{pupil}").row(0, named=True)
    values = {k.removeprefix(f"{NAME}__"): v for k, v in row.items() if k.startswith(f"{NAME}__")}
    return render(declared[NAME].zh, values), render(declared[NAME].en, values, "en")
