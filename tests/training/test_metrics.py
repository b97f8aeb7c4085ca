"""Metrics: against scikit-learn, against small cases by hand, with ties at their worst."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from tests.training.factories import predictions, trained
from training import metrics
from training.evaluate import report
from training.metrics.calibration_error import reliability
from training.metrics.lead_time import lead_weeks
from training.metrics.listed import Lists
from training.metrics.precision_at_capacity import listed

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-4, 4), st.integers(1, 3)), min_size=4, max_size=40
)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_metrics_are_scikit_learns(rows: list[tuple[int, int, int]]) -> None:
    """Average precision, AUC, Brier and log loss equal scikit-learn's, weights and ties included."""
    label, margin, weight = ([r[i] for r in rows] for i in range(3))
    if len(set(label)) < 2:
        return
    p = predictions(label, [float(m) for m in margin], weight=[float(w) for w in weight])
    got = metrics.measure(p)
    assert got["average_precision"] == pytest.approx(
        average_precision_score(label, margin, sample_weight=weight)
    )
    assert got["auc"] == pytest.approx(roc_auc_score(label, margin, sample_weight=weight))
    assert got["brier"] == pytest.approx(
        brier_score_loss(label, p.probability, sample_weight=weight)
    )
    assert got["log_loss"] == pytest.approx(log_loss(label, p.probability, sample_weight=weight))


def test_the_folder_is_the_list() -> None:
    """Every file of the folder is a metric with words in both languages."""
    found = metrics.load()
    assert {
        "auc",
        "average_precision",
        "brier",
        "calibration_error",
        "log_loss",
        "precision_at_capacity",
        "recall_at_capacity",
    } <= set(found)
    assert all(m.zh and m.en and name == m.name for name, m in found.items())


def test_a_number_that_cannot_be_had_is_left_out() -> None:
    """Without any outcome, or without rows, the ranking metrics are absent, not zero."""
    assert "auc" not in metrics.measure(predictions([0, 0], [0.1, 0.2]))
    assert "average_precision" not in metrics.measure(predictions([0, 0], [0.1, 0.2]))
    assert "auc" not in metrics.measure(predictions([1, 1], [0.1, 0.2]))
    assert metrics.measure(predictions([], [])) == {}


def test_k_is_counted_anew_in_every_school_and_week() -> None:
    """Each school lists ceil(3 %) of its own pupils on each day: one each here."""
    days = [date(2026, 3, 2)] * 4 + [date(2026, 3, 9)] * 2
    p = predictions(
        [1, 0, 0, 1, 0, 1], [5, 4, 1, 2, 0, 3], school_id=["A", "A", "B", "B", "A", "A"], as_of=days
    )
    assert listed(p).tolist() == [1, 0, 0, 1, 0, 1]
    got = metrics.measure(p)
    assert got["precision_at_capacity"] == 1.0
    assert got["recall_at_capacity"] == 1.0


def test_ties_are_counted_at_their_worst() -> None:
    """Where equals compete for the last place, those who stayed take it."""
    got = metrics.measure(predictions([1, 0, 1, 0], [2.0, 2.0, 2.0, 1.0]))
    assert got["precision_at_capacity"] == 0.0
    assert got["recall_at_capacity"] == 0.0


def test_room_is_rounded_up_and_weights_fill_it() -> None:
    """34 pupils at 3 % make room for two; a row that stands for two fills it alone."""
    p = predictions([0] * 34, [float(-i) for i in range(34)])
    assert listed(p).sum() == 2
    heavy = predictions([0] * 33, [float(-i) for i in range(33)], weight=[2.0] + [1.0] * 32)
    assert listed(heavy).tolist() == [1.0] + [0.0] * 32
    heavier = predictions([0] * 31, [float(-i) for i in range(31)], weight=[4.0] + [1.0] * 30)
    assert listed(heavier).tolist() == [0.5] + [0.0] * 30


ON_LISTS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 4), st.integers(0, 2)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(ON_LISTS, st.sampled_from([0.03, 0.1, 0.5, 1.0]))
def test_a_row_that_stands_for_several_is_as_good_as_several(
    rows: list[tuple[int, int, int, int]], share: float
) -> None:
    """Lists of weighted rows hold what lists of the rows written out one by one hold: every place is filled."""
    label, score, weight, on = (np.array([r[i] for r in rows], float) for i in range(4))
    lists = Lists(label, score, on.astype(np.int64))
    whole = np.repeat(np.arange(len(rows)), weight.astype(int))
    if len(whole) == 0:
        return
    out = Lists(label[whole], score[whole], on[whole].astype(np.int64))
    told, plain = lists.caught(weight, share), out.caught(np.ones(len(whole)), share)
    assert (told.taken, told.hits, told.left) == pytest.approx(
        (plain.taken, plain.hits, plain.left)
    )
    chosen = lists.chosen(weight, share) * weight
    assert chosen.sum() == pytest.approx(told.taken)
    assert (chosen * label).sum() == pytest.approx(told.hits)


