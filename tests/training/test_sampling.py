"""Laws of sampled rows: what is learned stands for all, lists are judged where everybody is there."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from training.evaluate import report
from training.evaluate.page import _systems
from training.evaluate.paired import Judged
from training.metrics import load
from training.predictions import Predictions
from training.sampling import Sample

DAY = date(2026, 3, 6)


def world(schools: int = 120, size: int = 60, seed: int = 0) -> pl.DataFrame:
    """One day's rows: a score, and the oftener an outcome the higher it is."""
    drawn = np.random.default_rng(seed)
    n = schools * size
    score = drawn.normal(size=n)
    left = drawn.random(n) < 1 / (1 + np.exp(4.0 - 1.2 * score))
    return pl.DataFrame(
        {
            "student_id": [f"p{i:05d}" for i in range(n)],
            "school_id": [f"s{i // size:03d}" for i in range(n)],
            "as_of": [DAY] * n,
            "class_id": ["1"] * n,
            "label": left.astype(np.int8),
            "score": score,
        }
    )


def sample(rows: pl.DataFrame, keep: float, seed: int) -> Sample:
    leavers = rows.filter(pl.col("label") == 1)["student_id"]
    return Sample.of(keep, seed, leavers, sizes(rows))


def sizes(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("school_id").agg(pl.len().alias("pupils"))


def said(rows: pl.DataFrame) -> Predictions:
    asked = rows.select(
        "student_id",
        "as_of",
        "school_id",
        "class_id",
        *(c for c in ("whole",) if c in rows.columns),
    )
    label, score = (rows[name].to_numpy().astype(float) for name in ("label", "score"))
    weight = rows["weight"].to_numpy() if "weight" in rows.columns else np.ones(len(rows))
    return Predictions(asked, label, score, score, weight, np.zeros(len(rows), np.int64))


def test_all_rows_are_kept_where_there_is_room() -> None:
    """Nothing is drawn: every row weighs one and every school is whole."""
    rows = Sample().of_rows(world(5))
    assert rows.height == 300
    assert set(rows["weight"]) == {1.0}
    assert rows["whole"].all()


@pytest.mark.parametrize("keep", [0.05, 0.2, 0.6])
def test_about_so_many_rows_are_kept_and_stand_for_all(keep: float) -> None:
    """Who left is kept, schools chosen are all there, weights sum to about all rows."""
    rows = world()
    told = sample(rows, keep, 3)
    kept = told.of_rows(rows)
    left = int(rows["label"].sum())
    assert kept.height == pytest.approx(keep * rows.height + left, rel=0.25)
    assert kept["label"].sum() == left
    assert kept["weight"].sum() == pytest.approx(rows.height, rel=0.12)
    assert told.schools is not None
    whole = rows.filter(pl.col("school_id").is_in(told.schools.implode()))
    assert kept.filter("whole")["student_id"].sort().equals(whole["student_id"].sort())
    assert (kept.filter(pl.col("whole") | (pl.col("label") == 1))["weight"] == 1).all()


def test_the_same_seed_keeps_the_same_and_another_others() -> None:
    """Who is kept follows from ids and seed, not from the order of rows or schools."""
    rows = world(40)
    first = sample(rows, 0.2, 1).of_rows(rows)
    again = sample(rows.reverse(), 0.2, 1).of_rows(rows.reverse())
    assert first.equals(again.reverse())
    assert not first["student_id"].equals(sample(rows, 0.2, 2).of_rows(rows)["student_id"])


def test_one_school_is_whole_however_little_room() -> None:
    """Lists can be judged somewhere even where next to nothing is kept."""
    kept = sample(world(4), 1e-6, 0).of_rows(world(4))
    assert kept.filter("whole")["school_id"].n_unique() == 1


def test_short_lists_find_no_more_than_they_would_of_all() -> None:
    """Recall and precision of schools' lists are right on average over samples; drawn pupil by pupil, recall
    of two places in sixty would be said twice as high."""
    rows = world(schools=200)
    metrics = load()
    names = ("recall_at_capacity", "precision_at_capacity")
    truth = {name: metrics[name].measure(said(rows)) for name in names}
    found: dict[str, list[float]] = {name: [] for name in names}
    pupils = []
    for seed in range(12):
        kept = said(sample(rows, 0.1, seed).of_rows(rows))
        for name in names:
            found[name].append(metrics[name].measure(kept))
        own = Judged(kept).measure()["recall_at_capacity"]
        assert own == pytest.approx(found["recall_at_capacity"][-1])
        lone = sample(rows, 0.1, seed)
        none = Sample(0.1, seed, lone.leavers, lone.schools.head(0))  # type: ignore[union-attr]
        pupils.append(metrics[names[0]].measure(said(none.of_rows(rows).drop("whole"))))
    for name in names:
        spread = np.std(found[name]) / len(found[name]) ** 0.5
        assert abs(np.mean(found[name]) - truth[name]) < 4 * spread + 0.005
    assert np.mean(pupils) > 1.5 * truth[names[0]]


def test_what_counts_lists_counts_whole_schools_alone() -> None:
    """Of rows drawn pupil by pupil nothing is asked that depends on who stands beside them."""
    rows = world(60)
    kept = sample(rows, 0.2, 5).of_rows(rows)
    whole = said(kept.filter("whole"))
    for name in ("recall_at_capacity", "precision_at_capacity", "alert_load"):
        measure = load()[name].measure
        assert measure(said(kept)) == pytest.approx(measure(whole))


def test_a_report_on_sampled_rows_says_where_lists_were_judged() -> None:
    """Schools and rows are named; of all rows nothing is said."""
    rows = world(30)
    kept = said(sample(rows, 0.4, 5).of_rows(rows))
    told = report({"model": kept, "attendance": kept}, replicates=5)
    assert told["whole"] == {"rows": 480, "schools": 8}
    assert "8所学校、480行" in "\n".join(_systems(told))
    whole = said(rows)
    told = report({"model": whole, "attendance": whole}, replicates=5)
    assert "whole" not in told
    assert "所学校" not in "\n".join(_systems(told))


@pytest.mark.parametrize(
    ("schools", "keep", "whole"),
    [(100, 0.5, 25), (60, 0.5, 20), (30, 0.5, 10), (850, 0.0588, 24), (200, 0.1, 13), (4, 0.01, 1)],
)
def test_twenty_schools_are_whole_where_there_is_room(
    schools: int, keep: float, whole: int
) -> None:
    """Half of what is kept, up to two thirds where that is fewer than intervals over schools want."""
    named = pl.DataFrame({"school_id": [f"s{n}" for n in range(schools)], "pupils": [50] * schools})
    told = Sample.of(keep, 0, pl.Series([], dtype=pl.String), named)
    assert told.schools is not None
    assert len(told.schools) == whole
    assert keep / 10 <= told.share <= keep


def test_large_schools_take_their_room() -> None:
    """Schools are taken by their pupils and not by their number: a sample stays about as large as asked."""
    rows = pl.DataFrame({"school_id": [f"s{n}" for n in range(40)], "pupils": [10] * 39 + [900]})
    for seed in range(20):
        told = Sample.of(0.3, seed, pl.Series([], dtype=pl.String), rows)
        assert told.schools is not None
        kept = rows.filter(pl.col("school_id").is_in(told.schools.implode()))["pupils"].sum()
        first = rows.filter(pl.col("school_id") == told.schools[0])["pupils"].item()
        assert kept <= 0.2 * 1290 or len(told.schools) == 1 == first // 900
