"""Laws of the checks: a quiet week is quiet, each disturbance is heard by its own check, and nobody is named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from serving.scoring.health import Finding, came, examine, rooms
from serving.scoring.health.checks import (
    coverage,
    drift,
    expected,
    late_list,
    marks,
    model_age,
    population,
    realised,
    results,
    rule_serving,
    silent_feed,
    stop_rule,
)
from serving.scoring.health.finding import SEVERITIES
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.profile import SCORE
from tests.serving.scoring.health import grounds as make
from training.bundle.format import Spoiled

LAST_TWO = make.WEEKS[-2:]
HERE, THERE = make.SCHOOLS[:2]


def codes(found: list[Finding], severity: str = "act") -> set[str]:
    return {f.code for f in found if f.severity == severity}


def with_score(mean: float) -> pl.DataFrame:
    """The figures, and the estimates with this mean in the newest week."""
    rows = [(day, SCORE, 900, 900, mean if day == make.TODAY else -3.0 * make.wobble(n), 1.0)
            for n, day in enumerate(make.WEEKS)]  # fmt: skip
    more = pl.DataFrame(rows, schema=make.INDICATORS, orient="row")
    return pl.concat([make.indicators(), more])


def year_ago(mean: float) -> pl.DataFrame:
    """Engagement of these weeks at 3, of last year's at ``mean``."""
    then = [make.TODAY - timedelta(days=364 + n) for n in (-7, 0, 7)]
    return pl.concat(
        [
            make.indicators(lambda name, day: 3.0 if name == "activity_4w" else None),
            make.indicators(
                lambda name, day: mean + 0.1 * (day.day % 2) if name == "activity_4w" else None,
                weeks=then,
            ),
        ]
    )


DAMAGE = (lambda told: (told.zh, told.en))(
    Spoiled.file("bundle.json").at(
        "登记的第 1 版",
        "Version 1",
        remedy=("下一步：从备份恢复。", "Next: restore it from a backup."),
    )
)
DISTURBED: dict[str, Grounds] = {
    "drift_indicator": make.grounds(
        indicators=make.indicators(
            lambda name, day: 0.24 if name == "poverty_registered" and day == make.TODAY else None
        )
    ),
    "drift_missing": make.grounds(
        indicators=make.indicators(
            known=lambda name, day: 300 if name == "absence_4w" and day == make.TODAY else None
        )
    ),
    "drift_score": make.grounds(indicators=with_score(-2.0)),
    "drift_season": make.grounds(indicators=year_ago(9.0)),
    "marks_late": make.grounds(
        marks=make.marks(lambda s, c, d: 2.5 if c == "late" and d in LAST_TWO else None)
    ),
    "marks_early": make.grounds(
        marks=make.marks(lambda s, c, d: 3.5 if c == "early" and d in LAST_TWO else None)
    ),
    "marks_excused": make.grounds(
        marks=make.marks(lambda s, c, d: 0.0 if c == "excused" and d in LAST_TWO else None)
    ),
    "marks_unexplained": make.grounds(
        marks=make.marks(lambda s, c, d: 10.0 if c == "unexplained" and d in LAST_TWO else None)
    ),
    "results_scale": make.grounds(
        results=make.results((date(2026, 7, 3), 600, 0.71), (make.TODAY, 500, 0.43))
    ),
    "population": make.grounds(
        pupils=make.pupils(lambda s, g, d: 0.5 if s == HERE and d == make.TODAY else None)
    ),
    "silent_attendance": make.grounds(feeds=make.feeds(("attendance", HERE, 6, 2, 8))),
    "silent_feed": make.grounds(feeds=make.feeds(("activity", HERE, 40, 8, 8))),
    "coverage_fell": make.grounds(
        marks=make.marks(lambda s, c, d: 0.6 if c == "known" and d in LAST_TWO else None)
    ),
    "coverage_school": make.grounds(
        marks=make.marks(
            lambda s, c, d: 0.6 if c == "known" and d in LAST_TWO and s == HERE else None
        )
    ),
    "calibration": make.grounds(settled=make.settled(hits=15, missed=60)),
    "realised_precision": make.grounds(settled=make.settled(hits=5, missed=32, p=0.6)),
    "model_age": make.grounds(serving=make.serving(trained_until=date(2025, 6, 1))),
    "rule_serving": make.grounds(serving=make.serving(kind="rule", found="refused")),
    "stop_rule": make.grounds(less=make.less(-0.01)),
    "damage": make.grounds(damage=(DAMAGE,)),
    "late_list": make.grounds(today=make.TODAY + timedelta(days=10)),
}
ONLY_LOOKED_AT = {"drift_score", "drift_season", "silent_feed", "coverage_school"}