@settings(max_examples=100, deadline=None)
@given(ON_LISTS, st.sampled_from([0.03, 0.1]), st.integers(1, 5))
def test_a_school_drawn_several_times_is_several_schools(
    rows: list[tuple[int, int, int, int]], share: float, times: int
) -> None:
    """Drawn again with all its rows, a list catches as many times what it caught: no place is lost or won."""
    label, score, weight, on = (np.array([r[i] for r in rows], float) for i in range(4))
    lists = Lists(label, score, on.astype(np.int64), weight=weight + 1)
    once = lists.caught(weight + 1, share)
    again = lists.caught((weight + 1) * times, share)
    assert (again.taken, again.hits) == pytest.approx((once.taken * times, once.hits * times))
    assert once.taken == pytest.approx(
        Lists(label, score, on.astype(np.int64)).caught(weight + 1, share).taken
    )


def test_reliability_lies_on_the_diagonal_of_a_true_forecast() -> None:
    """Where half of those said to be at one half left, the bin lies on the diagonal."""
    p = predictions([0, 1] * 20, [0.0] * 40)
    table = reliability(p)
    assert len(table) == 10
    assert {row["probability"] for row in table} == {0.5}
    assert metrics.measure(p)["calibration_error"] < 0.06
    told = trained().model
    assert told is not None
    assert sum(row["weight"] for row in reliability(told)) == len(told)


def test_equal_probabilities_are_one_rate_wherever_they_lie() -> None:
    """One probability for all that is right on the whole is no error, though the rate went up and down in time."""
    drawn = np.random.default_rng(0)
    label = (drawn.uniform(size=4000) < 0.1 * (1 + np.sin(np.arange(4000) / 400))).astype(int)
    p = predictions(label.tolist(), [0.0] * 4000)
    p = replace(p, probability=np.full(4000, label.mean()))
    assert metrics.measure(p)["calibration_error"] == pytest.approx(0.0, abs=1e-12)
    other = replace(p, probability=drawn.integers(1, 5, 4000) / 20)
    shuffled = other.take(drawn.permutation(4000))
    assert metrics.measure(other)["calibration_error"] == pytest.approx(
        metrics.measure(shuffled)["calibration_error"]
    )


def test_lead_time_begins_with_the_first_listing() -> None:
    """Listed twenty weeks before leaving, long before the horizon, it is twenty weeks; after a return anew."""
    begin = date(2026, 1, 5)
    days = [begin + timedelta(weeks=n) for n in range(30)]
    gone = {"away": begin + timedelta(weeks=20), "again": begin + timedelta(weeks=25)}

    def told(events: list[date]) -> list[float]:
        nxt = [min((e for e in events if e > day), default=None) for day in days]
        hit = [
            e is not None and e - day <= timedelta(weeks=8)
            for e, day in zip(nxt, days, strict=True)
        ]
        p = predictions([int(h) for h in hit], [5.0] * 30, student_id=["one"] * 30, as_of=days)
        at = pl.Series(
            "event_on", [e if h else None for e, h in zip(nxt, hit, strict=True)], pl.Date
        )
        return lead_weeks(replace(p, rows=p.rows.with_columns(at)))["weeks"].to_list()

    assert told([gone["away"]]) == [20.0]
    assert told(list(gone.values())) == [20.0, 5.0]


def test_taking_rows_keeps_them_together() -> None:
    """A mask and row numbers choose the same rows of every column."""
    p = predictions([1, 0, 1], [0.1, 0.2, 0.3], fold=[0, 1, 1])
    by_mask, by_number = p.take(p.fold == 1), p.take(np.array([1, 2]))
    assert (
        by_mask.rows["student_id"].to_list()
        == ["p1", "p2"]
        == by_number.rows["student_id"].to_list()
    )
    assert by_mask.margin.tolist() == by_number.margin.tolist() == [0.2, 0.3]


def test_what_said_nothing_is_not_measured() -> None:
    """Figures of last week's list are those of the rows that had one, in whatever order rows lie."""
    systems = dict(trained().systems)
    spoken = ~np.isnan(systems["last_week"].margin)
    assert not spoken.all()
    told = report(systems, replicates=5)["systems"]["last_week"]
    assert told == metrics.measure(systems["last_week"].take(spoken))
    assert told["auc"] == pytest.approx(
        roc_auc_score(systems["last_week"].label[spoken], systems["last_week"].margin[spoken])
    )
