"""Metrics: against scikit-learn, against small cases by hand, with ties at their worst."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from tests.training.factories import predictions, trained
from training import metrics
from training.metrics.calibration_error import reliability
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
    assert listed(p).tolist() == [True, False, False, True, False, True]
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
    assert listed(heavy).tolist() == [True] + [False] * 32


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