def test_a_quiet_week_needs_nobody() -> None:
    """Where nothing changed no check asks for a person or a look."""
    found = examine(make.grounds())
    assert {f.severity for f in found} == {"note"}
    assert {f.code for f in found} == {
        "coverage", "expected", "realised_precision", "calibration", "stop_rule",
    }  # fmt: skip


@pytest.mark.parametrize("code", DISTURBED)
def test_each_disturbance_is_heard_by_its_own_check(code: str) -> None:
    """One thing changed: that is said, and nothing else is."""
    loud = {f.code: f.severity for f in examine(DISTURBED[code]) if f.severity != "note"}
    assert loud == {code: "look" if code in ONLY_LOOKED_AT else "act"}


@pytest.mark.parametrize("code", DISTURBED)
def test_what_is_said_has_a_next_step_in_both_languages(code: str) -> None:
    """Every finding that asks for something says what to do, and figures stand beside it."""
    for finding in examine(DISTURBED[code]):
        assert finding.zh.endswith("。")
        assert not re.search(r"[\u4e00-\u9fff]", finding.en.replace("青石中学", ""))
        if finding.severity != "note":
            assert "下一步：" in finding.zh
            assert "Next: " in finding.en


@pytest.mark.parametrize("code", DISTURBED)
def test_no_pupil_is_named_and_nothing_is_ranked(code: str) -> None:
    """No student id is in a sentence or figure; no word of a rank, a blame or a cause."""
    for finding in examine(DISTURBED[code]):
        text = f"{finding.zh}{finding.en}{dict(finding.figures)}"
        assert not re.search(r"\bs\d+\b", text)
        assert not re.search("排名|倒数|高危|原因|导致|rank|worst|because|cause", text)


def test_what_needs_a_person_stands_first() -> None:
    """Findings are ordered by severity, then by code: never by size."""
    worse = make.grounds(
        feeds=make.feeds(("attendance", HERE, 6, 2, 8), ("attendance", THERE, 9, 2, 8)),
        serving=make.serving(trained_until=date(2026, 3, 1)),
    )
    found = examine(worse)
    order = [SEVERITIES.index(f.severity) for f in found]
    assert order == sorted(order, reverse=True)
    said = [f.zh for f in found if f.acts]
    assert len(said) == 2
    assert said == sorted(said)


def test_every_check_of_the_folder_is_asked() -> None:
    """Each file says its code and its look; none is forgotten."""
    assert {room.CODE for room in rooms()} == {
        "coverage", "damage", "drift", "expected", "late_list", "marks", "model_age", "population", "realised",
        "results", "rule_serving", "silent_feed", "stop_rule",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("label", "command"),
    [
        ("dropout-risk/3", "baoxue evaluate --version 3"),
        ("other/12", "baoxue evaluate --version 12 --name other"),
        ("rule", "baoxue evaluate"),
    ],
)
def test_the_way_to_the_gates_is_a_command_that_shows_them(label: str, command: str) -> None:
    """Where a rule serves for a refused model the report's exact command is named, in both languages."""
    held = replace(make.serving(kind="rule", found="refused"), label=label)
    (found,) = rule_serving.look(make.grounds(serving=held))
    assert f"（{command} 逐项写明）" in found.zh
    assert f"({command} says so one by one)" in found.en


def test_an_empty_county_is_no_error() -> None:
    """With no figures at all every check answers, and only what is certain is said."""
    empty = Grounds("a", "2026-W47", make.TODAY, make.TODAY, make.serving())
    assert {f.code for f in examine(empty)} == {"realised_none"}


# --- drift ------------------------------------------------------------------------------------


def test_too_few_weeks_are_compared_with_nothing() -> None:
    """With five weeks before it, no change is called a drift."""
    few = DISTURBED["drift_indicator"].indicators.filter(pl.col("as_of").is_in(make.WEEKS[-6:]))
    assert not drift.look(make.grounds(indicators=few))


