"""Do pupils who leave lawfully bias a model, and do weights mend it? ``python -m benchmarks.exits``.

Worlds whose truth is known (synthetic): in every window of eight weeks a pupil has the outcome with a known
probability and may transfer away first, so that nobody sees. Three handlings learn from the same rows:
censored rows left out, those that stayed weighted (``training.competing.weights``), and a multinomial with
exits as a third answer (``hazard_of_three``). Judged on new pupils against the known probability, as if
nobody could leave lawfully: what was said over what is true (all, and the top 3 %), expected log loss beyond
the truth's own, rank correlation, and the share of the outcome that a list of 10 % would hold.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.coverage import COLUMNS, drawn, lasting, odds
from training import competing

Array = NDArray[np.float64]
FIRST, WINDOW, WINDOWS = date(2026, 1, 2), 56, 6
FRESH = 40_000
NAMES = tuple(column.name for column in COLUMNS)
#: Chance of leaving lawfully within a window, by scenario.
SCENARIOS = ("usual: 1.7 %", "many: 8 %", "many, by grade", "many, where the outcome is likely")
TRUTH = ("said/true", "said/true at the top", "log loss beyond", "rank", "held by 10 %")


def leaving(scenario: str, grade: Array, p: Array) -> Array:
    """Each pupil's chance of a lawful exit within the window."""
    if scenario == SCENARIOS[0]:
        return np.full(len(p), 0.017)
    if scenario == SCENARIOS[1]:
        return np.full(len(p), 0.08)
    if scenario == SCENARIOS[2]:
        return np.where(grade == 9, 0.22, 0.01)
    return np.minimum(0.6, 0.04 + 1.2 * p)


def world(seed: int, pupils: int, scenario: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows of all standings, leaves); a pupil's windows do not overlap, so the truth is exact."""
    rng = np.random.default_rng(seed)
    kept, grade = lasting(rng, pupils), rng.integers(7, 10, pupils).astype(np.float64)
    parts, leaves = [], []
    for window in range(WINDOWS):
        day = FIRST + timedelta(days=WINDOW * window)
        values = drawn(rng, pupils, window, kept)
        p = 1 / (1 + np.exp(-odds(values, kept["own"])))
        event = _day(rng, p)
        leave = _day(rng, leaving(scenario, grade, p))
        came, left = (event <= leave) & (event < 99), leave < np.minimum(event, 99)
        on = np.datetime64(day) + np.where(came, event, leave).astype("timedelta64[D]")
        ids = [f"L{n:05d}" for n in range(pupils)]
        told = {"student_id": ids, "grade": grade.astype(np.int64).astype(str), **values}
        rows = pl.DataFrame(told).with_columns(
            as_of=pl.lit(day),
            window_end=pl.lit(day + timedelta(days=WINDOW)),
            standing=pl.Series(np.where(came, "positive", np.where(left, "exit", "negative"))),
            event_on=pl.Series(on).cast(pl.Date),
        )
        parts.append(rows.with_columns(pl.when(pl.col("standing") != "negative").then("event_on")))
        gone = rows.filter(standing="exit")
        leaves.append(gone.select("student_id", pl.col("event_on").alias("on")))
    return pl.concat(parts), pl.concat(leaves)


def _day(rng: np.random.Generator, p: Array) -> Array:
    """The day within the window on which it comes, 99 where it does not."""
    found: Array = np.where(rng.random(len(p)) < p, rng.integers(1, WINDOW + 1, len(p)), 99)
    return found


def grow(x: Array, target: Array, weight: Array, *, classes: int = 2) -> lightgbm.Booster:
    """Trees alike for every handling."""
    params: dict[str, Any] = {
        "objective": "binary" if classes == 2 else "multiclass", "learning_rate": 0.05,
        "num_leaves": 10, "max_depth": 4, "min_data_in_leaf": 100, "lambda_l2": 10.0, "seed": 1,
        "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbosity": -1,
    }  # fmt: skip
    if classes == 2:
        params["monotone_constraints"] = [column.direction for column in COLUMNS]
    else:
        params["num_class"] = classes
    used = weight > 0
    data = lightgbm.Dataset(x[used], target[used], weight=weight[used])
    return lightgbm.train(params, data, num_boost_round=120)


def told(seed: int, pupils: int, scenario: str) -> dict[str, dict[str, float]]:
    """Every handling's figures in one world."""
    rows, leaves = world(seed, pupils, scenario)
    x = rows.select(NAMES).to_numpy()
    label = (rows["standing"] == "positive").to_numpy().astype(float)
    seen = (rows["standing"] != "exit").to_numpy().astype(float)
    weight = competing.weights(rows, leaves).weight.to_numpy()
    three = competing.classes(rows).astype(float)
    rng = np.random.default_rng([seed, 1])
    kept = lasting(rng, FRESH)
    values = drawn(rng, FRESH, WINDOWS, kept)
    truth = 1 / (1 + np.exp(-odds(values, kept["own"])))
    new = np.column_stack([values[name] for name in NAMES])
    said = {
        "left out": np.asarray(grow(x, label, seen).predict(new)),
        "weighted": np.asarray(grow(x, label, weight).predict(new)),
        "multinomial": competing.hazard_of_three(
            np.asarray(grow(x, three, np.ones(len(three)), classes=3).predict(new))
        ),
    }
    return {name: _figures(p, truth) for name, p in said.items()}


def _figures(p: Array, truth: Array) -> dict[str, float]:
    top, ten = p >= np.quantile(p, 0.97), p >= np.quantile(p, 0.90)

    def loss(q: Array) -> float:
        return float(-np.mean(truth * np.log(q) + (1 - truth) * np.log(1 - q)))

    rank = float(spearmanr(p, truth).statistic)
    ratios = (float(p.mean() / truth.mean()), float(p[top].mean() / truth[top].mean()))
    held = float(truth[ten].sum() / truth.sum())
    return dict(zip(TRUTH, (*ratios, loss(p) - loss(truth), rank, held), strict=True))


def main() -> None:
    """Every scenario: means over worlds; differences from 'left out' with their standard errors."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--pupils", type=int, default=3000)
    chosen = parser.parse_args()
    print("synthetic worlds; in brackets the difference from 'left out' and its standard error")
    for scenario in SCENARIOS:
        print(f"-- {scenario}", flush=True)
        found = [told(seed, chosen.pupils, scenario) for seed in range(500, 500 + chosen.seeds)]
        for name in found[0]:
            print(f"{name:<12}" + "  ".join(_cell(found, name, what) for what in TRUTH), flush=True)


def _cell(found: list[dict[str, dict[str, float]]], name: str, what: str) -> str:
    values = np.array([one[name][what] for one in found])
    less = values - np.array([one["left out"][what] for one in found])
    off = float(np.std(less) / len(less) ** 0.5)
    more = "" if name == "left out" else f" [{less.mean():+.4f} ± {off:.4f}]"
    return f"{what} {values.mean():.4f}{more}"


if __name__ == "__main__":
    main()
