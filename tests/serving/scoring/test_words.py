"""Weeks, ids, verdicts and gaps."""

from __future__ import annotations

import hmac
import inspect
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.prepare import cohort
from features.refusal import Refusal
from serving.scoring.identity import digest, list_id, pupil_id, pupil_ids
from serving.scoring.week import iso_week, monday, shift
from serving.scoring.words import (
    NO_ESTIMATE,
    as_read,
    gaps,
    interval_per_hundred,
    no_estimate,
    outcome_words,
    per_hundred,
    verdict,
)


@pytest.mark.parametrize(
    ("day", "week"),
    [(date(2026, 11, 20), "2026-W47"), (date(2026, 12, 31), "2026-W53"), (date(2027, 1, 3), "2026-W53"),
     (date(2027, 1, 4), "2027-W01"), (date(2024, 12, 30), "2025-W01")],
)  # fmt: skip
def test_weeks_at_the_turn_of_the_year(day: date, week: str) -> None:
    """The ISO week of a day, at the edges too."""
    assert iso_week(day) == week
    assert monday(week) <= day < monday(shift(week, 1))


@pytest.mark.parametrize("week", ["2026-47", "2026-W54", "W47", "2026-W00", ""])
def test_no_such_week(week: str) -> None:
    """What is no week is refused with an example."""
    with pytest.raises(Refusal, match="2026-W47"):
        monday(week)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(-60, 60))
def test_weeks_sort_as_text(day: date, weeks: int) -> None:
    """A later week is a later text, and shifting back returns."""
    week = iso_week(day)
    assert (shift(week, weeks) > week) == (weeks > 0)
    assert shift(shift(week, weeks), -weeks) == week


@given(st.text(max_size=40), st.text(max_size=9), st.lists(st.text(max_size=20), max_size=3))
def test_ids_are_an_hmac_of_area_and_number(key: str, area: str, students: list[str]) -> None:
    """Twenty signs of HMAC-SHA256 under the home's key, as anybody with the key can compute."""
    wanted = [
        "p" + hmac.digest(key.encode(), f"{area}\n{s}".encode(), "sha256").hex()[:20]
        for s in students
    ]
    assert pupil_ids(key, area, students) == wanted


def test_ids_are_stable_opaque_and_apart() -> None:
    """The same pupil has the same id under one key, another under another; nothing of the number shows."""
    own = pupil_id("k", "area", "G440101201305071234")
    assert own == pupil_id("k", "area", "G440101201305071234")
    assert (
        len(
            {
                own,
                pupil_id("l", "area", "G440101201305071234"),
                pupil_id("k", "x", "G440101201305071234"),
            }
        )
        == 3
    )
    assert own.startswith("p")
    assert len(own) == 21
    assert pupil_ids("k", "area", ["a"]) == [pupil_id("k", "area", "a")]
    assert list_id(digest({"a": 1})) == list_id(digest({"a": 1})) != list_id(digest({"a": 2}))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_interval_holds_its_point(a: float, b: float, c: float) -> None:
    """Whole pupils of a hundred; rounding never puts the point outside."""
    low, point, high = sorted((a, b, c))
    hundred = per_hundred(point)
    left, right = interval_per_hundred(low, high, hundred)
    assert hundred is not None
    assert left is not None
    assert right is not None
    assert 0 <= left <= hundred <= right <= 100


def test_no_estimate_no_numbers() -> None:
    """Nothing is made up where there is nothing."""
    assert per_hundred(None) is None
    assert interval_per_hundred(None, 0.5, 3) == (None, None)
    assert (
        "未作概率估计"
        in verdict(None, (None, None), base_rate=0.01, horizon_weeks=8, outcome=())[0]
    )


def test_the_verdict_is_that_of_the_words() -> None:
    """Natural frequencies, the outcome in words, interval and county, and that it is no judgement."""
    zh, en = verdict(
        0.28,
        (21, 36),
        base_rate=0.03,
        horizon_weeks=8,
        outcome=("dropped_out", "suspected_dropout", "tenth_unexplained_day"),
    )
    assert zh == (
        "每100名记录相近的学生中，约28名在之后8周内出现连续10个上课日未到校且原因不明、疑似辍学或辍学"
        "（区间21–36名；全县约3名）。这不是对该生的判断。"
    )
    assert en.startswith("Of 100 pupils with similar records about 28 had ten consecutive")
    short, _ = verdict(
        0.001, (None, None), base_rate=None, horizon_weeks=None, outcome=("dropped_out",)
    )
    assert short == "每100名记录相近的学生中，不到1名在本学年结束前出现辍学。这不是对该生的判断。"
    small = verdict(0.035, (None, None), base_rate=None, horizon_weeks=4, outcome=("x",))
    assert "约4名" in small[0]
    assert "about 4 had x in the next 4 weeks" in small[1]