def test_weeks_near_holidays_do_not_count_for_attendance() -> None:
    """Where the four weeks hold a holiday, attendance windows are compared with nothing."""
    loud = make.grounds(
        indicators=make.indicators(
            lambda name, day: 0.4 if name == "absence_4w" and day == make.TODAY else None
        )
    )
    assert codes(drift.look(loud)) == {"drift_indicator"}
    broken = loud.unbroken - {make.TODAY}
    assert not drift.look(make.grounds(indicators=loud.indicators, unbroken=broken))


def test_what_moves_with_the_calendar_never_asks_for_a_person() -> None:
    """An unsteady indicator that jumps from one week to the next is not even mentioned."""
    jump = make.indicators(
        lambda name, day: 90.0 if name == "activity_4w" and day == make.TODAY else None
    )
    assert not drift.look(make.grounds(indicators=jump))


def test_a_change_within_what_weeks_differ_by_is_none() -> None:
    """The same step is no drift where the weeks before jumped as far themselves."""
    restless = make.indicators(
        lambda name, day: (
            0.24 if name == "poverty_registered" and day.toordinal() // 7 % 2 else None
        )
    )
    assert not drift.look(make.grounds(indicators=restless))


def test_a_first_registration_is_no_drift() -> None:
    """From nobody to two pupils of nine hundred is no large effect, however surprising."""
    first = make.indicators(
        lambda name, day: (2 / 900 if day == make.TODAY else 0.0) if name == "poverty_registered" else None
    ).with_columns(
        sd=pl.when(pl.col("name") == "poverty_registered").then(pl.col("mean").sqrt()).otherwise("sd")
    )  # fmt: skip
    assert not drift.look(make.grounds(indicators=first))


def test_a_change_of_the_week_before_is_still_heard() -> None:
    """A drift goes on being said in its second week: the week before is no reference."""
    two = make.indicators(
        lambda name, day: 0.24 if name == "poverty_registered" and day in LAST_TWO else None
    )
    assert codes(drift.look(make.grounds(indicators=two))) == {"drift_indicator"}


def test_a_register_loses_the_pupils_of_a_school_without_an_alarm() -> None:
    """A register counts per school: a third without a value is a school's last entry, nine tenths are a table lost."""

    def left(known: int) -> bool:
        own = make.indicators(
            known=lambda name, day: (
                known if name == "poverty_registered" and day == make.TODAY else None
            )
        )
        return codes(drift.look(make.grounds(indicators=own))) == {"drift_missing"}

    assert not left(580)
    assert left(90)


def test_many_indicators_make_one_sentence() -> None:
    """Several that moved together are one finding, the largest named first, the rest counted."""
    names = {f"register_{n}": "register" for n in range(6)}
    rows = [(day, name, 900, 900, 0.5 if day == make.TODAY else 0.1 * make.wobble(n), 0.3)
            for n, day in enumerate(make.WEEKS) for name in names]  # fmt: skip
    own = pl.DataFrame(rows, schema=make.INDICATORS, orient="row")
    (finding,) = drift.look(make.grounds(indicators=own, steady=names))
    assert "等6项" in finding.zh
    assert "and 2 more" in finding.en


def test_a_score_that_stands_or_is_not_surprising_is_not_mentioned() -> None:
    """Small moves of the estimates are nothing, and so are those that weeks make by themselves."""
    assert not drift.look(make.grounds(indicators=with_score(-2.9)))
    assert not drift.look(make.grounds(indicators=with_score(-3.05)))


def test_last_year_alike_is_no_difference() -> None:
    """What stands where it stood a year ago is not mentioned."""
    assert not drift.look(make.grounds(indicators=year_ago(3.0)))


# --- marks and results --------------------------------------------------------------------------


def test_marks_of_a_week_without_school_say_nothing() -> None:
    """Where this week holds no school day the weeks before are not judged again."""
    own = DISTURBED["marks_late"].marks.filter(pl.col("as_of") < make.TODAY)
    assert not marks.look(make.grounds(marks=own))
    assert not coverage.look(make.grounds(marks=own))


