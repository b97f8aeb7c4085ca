"""Labels: the code against plain loops, and the cases a clerk would ask about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training import label_oracle
from training.labels import LEAVES, RETURNS, STANDINGS, Evidence, Question, add, label

START = date(2026, 3, 1)
STATUS = {
    "student_id": pl.String, "happened_on": pl.Date, "kind": pl.String, "receiver_confirmed_on": pl.Date,
    "approved_by": pl.String, "until_on": pl.Date, "confirmed_by_role": pl.String,
}  # fmt: skip
SCHEMAS: dict[str, dict[str, Any]] = {
    "statuses": STATUS,
    "tenth_days": {"student_id": pl.String, "on": pl.Date, "last": pl.Date},
    "home_teaching": {"student_id": pl.String, "on": pl.Date},
    "enrolments": {
        "student_id": pl.String,
        "grade": pl.String,
        "start_on": pl.Date,
        "end_on": pl.Date,
        "calendar_id": pl.String,
    },
    "school_days": {"calendar_id": pl.String, "date": pl.Date},
}
ROWS = {"student_id": pl.String, "as_of": pl.Date, "ends_on": pl.Date}
YEAR_END = date(2026, 7, 5)


def evidence(**tables: list[dict[str, Any]]) -> Evidence:
    blank = {name: tables.get(name, []) for name in SCHEMAS}
    return Evidence(**{n: pl.DataFrame(rows, schema=SCHEMAS[n]) for n, rows in blank.items()})


def status(kind: str, day: date, **more: Any) -> dict[str, Any]:
    return dict.fromkeys(STATUS) | {"student_id": "a", "kind": kind, "happened_on": day} | more


def one(known: Evidence, *, as_of: date = START, **question: Any) -> str:
    rows = pl.DataFrame([{"student_id": "a", "as_of": as_of, "ends_on": YEAR_END}], schema=ROWS)
    asked = Question(**{"until": date(2026, 12, 31)} | question)
    return str(label(rows, known, asked).rows["standing"].item())


def on(days: int) -> date:
    return START + timedelta(days=days)


# few days, so that things often fall on the same one
days = st.integers(0, 12).map(on)
pupils = st.sampled_from(["a", "b"])
maybe_day = st.none() | days
statuses = st.fixed_dictionaries({
    "student_id": pupils, "happened_on": days, "kind": st.sampled_from([*LEAVES, *RETURNS, "grade_skip"]),
    "receiver_confirmed_on": maybe_day, "approved_by": st.sampled_from([None, "", "局"]),
    "until_on": maybe_day, "confirmed_by_role": st.sampled_from([None, "", "县"]),
})  # fmt: skip
runs = st.tuples(pupils, days, st.integers(0, 4)).map(
    lambda t: {"student_id": t[0], "on": t[1], "last": t[1] + timedelta(days=t[2])}
)
taught = st.fixed_dictionaries({"student_id": pupils, "on": days})
# some much later, so that ten school days may lie between two enrolments
enrolled = st.tuples(
    pupils,
    st.sampled_from(["3", "6", "7"]),
    days | st.integers(10, 40).map(on),
    st.none() | st.integers(0, 8),
).map(
    lambda t: {
        "student_id": t[0],
        "grade": t[1],
        "start_on": t[2],
        "end_on": None if t[3] is None else t[2] + timedelta(days=t[3]),
        "calendar_id": "junior" if t[1] == "7" else "primary",
    }
)
#: Gone and enrolled again, nine to eleven school days later.
away = st.tuples(enrolled, days, st.integers(9, 13)).map(lambda t: _away(*t))


def _away(left: dict[str, Any], end: date, days_later: int) -> list[dict[str, Any]]:
    begun = min(left["start_on"], end)
    again = left | {"start_on": end + timedelta(days=days_later), "end_on": None}
    return [left | {"start_on": begun, "end_on": end}, again]


#: School every day, and every other day.
SCHOOL_DAYS: list[dict[str, Any]] = [
    {"calendar_id": name, "date": on(n)}
    for name, step in (("primary", 1), ("junior", 2))
    for n in range(-120, 160, step)
]
rows_asked = st.lists(
    st.fixed_dictionaries(
        {
            "student_id": st.sampled_from(["a", "b", "c"]),
            "as_of": days,
            "ends_on": maybe_day | st.just(YEAR_END),
        }
    ),
    min_size=1,
    max_size=6,
)
outcomes = st.sampled_from(
    [
        ("dropped_out",),
        ("dropped_out", "suspected_dropout", "tenth_unexplained_day"),
        ("missing", "tenth_unexplained_day"),
        ("primary_completed",),
    ]
)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(statuses, max_size=5),
    st.lists(runs, max_size=2),
    st.lists(taught, max_size=1),
    st.lists(enrolled, max_size=3) | away,
    rows_asked,
    outcomes,
    st.none() | st.integers(2, 6),
    st.integers(0, 3),
    days,
)
def test_every_standing_is_the_oracles(
    told: Any,
    tens: Any,
    home: Any,
    enrol: Any,
    rows: Any,
    outcome: Any,
    horizon: Any,
    lag: int,
    until: date,
) -> None:
    """A label is what plain loops over the contract's words say, whatever happened in whatever order."""
    world = {
        "statuses": told,
        "tenth_days": tens,
        "home_teaching": home,
        "enrolments": enrol,
        "school_days": SCHOOL_DAYS,
    }
    question = Question(
        until=until + timedelta(days=9), outcome=outcome, horizon_days=horizon, lag_days=lag
    )
    got = label(pl.DataFrame(rows, schema=ROWS), evidence(**world), question)
    want = [label_oracle.standing(row, world, question) for row in rows]
    assert got.rows["standing"].to_list() == want
    assert sum(got.counts[s] for s in STANDINGS) == len(rows)
    assert got.usable["label"].to_list() == [
        int(w == "positive") for w in want if w in ("positive", "negative")
    ]


