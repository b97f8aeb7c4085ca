"""Laws of the roll, the calendar, the days and the results of a synthetic county."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from features.synthetic.terms import calendar_rows, span, terms_of
from tests.features.synthetic.conftest import Made


def test_one_enrolment_each_school_year(made: Made) -> None:
    """Every pupil has at most one enrolment row in a school year, and no gap of a year in grades."""
    rows = made.read("enrolments").with_columns(
        year=pl.when(pl.col("start_on").dt.month() >= 9).then(pl.col("start_on").dt.year())
        .otherwise(pl.col("start_on").dt.year() - 1)
    )  # fmt: skip
    assert rows.select("student_id", "year").is_unique().all()
    both = rows.sort("year").group_by("student_id").agg(pl.col("grade").cast(pl.Int64))
    steps = both.select(pl.col("grade").list.diff(null_behavior="drop").explode()).drop_nulls()
    assert steps.to_series().unique().to_list() == [1]


def test_classes_of_enrolments_exist(made: Made) -> None:
    """Every enrolment's class stands in classes for that school year, with that grade."""
    rows = made.read("enrolments").with_columns(
        school_year=pl.when(pl.col("start_on").dt.month() >= 9).then(pl.col("start_on").dt.year())
        .otherwise(pl.col("start_on").dt.year() - 1).cast(pl.String)
    )  # fmt: skip
    keys = ["school_id", "class_id", "school_year", "grade"]
    assert rows.join(made.read("classes"), on=keys, how="anti").is_empty()


def test_classmates_stay_together(made: Made) -> None:
    """Outside the passage to junior school, nearly all pupils keep their class from year to year."""
    rows = made.read("enrolments").with_columns(g=pl.col("grade").cast(pl.Int64))
    old = rows.filter(pl.col("start_on") < date(2026, 8, 1), ~pl.col("g").is_in([6, 9]))
    new = rows.filter(pl.col("start_on") >= date(2026, 8, 1)).select(
        "student_id", new_school="school_id", new_class="class_id"
    )
    both = old.join(new, on="student_id")
    same = (both["school_id"] == both["new_school"]) & (
        both["class_id"].str.slice(2) == both["new_class"].str.slice(2)
    )
    assert same.mean() > 0.97


@pytest.mark.parametrize(("day", "expected"), [
    *[(date(2026, 10, k), False) for k in range(1, 8)],
    (date(2026, 10, 10), True),   # Saturday made up for National Day
    (date(2026, 9, 20), True),    # Sunday made up for Mid-autumn
    (date(2026, 1, 4), True),     # Sunday made up for New Year
    (date(2026, 9, 26), False), (date(2026, 4, 6), False), (date(2026, 11, 20), True),
    (date(2026, 2, 25), False), (date(2025, 9, 1), True),
])  # fmt: skip
def test_school_days_follow_holidays_and_make_up_days(day: date, expected: bool) -> None:
    """Holidays are no school days, make-up days are, winter is a break."""
    assert (day in span(date(2026, 11, 20), 64).days.tolist()) is expected


def test_calendar_table_says_the_same_as_the_days(made: Made) -> None:
    """The calendar's days without scope are the county's school days, up to the running term's end."""
    where = span(date(2026, 11, 20), 64)
    rows = calendar_rows(where).filter(pl.col("grade").is_null(), pl.col("is_school_day") == 1)
    assert rows.filter(pl.col("date") <= where.last)["date"].to_list() == where.days.tolist()
    assert rows["date"].max() == terms_of(2026)[0].last


def test_grade_nine_ends_at_the_examination(made: Made) -> None:
    """After 中考 grade 9 has no school days, no marks, and its enrolment ends in June."""
    nine = made.read("enrolments").filter(
        pl.col("grade") == "9", pl.col("start_on") < date(2026, 8, 1)
    )
    assert nine["end_on"].max() == date(2026, 6, 30)
    last = terms_of(2025)[1].last_9
    marks = made.read("attendance").join(nine, on="student_id", how="semi")
    assert marks["date"].max() <= last


def test_no_examinations_against_the_rules(made: Made) -> None:
    """Paper exams from grade 3, midterms in junior school only, mocks in grade 9 only, none monthly."""
    enrolled = made.read("enrolments").select(
        "student_id", "start_on", g=pl.col("grade").cast(pl.Int64)
    )
    rows = made.read("grades").sort("happened_on").join_asof(
        enrolled.sort("start_on"), left_on="happened_on", right_on="start_on", by="student_id", check_sortedness=False
    )  # fmt: skip
    assert set(rows["exam"].unique()) == {"midterm", "final", "mock", "assignment"}
    assert rows["g"].min() >= 3
    assert rows.filter(pl.col("exam") == "midterm")["g"].min() >= 7
    assert rows.filter(pl.col("exam") == "mock")["g"].unique().to_list() == [9]
    papers = rows.filter(pl.col("exam") != "assignment")
    assert papers.select("student_id", "term", "exam", "subject").is_unique().all()
    # primary schools give levels, never marks
    assert rows.filter(pl.col("g") < 7)["score"].null_count() == len(rows.filter(pl.col("g") < 7))


def test_some_miss_an_examination(made: Made) -> None:
    """Who was absent that day has no row for the paper."""
    rows = made.read("grades").filter(pl.col("exam") == "final", pl.col("subject") == "语文")
    assert rows["student_id"].n_unique() < made.read("enrolments").filter(
        pl.col("grade").cast(pl.Int64) >= 3
    )["student_id"].n_unique()  # fmt: skip