def test_marks_need_weeks_to_be_compared_with() -> None:
    """In the first weeks of records nothing is compared."""
    own = DISTURBED["marks_late"].marks.filter(pl.col("as_of").is_in(make.WEEKS[-7:]))
    assert not marks.look(make.grounds(marks=own))


def test_twice_as_many_marks_of_few_are_chance() -> None:
    """The same ratio in a tenth of the county is within chance."""
    counts = ["expected", "known", "days", "late", "early", "excused", "unexplained"]
    twice = make.marks(lambda s, c, d: 2.0 if c == "late" and d in LAST_TWO else None)
    assert codes(marks.look(make.grounds(marks=twice))) == {"marks_late"}
    assert not marks.look(make.grounds(marks=twice.with_columns(pl.col(counts) / 10)))


def test_results_are_compared_with_all_earlier_ones() -> None:
    """No results now, none before, too few, or the same: nothing is said."""
    early = (date(2026, 7, 3), 600, 0.71)
    for batches in ([early], [(make.TODAY, 500, 0.4)], [early, (make.TODAY, 50, 0.4)],
                    [early, (make.TODAY, 500, 0.71)],
                    [early, (make.TODAY - timedelta(days=7), 500, 0.4)]):  # fmt: skip
        assert not results.look(make.grounds(results=make.results(*batches)))


def test_a_batch_seen_last_week_is_no_reference_for_itself() -> None:
    """Results that came last week are said again this week, not compared with themselves."""
    lately = make.TODAY - timedelta(days=7)
    again = make.results((date(2026, 7, 3), 600, 0.71), (lately, 5000, 0.4), (make.TODAY, 500, 0.4))
    assert codes(results.look(make.grounds(results=again))) == {"results_scale"}


# --- population ----------------------------------------------------------------------------------


def test_a_whole_county_is_said_once() -> None:
    """Where all schools halve, one sentence says so, not one a school."""
    half = make.pupils(lambda s, g, d: 0.5 if d == make.TODAY else None)
    found = population.look(make.grounds(pupils=half))
    assert [f.figures["now"] for f in found] == [450.0]


def test_a_grade_that_vanishes_is_said() -> None:
    """A grade missing from the import is named by its number."""
    gone = make.pupils().filter((pl.col("grade") != "8") | (pl.col("as_of") < make.TODAY))
    others = [make.pupils().with_columns(grade=pl.lit(str(n))) for n in (4, 5, 6, 9)]
    found = population.look(make.grounds(pupils=pl.concat([gone, *others])))
    assert {f.zh[:3] for f in found} == {"8年级"}


def test_a_school_that_appears_is_said() -> None:
    """A school without pupils before is a change too."""
    new = make.pupils().filter((pl.col("school_id") != HERE) | (pl.col("as_of") == make.TODAY))
    more = pl.concat(
        [
            new,
            make.pupils().with_columns(school_id=pl.lit("x")),
            make.pupils().with_columns(school_id=pl.lit("y")),
        ]
    )
    assert [f.figures["before"] for f in population.look(make.grounds(pupils=more))] == [0.0]


def test_the_end_and_the_beginning_of_a_year_are_left_alone() -> None:
    """Classes that finish are no fault, and a new year is not compared with the old one."""
    half = DISTURBED["population"].pupils
    moved = {
        day: make.grounds(
            as_of=day,
            pupils=half.with_columns(pl.col("as_of") + pl.duration(days=(day - make.TODAY).days)),
        )
        for day in (date(2026, 6, 26), date(2026, 8, 14), date(2026, 6, 12))
    }
    told = {day: bool(population.look(one)) for day, one in moved.items()}
    assert told == {date(2026, 6, 26): False, date(2026, 8, 14): False, date(2026, 6, 12): True}


def test_a_week_without_a_run_has_no_population() -> None:
    """Nothing is said of a week that is not among the figures."""
    assert not population.look(
        make.grounds(pupils=make.pupils().filter(pl.col("as_of") < make.TODAY))
    )


