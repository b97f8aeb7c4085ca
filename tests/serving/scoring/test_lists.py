"""Who is listed, in which order, and what changed: laws over invented boards."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.scoring.alerts import COLUMNS
from serving.scoring.changes import changes, first_listed
from serving.scoring.lists import BAND_ORDER, BANDS, drawn, ordered

CUTS = st.sampled_from(["priority", "watch", "none", "no_data"])
ROW = st.fixed_dictionaries(
    {
        "school_id": st.sampled_from(["s1", "s2"]),
        "in_cohort": st.sampled_from([0, 1]),
        "margin": st.one_of(st.none(), st.integers(-3, 3).map(float)),
        "cut_band": CUTS,
        "alert": st.sampled_from(["", "task", "listed"]),
    }
)
SCHEMA = {
    "school_id": pl.String,
    "in_cohort": pl.Int32,
    "margin": pl.Float64,
    "cut_band": pl.String,
    "alert": pl.String,
}


def board_of(rows: list[dict[str, object]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A board and its alerts; student ids in the order given."""
    board = pl.DataFrame(rows, schema=SCHEMA).with_row_index("n")
    board = board.with_columns(pl.format("p{}", pl.col("n")).alias("student_id"))
    own = board.filter(pl.col("alert") != "").select(
        "student_id", "school_id", pl.col("alert") == "listed"
    )
    said = own.rename({"alert": "listed"}).with_columns(
        pl.lit("unexplained_absence").alias("code"), pl.lit("句。").alias("zh"), pl.lit("S.").alias("en"),
        pl.lit("法律").alias("basis"), pl.lit("clerk").alias("responsible"), pl.lit(date(2026, 11, 20)).alias("due_on"),
    )  # fmt: skip
    lacking = [pl.lit(None, t).alias(c) for c, t in COLUMNS.items() if c not in said.columns]
    return board.drop("alert", "n"), said.with_columns(*lacking).select(list(COLUMNS))


def draw(rows: list[dict[str, object]], places: int) -> pl.DataFrame:
    """The drawn board with the same places in every school, and a floor of 0."""
    board, alerts = board_of(rows)
    capacity = pl.DataFrame({"school_id": ["s1", "s2"], "capacity": [places, places]})
    return drawn(board, alerts, capacity, floor=0.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=14), st.integers(0, 3))
def test_a_list_is_capacity_plus_alerts(rows: list[dict[str, object]], places: int) -> None:
    """Every listing alert is listed; besides, no school lists more than its places; none below the floor."""
    result = draw(rows, places)
    assert result.filter(pl.col("alerted") & ~pl.col("listed")).is_empty()
    by_estimate = result.filter(pl.col("placed"))
    assert by_estimate.group_by("school_id").len().filter(pl.col("len") > places).is_empty()
    assert by_estimate.filter((pl.col("margin") <= 0) | (pl.col("in_cohort") == 0)).is_empty()
    assert by_estimate.filter(pl.col("cut_band") == "no_data").is_empty()
    assert set(result.filter("listed")["band"]) <= {"act_now", "priority", "watch"}
    assert (result["band"] == "act_now").to_list() == result["alerted"].to_list()


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, max_size=14), st.integers(1, 3))
def test_nobody_listed_by_estimate_is_below_somebody_left_out(
    rows: list[dict[str, object]], places: int
) -> None:
    """Inside a school no pupil left out has a higher margin than one who has a place."""
    result = draw(rows, places).filter(
        (pl.col("in_cohort") == 1) & (pl.col("cut_band") != "no_data")
    )
    for _, school in result.group_by("school_id"):
        inside = school.filter("placed")["margin"].min()
        outside = school.filter(~pl.col("placed"))["margin"].max()
        if inside is not None and outside is not None:
            assert float(str(outside)) <= float(str(inside))


def test_the_order_is_alert_band_due_day_and_number() -> None:
    """Alerts first, then the band, then the due day; ties by student_id; who left comes last."""
    rows = pl.DataFrame(
        {
            "school_id": ["s"] * 6,
            "student_id": ["f", "e", "d", "c", "b", "a"],
            "band": ["act_now", "act_now", "priority", "watch", "watch", "none"],
            "due_on": [date(2026, 11, 21), date(2026, 11, 20), None, None, None, None],
            "listed": [True, True, True, True, True, False],
        }
    )
    expected = ["e", "f", "d", "b", "c", "a"]
    assert ordered(rows)["student_id"].to_list() == expected
    assert ordered(rows.reverse())["student_id"].to_list() == expected


def state(**levels: str) -> pl.DataFrame:
    """student_id=band; a band in brackets is not listed."""
    rows = [(s, not b.startswith("("), b.strip("()")) for s, b in levels.items()]
    return pl.DataFrame(
        rows, schema=["student_id", "listed", "band"], orient="row", strict=False
    ).cast({"student_id": pl.String, "listed": pl.Boolean, "band": pl.String})


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [("(none)", "watch", "new"), ("watch", "(none)", "left"), ("watch", "priority", "raised"),
     ("act_now", "watch", "lowered"), ("watch", "watch", "held"), ("(priority)", "(none)", None)],
)  # fmt: skip
def test_what_changed(was: str, now: str, expected: str | None) -> None:
    """new, left, raised, lowered, held; nothing is said of who was on neither list."""
    result = changes(state(a=now), state(a=was), None, same_model=True)
    assert result["change"].to_list() == ([] if expected is None else [expected])
    sources = {"held": "", None: None}.get(expected, "data")
    assert result["change_from"].to_list() == ([] if expected is None else [sources])


def test_a_newcomer_is_new_and_a_leaver_has_left() -> None:
    """Somebody who was not there last week is new; somebody who is not there now has left."""
    result = changes(state(a="watch"), state(b="watch"), None, same_model=True)
    assert dict(zip(result["student_id"], result["change"], strict=True)) == {
        "a": "new",
        "b": "left",
    }


@pytest.mark.parametrize(
    ("middle", "expected"),
    [("(none)", "data"), ("priority", "model"), ("watch", "both"), (None, "both")],
)
def test_data_or_model(middle: str | None, expected: str) -> None:
    """What last week's data under today's model already show came from the model."""
    between = None if middle is None else state(a=middle)
    result = changes(state(a="priority"), state(a="(none)"), between, same_model=False)
    assert result["change_from"].to_list() == [expected]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from([*BANDS, "(none)"]), min_size=1))
def test_nothing_changes_against_itself(levels: dict[str, str]) -> None:
    """The same list again: everybody held, from nothing."""
    result = changes(state(**levels), state(**levels), None, same_model=True)
    assert set(result["change"]) <= {"held"}
    assert set(result["change_from"]) <= {""}


def test_first_listed_is_kept() -> None:
    """Who stood on the last list keeps the first day; others begin today."""
    today, before = date(2026, 11, 20), date(2026, 11, 6)
    rows = pl.DataFrame({"student_id": ["a", "b"], "as_of": [today, today]})
    old = pl.DataFrame({"student_id": ["a"], "first_listed_on": [before]})
    assert first_listed(rows, old)["first_listed_on"].to_list() == [before, today]


def test_bands_in_order() -> None:
    """The bands are those of the words, the most urgent first."""
    assert list(BAND_ORDER) == ["act_now", "priority", "watch", "none", "no_data"]