@pytest.mark.parametrize(
    ("day", "expected"), [(0, "already"), (1, "positive"), (56, "positive"), (57, "negative")]
)
def test_the_window_opens_after_the_day_and_closes_with_its_last(day: int, expected: str) -> None:
    """The outcome counts in (D, D + 7H], neither on D nor one day late."""
    assert one(evidence(statuses=[status("dropped_out", on(day))])) == expected


@pytest.mark.parametrize(("kind", "proof", "expected"), [
    ("transfer_out", {}, "unresolved"),
    ("transfer_out", {"receiver_confirmed_on": on(20)}, "exit"),
    ("suspended", {"approved_by": "局"}, "unresolved"),
    ("suspended", {"approved_by": "", "until_on": on(90)}, "unresolved"),
    ("suspended", {"approved_by": "局", "until_on": on(90)}, "exit"),
    ("abroad", {}, "unresolved"),
    ("abroad", {"confirmed_by_role": "县"}, "exit"),
    ("deceased", {}, "exit"),
    ("graduated", {}, "exit"),
    ("missing", {}, "unresolved"),
    ("other_leave", {}, "unresolved"),
    ("primary_completed", {}, "unresolved"),
])  # fmt: skip
def test_a_leave_is_lawful_only_when_proven(
    kind: str, proof: dict[str, Any], expected: str
) -> None:
    """A leave is censored when its proof is in the row, otherwise unresolved; never a negative."""
    assert one(evidence(statuses=[status(kind, on(10), **proof)])) == expected


def test_primary_completion_is_an_exit_once_junior_school_is_seen() -> None:
    """小学毕业 becomes an exit on the day the junior enrolment begins."""
    done = [status("primary_completed", on(5))]
    junior = [{"student_id": "a", "grade": "7", "start_on": on(40), "end_on": None}]
    assert one(evidence(statuses=done, enrolments=junior)) == "exit"


@pytest.mark.parametrize(("until", "expected"), [(on(63), "negative"), (on(62), "immature")])
def test_a_label_ripens_with_window_and_lag(until: date, expected: str) -> None:
    """A label is mature from D + 7H + the largest lag on, not a day before."""
    assert one(evidence(), until=until) == expected


def test_the_end_of_course_is_the_window_when_no_weeks_are_given() -> None:
    """With the horizon 'end' the outcome counts until the class's last day."""
    late = evidence(statuses=[status("dropped_out", YEAR_END)])
    assert one(late) == "negative"
    assert one(late, horizon_days=None) == "positive"


def test_a_row_that_vanishes_is_unresolved_unless_the_year_is_over() -> None:
    """An enrolment that ends with nothing after it is an unexplained leave, except at the year's end."""
    gone = {"student_id": "a", "grade": "3", "start_on": on(-100)}
    assert one(evidence(enrolments=[gone | {"end_on": on(9)}])) == "unresolved"
    assert one(evidence(enrolments=[gone | {"end_on": YEAR_END}]), horizon_days=None) == "negative"