# --- feeds and coverage --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent", "classes", "severity"),
    [(2, 8, None), (3, 8, "look"), (5, 8, "act"), (4, 1, None), (5, 1, "look"), (16, 1, "act")],
)
def test_a_small_school_is_given_more_time(silent: int, classes: int, severity: str | None) -> None:
    """A school of one class is reached by its own ladder of duties first."""
    found = silent_feed.look(
        make.grounds(feeds=make.feeds(("attendance", HERE, silent, 2, classes)))
    )
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_feed_is_silent_by_its_own_measure() -> None:
    """Forty school days are long for a log that speaks daily, short for one that speaks twice a term."""
    assert not silent_feed.look(make.grounds(feeds=make.feeds(("grades", HERE, 40, 60, 8))))
    assert not silent_feed.look(make.grounds(feeds=make.feeds(("activity", HERE, 19, 1, 8))))
    (county,) = silent_feed.look(make.grounds(feeds=make.feeds(("poverty", "", 90, 30, 0))))
    assert "（" not in county.zh.split("已有")[0]


def test_many_silent_schools_are_one_sentence() -> None:
    """A log that fell silent everywhere is one finding; five schools are named, the rest counted."""
    everywhere = make.feeds(*[("activity", f"x{n}", 40, 8, 8) for n in range(7)])
    (finding,) = silent_feed.look(make.grounds(feeds=everywhere))
    assert "等7所" in finding.zh
    assert "x0, x1, x2, x3, x4, ...)" in finding.en


def test_nobody_is_silent_in_the_holidays() -> None:
    """Outside term no feed is missed and no list is late."""
    away = make.grounds(
        in_term=False,
        today=make.TODAY + timedelta(days=30),
        feeds=DISTURBED["silent_attendance"].feeds,
    )
    assert not silent_feed.look(away)
    assert not late_list.look(away)


def test_coverage_is_said_before_it_can_be_compared() -> None:
    """In the first weeks the share is a note, and no school is said to have fallen."""
    own = DISTURBED["coverage_school"].marks.filter(pl.col("as_of").is_in(make.WEEKS[-4:]))
    (note,) = coverage.look(make.grounds(marks=own))
    assert (note.code, note.severity) == ("coverage", "note")


def test_a_fall_of_a_few_points_is_said_of_no_school() -> None:
    """A school of which little was ever known is not said to have fallen by less than ten points."""

    def little(school: str, column: str, day: date) -> float | None:
        if school != HERE or column != "known":
            return None
        return 0.08 if day in LAST_TWO else 0.14

    found = coverage.look(make.grounds(marks=make.marks(little)))
    assert {f.code for f in found} == {"coverage"}


# --- what came of lists -----------------------------------------------------------------------------


def visited(*, recorded: bool) -> pl.DataFrame:
    """Of 120 listed sixty were visited and six of those left; of sixty like them 24 did."""
    rows = make.settled(weeks=1, listed=120, hits=30, others=400, missed=10, p=0.5)
    number = pl.col("student_id").str.slice(1).cast(pl.Int64)
    gone_to = (number < 6) | number.is_between(30, 83)
    stands = pl.when(gone_to).then(0.0).when(number < 120).then(2.0).otherwise(1.0)
    return rows.with_columns(alone=stands) if recorded else rows


def test_who_stayed_after_a_visit_is_no_error_of_the_list() -> None:
    """A list of whom half would leave and, visited, fewer do is not called back; the same without visits is."""
    told = {}
    for recorded in (True, False):
        (told[recorded],) = [
            f
            for f in realised.look(make.grounds(settled=visited(recorded=recorded)))
            if f.code == "realised_precision"
        ]
    assert [told[recorded].severity for recorded in (True, False)] == ["note", "act"]
    assert (
        told[True].figures["precision"] == told[False].figures["precision"] == pytest.approx(0.25)
    )
    assert told[True].figures["alone"] == pytest.approx(0.4)
    assert "假如没有走访，约为40%" in told[True].zh
    assert "40% without visits" in told[True].en
    assert "走访" not in told[False].zh


def told_of(rows: pl.DataFrame) -> Finding:
    (found,) = [
        f for f in realised.look(make.grounds(settled=rows)) if f.code == "realised_precision"
    ]
    return found


def test_how_many_left_after_a_visit_cannot_be_worked_out() -> None:
    """One to four who were visited and left: the precision without visits is not shown beside the one seen."""
    rows = visited(recorded=True)
    number = pl.col("student_id").str.slice(1).cast(pl.Int64)
    few = rows.with_columns(
        alone=pl.when(number < 3).then(0.0).when(number < 6).then(1.0).otherwise("alone")
    )
    found = told_of(few)
    assert "alone" not in found.figures
    assert "人数过少" in found.zh