@pytest.mark.parametrize("name", ["enrolments", "poverty", "left_behind"])
def test_some_ends_are_learned_late(made: Made, name: str) -> None:
    """Some ends become known only days or weeks after they were so."""
    rows = made.read(name).filter(pl.col("end_on").is_not_null())
    assert (rows["end_known_on"] > rows["end_on"]).any()


def test_intervals_run_forwards(made: Made) -> None:
    """No registration ends before it starts, and an end has the day it was learned."""
    for name in ("enrolments", "poverty", "left_behind"):
        rows = made.read(name).filter(pl.col("end_on").is_not_null())
        assert (rows["end_on"] >= rows["start_on"]).all(), name
        assert rows["end_known_on"].null_count() == 0, name


def test_statuses_follow_each_other(made: Made) -> None:
    """Nobody comes back or is cleared who was not gone or suspected before."""
    rows = made.read("status_changes").sort("happened_on")
    first = rows.filter(pl.col("kind").is_in(["suspected_dropout", "dropped_out"])).group_by(
        "student_id").agg(first=pl.col("happened_on").min())  # fmt: skip
    after = rows.filter(pl.col("kind").is_in(["suspicion_cleared", "returned"]))
    joined = after.join(first, on="student_id", how="left")
    assert joined["first"].null_count() == 0
    assert (joined["first"] < joined["happened_on"]).all()


def test_all_kinds_of_change_are_there(made: Made) -> None:
    """Transfers with and without an answer, pauses with an end, leavings, returns, completions."""
    rows = made.read("status_changes")
    assert {
        "transfer_out", "transfer_in", "suspended", "suspected_dropout", "suspicion_cleared",
        "dropped_out", "returned", "primary_completed", "graduated", "resumed",
    } <= set(rows["kind"])  # fmt: skip
    out = rows.filter(pl.col("kind") == "transfer_out").sort("known_on").unique(
        ["student_id", "happened_on"], keep="last"
    )  # fmt: skip
    assert 0 < out["receiver_confirmed_on"].null_count() < len(out)
    assert rows.filter(pl.col("kind") == "suspended")["until_on"].is_not_null().any()


def test_present_again_is_said_after_a_long_absence(made: Made) -> None:
    """A pupil who comes back after three unexplained days is marked 出勤 explicitly."""
    rows = made.read("attendance")
    back = made.read("status_changes").filter(pl.col("kind") == "returned").filter(
        pl.col("happened_on") > date(2025, 9, 1)
    )  # fmt: skip
    explicit = rows.filter(pl.col("status") == "present")
    assert back.join(explicit, on="student_id", how="semi").height > 0.6 * len(back)


def test_teachers_stop_marking(made: Made) -> None:
    """For most pupils who left, the rows stop after some days although they stay away."""
    gone = made.read("status_changes").filter(
        (pl.col("kind") == "dropped_out") & (pl.col("happened_on") > date(2025, 9, 1))
    )
    since = (pl.col("date") - pl.col("happened_on")).dt.total_days()
    rows = made.read("attendance").join(gone, on="student_id").filter(since.is_between(1, 21))
    assert len(gone) > 50
    assert rows["student_id"].n_unique() < 0.5 * len(gone)


def test_classes_fall_silent_and_rows_come_late(made: Made) -> None:
    """Some classes report nothing for days; some marks are entered weeks later, corrected, taken back."""
    calls = made.read("roll_calls").filter(pl.col("session") != "pm")
    days = span(date(2026, 11, 20), 64).days
    classes = (
        calls.filter(pl.col("date") < date(2026, 8, 1)).group_by("school_id", "class_id").len()
    )
    usual = len([d for d in days.tolist() if d < date(2026, 8, 1)])
    assert (classes["len"] < usual - 2).any()
    marks = made.read("attendance")
    assert ((marks["known_on"] - marks["date"]).dt.total_days() >= 10).any()
    assert marks["void"].sum() > 0
    assert marks.select("student_id", "date", "session").is_duplicated().any()


def test_half_days_only_where_the_school_keeps_them(made: Made) -> None:
    """No pupil has a day row and a half-day row on one date."""
    rows = made.read("attendance").group_by("student_id", "date").agg(pl.col("session").unique())
    mixed = rows.filter(pl.col("session").list.contains("day") & (pl.col("session").list.len() > 1))
    assert mixed.is_empty()
    assert set(made.read("attendance")["session"].unique()) == {"day", "am", "pm"}


def test_marks_fall_on_school_days_of_pupils_on_the_roll(made: Made) -> None:
    """No mark on a day without school, and none on a day the pupil's school was closed by a storm."""
    calendar = made.read("calendar")
    marks = made.read("attendance")
    school = calendar.filter(pl.col("is_school_day") == 1)
    assert marks.join(school, on="date", how="anti").is_empty()
    shut = calendar.filter(pl.col("school_id").is_not_null())
    assert made.read("roll_calls").join(shut, on=["school_id", "date"], how="semi").is_empty()


def test_temporary_numbers_appear_in_early_rows(made: Made) -> None:
    """Rows entered before a full number was given hold the temporary one, and no later rows do."""
    old = made.read("student_aliases")
    rows = made.read("term_registration").join(
        old.select(student_id="old_student_id", until="known_on"), on="student_id"
    )
    assert not rows.is_empty()
    assert (rows["known_on"] < rows["until"]).all()
