"""Laws of exits that compete: weights against what would have been seen without them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from training.competing import MOST, classes, hazard_of_three, weights

D = date(2026, 3, 6)
SCHEMA = {
    "student_id": pl.String, "as_of": pl.Date, "window_end": pl.Date, "standing": pl.String,
    "event_on": pl.Date, "grade": pl.String,
}  # fmt: skip
LEAVES = {"student_id": pl.String, "on": pl.Date}


def frame(*told: tuple[str, int | None], grade: str = "7") -> pl.DataFrame:
    """Rows by standing and day of the event; the window is eight weeks."""
    rows = [
        (f"p{n}", D, D + timedelta(days=56), standing, None if day is None else D + timedelta(days=day), grade)
        for n, (standing, day) in enumerate(told)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def leaves(rows: pl.DataFrame) -> pl.DataFrame:
    gone = rows.filter(
        pl.col("standing").is_in(["exit", "unresolved"]), pl.col("event_on").is_not_null()
    )
    return gone.select("student_id", pl.col("event_on").alias("on"))


def test_without_exits_every_row_weighs_one() -> None:
    """Where nobody is censored the weights change nothing."""
    rows = frame(("positive", 9), ("negative", None), ("negative", None))
    found = weights(rows, leaves(rows), by=())
    assert found.weight.to_list() == [1.0, 1.0, 1.0]
    assert (found.censored, found.largest) == (0, 1.0)


def test_those_who_stayed_stand_for_those_who_left_lawfully() -> None:
    """One of four exits in week 3: a negative weighs 4/3, a positive of week 1 weighs 1, the exit 0."""
    rows = frame(
        ("negative", None), ("exit", 16), ("negative", None), ("positive", 20), ("positive", 3)
    )
    found = weights(rows, leaves(rows), by=())
    assert found.weight.to_list() == pytest.approx([4 / 3, 0.0, 4 / 3, 1.0, 1.0])
    assert found.censored == 1


def test_rows_never_at_risk_count_nowhere() -> None:
    """Already, gone, immature, and unresolved rows that were gone on the day neither weigh nor censor."""
    rows = frame(
        ("negative", None),
        ("already", None),
        ("gone", None),
        ("immature", None),
        ("unresolved", None),
    )
    found = weights(rows, leaves(rows), by=())
    assert found.weight.to_list() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert found.censored == 0


def test_a_leave_on_the_day_itself_is_no_censoring_after_it() -> None:
    """Who left on the as-of day, as learned later, was not at risk."""
    rows = frame(("negative", None), ("unresolved", 0))
    found = weights(rows, leaves(rows), by=())
    assert found.censored == 0
    assert found.weight.to_list() == [1.0, 0.0]


def test_an_empty_frame_has_no_weights() -> None:
    """No rows, no weights."""
    rows = frame()
    assert weights(rows, leaves(rows)).largest == 0.0


def test_strata_lend_to_each_other_only_what_they_lack() -> None:
    """In a large stratum without exits weights stay near one, in one with many they rise; none above the cap."""
    many = [("exit", 10)] * 300 + [("negative", None)] * 300
    few = [("negative", None)] * 3000
    rows = pl.concat(
        [
            frame(*many, grade="9"),
            frame(*few, grade="1").with_columns(student_id="q" + pl.col("student_id")),
        ]
    )
    found = rows.with_columns(weights(rows, leaves(rows), by=("grade",)).weight)
    told = dict(
        found.filter(standing="negative").group_by("grade").agg(pl.col("weight").max()).iter_rows()
    )
    assert 1.0 < told["1"] < 1.02
    assert 1.4 < told["9"] < 2.0
    assert found["weight"].max() <= MOST  # type: ignore[operator]


def test_weighted_share_is_the_share_without_exits() -> None:
    """Where half exit, the share among those left is too large; weighted it is what exits hid."""
    rng = np.random.default_rng(4)
    n = 8000
    event = np.where(rng.random(n) < 0.3, rng.integers(1, 57, n), 999)
    leave = np.where(rng.random(n) < 0.5, rng.integers(1, 57, n), 999)
    told: list[tuple[str, int | None]] = [
        ("positive", int(e)) if e <= out and e < 999 else ("exit", int(out)) if out < 999 else ("negative", None)
        for e, out in zip(event, leave, strict=True)
    ]  # fmt: skip
    rows = frame(*told)
    used = rows.with_columns(weights(rows, leaves(rows), by=("grade",)).weight).filter(
        pl.col("standing").is_in(["positive", "negative"])
    )
    label = (used["standing"] == "positive").to_numpy()
    truth = float((event < 999).mean())
    assert float(label.mean()) - truth > 0.05
    assert float(np.average(label, weights=used["weight"].to_numpy())) == pytest.approx(
        truth, abs=0.015
    )


def test_exits_leave_the_denominator() -> None:
    """Of (neither, outcome, exit) = (.6, .2, .2) the risk without exits is a quarter."""
    assert hazard_of_three(np.array([[0.6, 0.2, 0.2], [0.0, 0.0, 1.0]])) == pytest.approx(
        [0.25, 0.0]
    )


def test_classes_of_the_multinomial() -> None:
    """Negatives, outcomes, leaves and what is not used have their numbers."""
    rows = frame(
        ("negative", None), ("positive", 3), ("exit", 3), ("unresolved", 4), ("immature", None)
    )
    assert classes(rows).tolist() == [0, 1, 2, 2, -1]