def test_a_transfer_after_a_visit_is_no_listed_outcome() -> None:
    """Who was visited and then left lawfully is in no share, so nothing is said of visits for it."""
    rows = visited(recorded=False)
    one = pl.col("student_id") == "s40"
    told = rows.with_columns(
        alone=pl.when(one).then(0.0).otherwise(1.0),
        standing=pl.when(one).then(pl.lit("exit")).otherwise("standing"),
    )
    assert "走访" not in told_of(told).zh


def test_the_stop_rule_says_where_visits_hide_it() -> None:
    """Nearly all of the model's listed were visited: its order at the top is compared with nothing."""
    rows = visited(recorded=True)
    none = rows.with_columns(alone=pl.when("listed").then(0.0).otherwise(1.0))
    (found,) = stop_rule.look(make.grounds(settled=none))
    assert found.severity == "note"
    assert "没有走访的学生太少" in found.zh
    (seen,) = stop_rule.look(make.grounds(settled=rows))
    assert "没有走访的学生太少" not in seen.zh


def test_nearly_all_visited_is_a_doubt_and_no_verdict() -> None:
    """Where those not visited stand for too few of the listed nothing is estimated; a precision that fell
    short is worth a look, and nobody is told to take the model back."""
    rows = visited(recorded=True)
    one = pl.col("listed") & (pl.col("student_id") != "s20")
    found = told_of(rows.with_columns(alone=pl.when(one).then(0.0).otherwise(1.0)))
    assert found.severity == "look"
    assert "alone" not in found.figures
    assert "没有走访的太少" in found.zh
    assert "baoxue evaluate" in found.en
    every = told_of(rows.with_columns(alone=pl.when("listed").then(0.0).otherwise(1.0)))
    assert every.severity == "look"
    good = rows.with_columns(probability=pl.col("probability") / 2)
    held = told_of(good.with_columns(alone=pl.when("listed").then(0.0).otherwise(1.0)))
    assert held.severity == "note"


def test_one_visit_does_not_excuse_a_useless_model() -> None:
    """A model of whose listed nobody left is called back, also where one pupil was visited."""
    rows = make.settled(weeks=1, listed=120, hits=0, missed=10, p=0.5)
    once = pl.when(pl.col("student_id") == "s3").then(0.0).otherwise(1.0)
    assert told_of(rows).severity == "act"
    found = told_of(rows.with_columns(alone=once))
    assert found.severity == "act"
    assert "人数过少" in found.zh


def test_visits_to_others_say_nothing_of_the_list() -> None:
    """Who was visited without being listed changes no word of the list's precision."""
    rows = visited(recorded=False)
    others = pl.when(pl.col("listed")).then(1.0).otherwise(0.0)
    assert told_of(rows.with_columns(alone=others)).zh == told_of(rows).zh


def test_those_not_visited_are_held_against_their_own_estimates() -> None:
    """The upper half was visited: the lower half came as was said of it, and no model is called back."""
    rows = make.settled(weeks=1, listed=120, hits=30, missed=10, p=0.5)
    number = pl.col("student_id").str.slice(1).cast(pl.Int64)
    upper = number.is_between(30, 89)
    told = rows.with_columns(
        alone=pl.when(upper).then(0.0).otherwise(1.0),
        probability=pl.when(upper).then(0.9).when("listed").then(0.5).otherwise("probability"),
    )
    found = told_of(told)
    assert found.severity == "note"
    assert found.figures["alone"] == pytest.approx(0.5)


def test_estimates_are_held_against_what_came_without_visits() -> None:
    """Said .5 of the listed, .4 of those not visited left: in keeping, though of all listed fewer did."""
    off = {one: came.held(visited(recorded=one)) for one in (True, False)}
    with_visits, without = off[True], off[False]
    assert with_visits is not None
    assert without is not None
    assert with_visits.low < 0 < with_visits.high
    assert without.low > 0


def test_counts_of_one_to_four_are_shown_in_no_form() -> None:
    """Neither the count nor a share that gives it away is in a finding; zero and five are shown."""
    for hits, shown in ((0, True), (3, False), (4, False), (5, True)):
        own = make.grounds(settled=make.settled(weeks=1, listed=40, hits=hits, missed=0, p=0.05))
        found = {f.code for f in realised.look(own)}
        assert ("realised_precision" in found) == shown
        assert ("realised_few" in found) != shown


