"""How often the interval of a probability holds the true one: worlds whose truth is known.

    python -m benchmarks.coverage [--first 400] [--seeds 15] [--pupils 800 1500 2500]

Every seed makes a world of pupils and weeks (synthetic; what raises the log-odds is known), trains the
product's model on it walking forward, and scores many new pupils of the same world. Counted is the share
of them whose interval holds the mean true probability of pupils with the same score: all of them, and
those at the top, where lists are made. A pupil's weeks hang together (a lasting part of the log-odds).
What one world's model says is wrong in one way for many pupils, so worlds are the sample: the standard error
over them is printed. The constant of ``training.calibrate`` was chosen on seeds 300 to 339.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from training.assemble import folds, model, rule
from training.bundle import Column
from training.folds import as_of_days
from training.labels import STANDINGS
from training.material import Material
from training.recipe import Recipe
from training.rows import Order, Rows

UNTIL = date(2026, 7, 1)
WEEKS = 20
FRESH = 60_000
#: Neighbours by score over whom the true probability is averaged.
NEIGHBOURS = 600
RECIPE = Path(__file__).with_name("coverage.toml")
COLUMNS = (
    Column("absence_4w", "attendance", 1),
    Column("unexplained_run", "attendance", 1),
    Column("exam_standing", "grades", -1),
    Column("school_week", "context", 0),
    Column("over_age_years", "mobility", 1),
)


def odds(values: dict[str, np.ndarray], lasting: np.ndarray) -> np.ndarray:
    """The true log-odds of leaving within the horizon: known here, and nowhere else."""
    run = values["unexplained_run"]
    return np.asarray(
        -5.6
        + 7.0 * values["absence_4w"]
        + 0.45 * np.minimum(run, 6)
        + 1.8 * (0.5 - values["exam_standing"])
        + 0.5 * values["over_age_years"]
        + lasting
    )


def drawn(
    rng: np.random.Generator, pupils: int, week: int, kept: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """One week's indicators of each pupil; ``kept`` is what lasts."""
    run = np.floor(rng.exponential(0.5 + kept["drift"], pupils))
    return {
        "absence_4w": np.clip(rng.beta(1, 14, pupils) + 0.06 * run + 0.1 * kept["drift"], 0, 1),
        "unexplained_run": run,
        "exam_standing": np.clip(kept["standing"] + rng.normal(0, 0.05, pupils), 0, 1),
        "school_week": np.full(pupils, float(week)),
        "over_age_years": kept["over_age"],
    }


def lasting(rng: np.random.Generator, pupils: int) -> dict[str, np.ndarray]:
    """What stays with a pupil from week to week; ``own`` is recorded nowhere."""
    return {
        "drift": rng.exponential(0.25, pupils),
        "standing": rng.uniform(size=pupils),
        "over_age": rng.binomial(1, 0.06, pupils).astype(float),
        "own": rng.normal(0, 0.5, pupils),
    }


def world(seed: int, pupils: int) -> pl.DataFrame:
    """Rows to learn from; whoever has left is asked about no more."""
    rng = np.random.default_rng(seed)
    kept, there, parts = lasting(rng, pupils), np.ones(pupils, bool), []
    days = as_of_days(UNTIL - timedelta(weeks=WEEKS + 5), UNTIL - timedelta(weeks=6))[:WEEKS]
    for week, day in enumerate(days):
        values = drawn(rng, pupils, week, kept)
        p = 1 / (1 + np.exp(-odds(values, kept["own"])))
        label = (rng.uniform(size=pupils) < p) & there
        at = np.flatnonzero(there)
        parts.append(
            pl.DataFrame({
                "student_id": [f"L{n:05d}" for n in at], "as_of": [day] * len(at),
                "school_id": [f"S{n % 30:02d}" for n in at], "class_id": ["1"] * len(at),
                "grade": ["7"] * len(at),
                **{name: value[at] for name, value in values.items()},
                "label": label[at].astype(np.int8), "weight": np.ones(len(at)),
                "window_end": [day + timedelta(weeks=4)] * len(at),
            })
        )  # fmt: skip
        # within four weeks they are gone: a quarter of those who will leave have left by next week
        there &= ~(label & (rng.uniform(size=pupils) < 0.25))
    return pl.concat(parts)


def covered(seed: int, pupils: int) -> dict[str, float]:
    """Shares of new pupils whose interval holds the true probability of their like."""
    rows = world(seed, pupils)
    counts = dict.fromkeys(STANDINGS, 0)
    days = tuple(sorted(set(rows["as_of"])))
    order = Order(UNTIL, 4, seed=seed, workers=1, recipe=Recipe.read(RECIPE))
    held = Material(Rows(rows, counts, days), COLUMNS, "", order, ("dropped_out",), lag_days=7)
    simple = rule(held, notice=("", ""))
    bundle = model(held, folds(held), simple, lambda zh, en: None).challenger
    rng = np.random.default_rng([seed, 1])
    kept = lasting(rng, FRESH)
    values = drawn(rng, FRESH, WEEKS, kept)
    truth = 1 / (1 + np.exp(-odds(values, kept["own"])))
    said = bundle.score(pl.DataFrame(values))
    at = np.argsort(said.margin, kind="stable")
    like = np.convolve(truth[at], np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
    # the outermost take their nearest full neighbourhood
    full = np.pad(like, (NEIGHBOURS // 2, FRESH - len(like) - NEIGHBOURS // 2), mode="edge")
    low, high, point = said.interval_low[at], said.interval_high[at], said.probability[at]
    inside = (low <= full) & (full <= high)
    top = np.arange(FRESH) >= 0.9 * FRESH
    return {
        "all": float(inside.mean()),
        "top": float(inside[top].mean()),
        "point": float(((low <= point) & (point <= high)).mean()),
        "width": float(((high - low) / np.maximum(point, 1e-9)).mean()),
        "outcomes": float(rows["label"].sum()),
    }


def measured(seeds: range, pupils: int) -> None:
    """Every seed of one size, then the means with their standard errors over worlds."""
    found = []
    print(f"{pupils} pupils\nseed  outcomes  covered  covered at the top tenth  width / point")
    for seed in seeds:
        one = covered(seed, pupils)
        assert one["point"] == 1.0, "an interval does not hold its own point"
        found.append(one)
        print(
            f"{seed:4d}  {one['outcomes']:8.0f}  {one['all']:7.3f}  {one['top']:24.3f}  {one['width']:13.2f}",
            flush=True,
        )
    mean = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
    off = {n: float(np.std([one[n] for one in found])) / len(found) ** 0.5 for n in mean}
    print(f"mean            {mean['all']:7.3f}  {mean['top']:24.3f}  {mean['width']:13.2f}")
    print(f"standard error  {off['all']:7.3f}  {off['top']:24.3f}", flush=True)


def main() -> None:
    """Every size of world."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--first", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=15)
    parser.add_argument("--pupils", type=int, nargs="+", default=[1500])
    chosen = parser.parse_args()
    print("synthetic worlds")
    for pupils in chosen.pupils:
        measured(range(chosen.first, chosen.first + chosen.seeds), pupils)


if __name__ == "__main__":
    main()