def test_counts_of_days_add_up() -> None:
    """Counts of several days are the sums, exits by kind included."""
    total = add([{"exit": 2, "exit.abroad": 2}, {"exit": 1, "negative": 5}])
    assert (total["exit"], total["exit.abroad"], total["negative"]) == (3, 2, 5)
    assert add([])["positive"] == 0


def stay(start: int, end: date | None, grade: str = "3") -> dict[str, Any]:
    return {
        "student_id": "a",
        "grade": grade,
        "start_on": on(start),
        "end_on": end,
        "calendar_id": "primary",
    }


def test_only_the_last_of_all_enrolments_can_be_a_leave() -> None:
    """An enrolment that ended is no leave while another is open, or one ends later."""
    assert one(evidence(enrolments=[stay(-90, on(9)), stay(-80, None)])) == "negative"
    assert one(evidence(enrolments=[stay(-90, on(9)), stay(-80, YEAR_END)])) == "negative"
    assert one(evidence(enrolments=[stay(-90, on(9)), stay(-80, on(20))])) == "unresolved"


@pytest.mark.parametrize(("back", "expected"), [(19, "negative"), (20, "unresolved")])
def test_who_is_on_no_roll_for_ten_school_days_has_left(back: int, expected: str) -> None:
    """A leave stays unresolved though the pupil is enrolled again; a change of school takes days."""
    known = evidence(enrolments=[stay(-90, on(9)), stay(back, None)], school_days=SCHOOL_DAYS)
    assert one(known) == expected
    assert one(known, as_of=on(back)) == "negative"


def test_holidays_between_enrolments_are_no_leave() -> None:
    """However long nobody has school, who is enrolled again when it begins has not left."""
    term = [d for d in SCHOOL_DAYS if not on(5) < d["date"] < on(70)]
    life = [stay(-90, on(5)), stay(70, None)]
    assert one(evidence(enrolments=life, school_days=term)) == "negative"
    assert one(evidence(enrolments=life, school_days=SCHOOL_DAYS)) == "unresolved"


def test_school_days_missed_are_those_of_the_class_that_was_left() -> None:
    """The calendar of the enrolment that ended last says what was missed, not another's."""
    life = [stay(-90, on(9)) | {"calendar_id": "other"}, stay(20, None)]
    assert one(evidence(enrolments=life, school_days=SCHOOL_DAYS)) == "negative"
    first = stay(-90, on(4)) | {"calendar_id": "other"}
    assert (
        one(evidence(enrolments=[first, stay(-80, on(9)), stay(20, None)], school_days=SCHOOL_DAYS))
        == "unresolved"
    )


@pytest.mark.parametrize(
    "left", [status("abroad", on(10), confirmed_by_role="县"), status("graduated", on(10))]
)
def test_the_outcome_prevails_over_an_exit_of_the_same_day(left: dict[str, Any]) -> None:
    """An exit censors what comes after it, not what happens on its own day."""
    assert one(evidence(statuses=[left, status("dropped_out", on(10))])) == "positive"
    assert one(evidence(statuses=[left, status("dropped_out", on(11))])) == "exit"


def test_a_new_enrolment_brings_nobody_back_from_dropout() -> None:
    """The register's yearly row is no return; a recorded return is, on the same day too."""
    left = status("dropped_out", on(-5))
    assert one(evidence(statuses=[left], enrolments=[stay(-3, None)])) == "already"
    assert one(evidence(statuses=[left, status("returned", on(-3))])) == "negative"
    same = [status("suspected_dropout", START), status("suspicion_cleared", START)]
    assert one(evidence(statuses=same)) == "negative"


def test_junior_school_may_begin_on_the_day_primary_ends() -> None:
    """A junior enrolment of the very day counts as seen, an earlier one does not."""
    done = [status("primary_completed", on(5))]
    assert one(evidence(statuses=done, enrolments=[stay(5, None, "7")])) == "exit"
    assert one(evidence(statuses=done, enrolments=[stay(4, None, "7")])) == "unresolved"


def test_a_run_without_its_last_day_counts_on_its_tenth() -> None:
    """Where only the tenth days are given, each counts on its own day: on D already, after D positive."""
    for day, expected in ((0, "already"), (3, "positive"), (-1, "negative")):
        tenth = pl.DataFrame({"student_id": ["a"], "on": [on(day)]})
        assert one(replace(evidence(), tenth_days=tenth)) == expected