def test_a_few_children_in_many_weeks_stay_few() -> None:
    """Four pupils are four in ten weeks too: their forty hits are not shown."""
    assert not came.counted(make.settled(weeks=10, hits=4)).shown
    assert came.counted(make.settled(weeks=10, hits=5)).shown


def test_the_interval_of_precision_counts_pupils() -> None:
    """The same pupils listed for more weeks make it no narrower."""
    assert (
        came.counted(make.settled(weeks=8)).interval == came.counted(make.settled(weeks=1)).interval
    )


def test_alerts_are_told_apart_from_estimates() -> None:
    """Those listed by an alert alone have a share of their own."""
    found = realised.look(make.grounds(settled=make.settled(placed=False)))
    (alone,) = [f for f in found if f.code == "realised_alerts"]
    assert alone.figures["precision"] == pytest.approx(0.3)
    assert "realised_alerts" not in {f.code for f in realised.look(make.grounds())}


def test_the_interval_holds_however_long_pupils_stay_listed() -> None:
    """Some listed once and a few for half a year: over two hundred worlds nine in ten intervals hold the truth."""
    drawn = np.random.default_rng(5)

    def world(pupils: int) -> tuple[np.ndarray, np.ndarray]:
        weeks = np.ceil(drawn.lognormal(0.8, 1.1, pupils)).clip(1, 30).astype(int)
        return drawn.uniform(size=pupils) < 0.25, weeks

    left, weeks = world(200_000)
    truth = float((left * weeks).sum() / weeks.sum())
    held = 0
    for _ in range(200):
        left, weeks = world(80)
        who = np.repeat(np.arange(80), weeks)
        rows = pl.DataFrame(
            {
                "student_id": who.astype(str),
                "standing": np.where(left[who], "positive", "negative"),
                "listed": [True] * len(who),
            }
        )
        low, high = came.counted(rows).interval or (0.0, 1.0)
        held += low <= truth <= high
    assert held >= 180


def test_precision_and_recall_are_counted_by_hand() -> None:
    """Fifteen of fifty listed, and ten more missed, in every one of four weeks."""
    told = came.counted(make.settled())
    assert (told.listed, told.hits, told.outcomes, told.pupils, told.found) == (
        200,
        60,
        100,
        50,
        15,
    )
    assert told.precision == pytest.approx(0.3)
    assert told.recall == pytest.approx(0.6)
    low, high = told.interval or (1, 0)
    assert low < 0.3 < high
    assert list(came.by_week(make.settled())) == [
        "2026-W30",
        "2026-W31",
        "2026-W32",
        "2026-W33",
    ]


def test_exits_and_the_unresolved_are_in_no_share() -> None:
    """Only positive and negative rows count."""
    rows = make.settled(weeks=1)
    more = rows.head(30).with_columns(standing=pl.lit("exit"))
    assert came.counted(pl.concat([rows, more])) == came.counted(rows)


def test_the_interval_of_calibration_counts_pupils() -> None:
    """The same pupils seen in more weeks make it no narrower."""
    one, many = came.held(make.settled(weeks=1)), came.held(make.settled(weeks=8))
    assert one is not None
    assert many is not None
    assert many.high - many.low == pytest.approx(one.high - one.low)
    assert one.low < one.said - one.seen < one.high


def test_calibration_needs_pupils_with_the_outcome() -> None:
    """With fewer than ten nothing is said of it; one pupil has no interval."""
    few = make.settled(hits=5, missed=2)
    assert "calibration" not in {f.code for f in realised.look(make.grounds(settled=few))}
    assert came.held(make.settled(weeks=1, listed=1, hits=1, others=0, missed=0)) is None


def test_nobody_with_the_outcome_has_no_recall() -> None:
    """Where it came to nobody, the share of all of them is left out."""
    own = make.settled(hits=0, missed=0, p=0.02)
    assert came.counted(own).recall is None
    found = {f.code: f for f in realised.look(make.grounds(settled=own))}
    assert "占全部" not in found["realised_precision"].zh


