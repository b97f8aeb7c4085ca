"""Laws of the guard: training does not learn that visited pupils are safe."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tests.training.interventions.world import by_hand, on, pairs, practice
from training.interventions.effect import bands
from training.interventions.guard import (
    HANDLINGS,
    MOST,
    Handling,
    exposed,
    scaled,
    unvisited,
    weights,
)
from training.interventions.panel import weekly

ROWS = {"student_id": pl.String, "as_of": pl.Date, "window_end": pl.Date, "event_on": pl.Date}


def row(pupil: str = "a", event: int | None = None) -> pl.DataFrame:
    event_on = None if event is None else on(event)
    return pl.DataFrame([(pupil, on(0), on(28), event_on)], schema=ROWS, orient="row")


@pytest.mark.parametrize(
    ("visit", "event", "touched"),
    [(3, None, True), (0, None, True), (-10, None, True), (-42, None, False), (28, None, False),
     (10, 5, False), (5, 5, False), (4, 5, True)],
)  # fmt: skip
def test_a_visit_bears_on_what_comes_after_it(visit: int, event: int | None, touched: bool) -> None:
    """A row is touched by a visit in its window before the outcome, or one that may still work."""
    told = exposed(row(event=event), pairs(a=visit))
    assert (told["visited_on"].item() is not None) == touched


def test_naive_keeps_all_drop_keeps_untouched_rows() -> None:
    """The naive handling keeps every row, the others only rows no visit bears on."""
    rows = pl.concat([row("a"), row("b")])
    visits = pairs(a=3)
    assert weights(rows, visits, "naive").to_list() == [1.0, 1.0]
    assert weights(rows, visits, "drop").to_list() == [0.0, 1.0]
    panel = by_hand("ab", weeks=5, visits=visits)
    assert weights(rows, visits, "ipcw", panel=panel)[0] == 0.0


def test_scaled_outcomes_stand_for_those_that_did_not_come() -> None:
    """At ratio one half an outcome after a visit weighs two, and the visited weigh as many as they are."""
    rows = pl.concat([row("a", 20), row("b"), row("c"), row("d", 20), row("e")])
    told = scaled(rows, pairs(a=3, b=3, c=3), 0.5).to_list()
    assert told == pytest.approx([2.0, 0.5, 0.5, 1.0, 1.0])
    assert scaled(rows, pairs(), 0.5).to_list() == [1.0] * 5
    assert scaled(row("a", 20), pairs(a=3), 0.5).to_list() == [1.0]


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_an_unknown_ratio_scales_nothing(ratio: float) -> None:
    """Without a ratio rows cannot be scaled, and it is said."""
    with pytest.raises(ValueError, match="ratio"):
        scaled(row(), pairs(a=3), ratio)


def test_weighting_wants_the_panel() -> None:
    """Without the weekly panel nobody knows the chance of a visit."""
    with pytest.raises(ValueError, match="panel"):
        weights(row(), pairs(a=3), "ipcw")


def test_one_of_two_visited_makes_the_other_stand_for_both() -> None:
    """Where half of those alike are visited, each of the others weighs two."""
    visits = pairs(a=3)
    panel = by_hand("ab", weeks=4, visits=visits)
    told = weights(row("b"), visits, "ipcw", panel=panel)
    # one week in which one of two was visited, and three in which nobody was: shrunk to the band's rate
    assert 1.5 < told.item() < 2.6


def test_the_week_of_the_outcome_counts_up_to_its_day() -> None:
    """Visits are made on Mondays and Thursdays alike: who left on the Wednesday could have been visited on the
    Monday alone, who stayed the whole week on either."""
    visits = pairs(a=0, c=3)
    panel = by_hand("abcd", weeks=1, visits=visits, outcomes=pairs(d=2))
    left, stayed = row("d", event=2), row("b")
    half, whole = (float(unvisited(one, panel).item()) for one in (left, stayed))
    assert whole < half < 1
    assert half**2 == pytest.approx(whole)


def test_rows_of_a_sample_count_for_all_they_stand_for() -> None:
    """Each of those nobody visited written out ten times, or once at the weight of ten: the same weights, ratio
    and numbers saved."""
    made = practice(7, pupils=1500)
    gone_to = made.visits["student_id"].unique()
    often = made.rows.filter(~pl.col("student_id").is_in(gone_to.implode()))
    rest = made.rows.filter(pl.col("student_id").is_in(gone_to.implode()))
    once = pl.concat(
        [rest.with_columns(weight=pl.lit(1.0)), often.with_columns(weight=pl.lit(10.0))]
    )
    copies = [
        often.with_columns(pl.format("{}-{}", "student_id", pl.lit(k)).alias("student_id"))
        for k in range(10)
    ]
    out = made.outcomes.filter(~pl.col("student_id").is_in(gone_to.implode()))
    more = [
        out.with_columns(pl.format("{}-{}", "student_id", pl.lit(k)).alias("student_id"))
        for k in range(10)
    ]
    whole = weekly(pl.concat([rest, *copies]), made.visits, pl.concat([made.outcomes, *more]))
    short = weekly(once, made.visits, made.outcomes)
    assert bands(short).ratio == pytest.approx(bands(whole).ratio)
    assert bands(short).other == pytest.approx(bands(whole).other)
    rows = made.rows.filter(pl.col("as_of") == on(28)).with_columns(
        window_end=pl.col("as_of") + timedelta(days=28), event_on=pl.lit(None, pl.Date)
    )
    named = rows.with_columns(
        pl.when(pl.col("student_id").is_in(gone_to.implode()))
        .then("student_id")
        .otherwise(pl.format("{}-0", "student_id"))
        .alias("student_id")
    )
    assert unvisited(rows, short).to_list() == pytest.approx(unvisited(named, whole).to_list())


def test_weights_make_the_risk_what_it_would_have_been() -> None:
    """The weighted risk of rows not visited is the untreated one; dropping them makes it too small."""
    off: dict[Handling, list[float]] = {name: [] for name in HANDLINGS}
    for seed in range(4):
        made = practice(seed, pupils=4000)
        first = made.rows.filter(pl.col("as_of") <= on(70)).join(
            made.outcomes.rename({"on": "event_on"}), on="student_id", how="left"
        )
        rows = first.filter(
            pl.col("event_on").is_null() | (pl.col("event_on") > pl.col("as_of"))
        ).with_columns(window_end=pl.col("as_of") + timedelta(days=28))
        rows = rows.with_columns(
            event_on=pl.when(pl.col("event_on") <= pl.col("window_end")).then("event_on")
        ).filter(pl.col("score") >= 4)
        truth = rows.join(made.untreated, on="student_id", how="left")
        due = (truth["on"] > truth["as_of"]) & (truth["on"] <= truth["window_end"])
        label = rows["event_on"].is_not_null().cast(pl.Float64).to_numpy()
        for handling in off:
            told = weights(rows, made.visits, handling, panel=made.panel).to_numpy()
            untreated = float(due.fill_null(False).to_numpy().mean())
            off[handling].append(float(np.average(label, weights=told)) / untreated)
    mean = {name: float(np.mean(found)) for name, found in off.items()}
    assert mean["naive"] < 0.85
    assert abs(mean["ipcw"] - 1) < 0.12
    assert abs(mean["ipcw"] - 1) < abs(mean["naive"] - 1)


def test_no_row_stands_for_too_many() -> None:
    """The chance of not being visited lies in (0, 1], and no weight is above the cap."""
    made = practice(2, pupils=600)
    rows = made.rows.with_columns(
        window_end=pl.col("as_of") + timedelta(days=28), event_on=pl.lit(None, pl.Date)
    )
    stays = unvisited(rows, made.panel)
    assert stays.is_between(0, 1 + 1e-12).all()
    assert weights(rows, made.visits, "ipcw", panel=made.panel).max() <= MOST  # type: ignore[operator]