def test_outcomes_in_words() -> None:
    """Known outcomes in a fixed order, others by their code; English with commas."""
    assert outcome_words(("dropped_out", "suspected_dropout")) == "疑似辍学或辍学"
    assert (
        outcome_words(("dropped_out", "suspected_dropout"), "en")
        == "a suspected dropout or a dropout"
    )
    assert outcome_words(()) == "辍学"
    assert outcome_words((), "en") == "a dropout"


def test_gaps() -> None:
    """What is missing is said; complete records say nothing."""
    assert gaps(1.0, last_known_on=None, calendar_estimated=False) == []
    assert [n.code for n in gaps(None, last_known_on=None, calendar_estimated=True)] == [
        "no_school_days",
        "calendar_estimated",
    ]
    [gap] = gaps(0.4, last_known_on=date(2026, 11, 2), calendar_estimated=False)
    assert gap.zh == "近4周有60%的应到时段考勤未报（不等于到校），最近一次记录为11月2日。"
    assert "2026-11-02" in gap.en
    [other] = gaps(
        0.4,
        last_known_on=date(2025, 12, 30),
        calendar_estimated=False,
        as_of=date(2026, 1, 9),
    )
    assert other.zh.endswith("最近一次记录为2025年12月30日。")
    [bare] = gaps(0.4, last_known_on=None, calendar_estimated=False)
    assert bare.zh.endswith("（不等于到校）。")


def test_every_reason_to_leave_the_cohort_has_words() -> None:
    """Whoever is outside the cohort is told why in both languages; where nothing is known, nothing."""
    reasons = set(re.findall(r'\(\s*"([a-z_]+)",', inspect.getsource(cohort._reasons)))
    assert {"left", "run", "suspended"} < reasons
    assert reasons | {"no_data"} == set(NO_ESTIMATE)
    for zh, en in map(no_estimate, NO_ESTIMATE):
        assert zh.startswith("本周未作概率估计：")
        assert en.startswith("No probability was estimated this week: ")
    assert no_estimate()[0].startswith("本周未作概率估计。")


@pytest.mark.parametrize(
    ("written", "read", "lang"),
    [
        ("最近一次缺勤是11月20日，今天。", "最近一次缺勤是11月20日。", "zh"),
        ("11月20日劝返复学，今天，请留意回访安排。", "11月20日劝返复学，请留意回访安排。", "zh"),
        ("最近一次缺勤是11月13日，距今7天。", "最近一次缺勤是11月13日，到11月20日已7天。", "zh"),
        ("最近一次学习参与是11月17日，已有3天没有记录。", "最近一次学习参与是11月17日，到11月20日已有3天没有记录。", "zh"),
        ("以8月31日计，年龄与本年级通常年龄相差0岁。", "以8月31日计，年龄与本年级通常年龄相同。", "zh"),
        ("以8月31日计，年龄与本年级通常年龄相差-1岁。", "以8月31日计，年龄比本年级通常年龄小1岁。", "zh"),
        ("Last absent on 2026-11-20, today.", "Last absent on 2026-11-20.", "en"),
        ("Last absent on 2026-11-19, 1 day ago.", "Last absent on 2026-11-19, 1 day before 2026-11-20.", "en"),
        ("1 pupils left the class, moves included.", "1 pupil left the class, moves included.", "en"),
        ("11 pupils left the class, moves included.", "11 pupils left the class, moves included.", "en"),
        ("1 recorded activities in the last 2 weeks.", "1 recorded activity in the last 2 weeks.", "en"),
        ("Not at school for 1 school days in a row.", "Not at school for 1 school day in a row.", "en"),
        ("The last 1 pieces of work due have no record.", "The last 1 pieces of work due have no record.", "en"),
        ("If so, please check today.", "If so, please check today.", "en"),
    ],
)  # fmt: skip
def test_a_sentence_holds_on_the_day_it_is_read(written: str, read: str, lang: str) -> None:
    """What a stored sentence says of its own day is shown by its date, once; all else stays as it is."""
    day = date(2026, 11, 20)
    assert as_read(written, day, lang) == read
    assert as_read(read, day, lang) == read