@pytest.mark.parametrize(("weeks", "zh"), [(8, "8周"), (None, "学年结束")])
def test_before_the_first_list_comes_due_that_is_said(weeks: int | None, zh: str) -> None:
    """How long to wait stands in the note."""
    own = make.grounds(settled=make.settled(weeks=0), serving=make.serving(horizon_weeks=weeks))
    (note,) = realised.look(own)
    assert zh in note.zh


def test_what_estimates_imply_is_their_mean() -> None:
    """Expected precision is the mean probability of the listed; recall their part of the whole."""
    n, precision, spread, recall = expected.implied(make.said()) or (0, 0.0, 0.0, 0.0)
    assert (n, precision) == (30, pytest.approx(0.25))
    assert recall == pytest.approx(7.5 / (7.5 + 2.7))
    assert spread == pytest.approx((30 * 0.25 * 0.75) ** 0.5 / 30)


def test_points_of_a_rule_and_short_lists_imply_nothing() -> None:
    """Without probabilities, or with a handful listed, nothing is implied."""
    rule = make.said().with_columns(probability=pl.lit(None, pl.Float64))
    assert not expected.look(make.grounds(said=rule))
    assert not expected.look(make.grounds(said=make.said(listed=5)))


# --- the model and the list -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weeks", "severity"), [(25, None), (26, "look"), (59, "look"), (60, "act")]
)
def test_a_model_grows_old(weeks: int, severity: str | None) -> None:
    """Half a year is looked at, more than a year needs a person."""
    own = make.serving(trained_until=make.TODAY - timedelta(weeks=weeks))
    found = model_age.look(make.grounds(serving=own))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_a_rule_does_not_grow_old() -> None:
    """A rule has no age, with or without a date."""
    old = date(2020, 1, 1)
    for rule in (make.serving(kind="rule", trained_until=old), make.serving(trained_until=None)):
        assert not model_age.look(make.grounds(serving=rule))


@pytest.mark.parametrize(
    ("found", "severity"), [("refused", "act"), ("rule", "act"), ("none", "look")]
)
def test_a_rule_serves_because_no_model_may(found: str, severity: str) -> None:
    """A refused model needs a person; one that was never trained can wait."""
    own = make.grounds(serving=make.serving(kind="rule", found=found, trained_until=None))
    assert [f.severity for f in rule_serving.look(own)] == [severity]


def test_a_list_is_late_after_a_week_and_a_weekend() -> None:
    """Nine days are none too many, ten are."""
    assert not late_list.look(make.grounds(today=make.TODAY + timedelta(days=9)))


def test_a_feed_without_a_rhythm_is_not_late() -> None:
    """What has come only once may come again whenever it does: nothing is said of its silence."""
    once = make.grounds(feeds=make.feeds(("grades", HERE, 55, 0, 8)))
    assert "silent_feed" not in {f.code for f in examine(once)}


# --- the stop rule -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("point", "half", "acts", "zh"),
    [
        (0.05, 0.03, False, "仍优于出勤规则"),
        (0.02, 0.03, False, "差别在偶然范围内"),
        (0.0, 0.01, False, "差别在偶然范围内"),
        (-0.001, 0.03, True, "不再优于出勤规则"),
        (-0.05, 0.03, True, "排序不如出勤规则"),
    ],
)
def test_the_best_estimate_decides_the_stop_rule(
    point: float, half: float, acts: bool, zh: str
) -> None:
    """Below the attendance rule's a person is asked for, above not; the interval is said either way."""
    less = make.less(point, half)
    (found,) = stop_rule.look(make.grounds(less=less))
    assert found.acts == acts
    assert zh in found.zh
    for text in (found.zh, found.en):
        assert f"{less.low:+.3f}" in text
        assert f"{less.high:+.3f}" in text
    assert ("--promote" in found.zh) == acts


def test_the_stop_rule_waits_for_lists_of_this_model() -> None:
    """A rule that serves is not compared with itself, nor lists of another model; too few is said."""
    assert not stop_rule.look(make.grounds(serving=make.serving(kind="rule")))
    none = make.settled().with_columns(margin=pl.lit(None, pl.Float64))
    assert not stop_rule.look(make.grounds(settled=none, less=None))
    (few,) = stop_rule.look(make.grounds(less=None))
    assert not few.acts
    assert "不足30名" in few.zh
