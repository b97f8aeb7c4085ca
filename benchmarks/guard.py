"""Does training learn that visited pupils are safe? And do exits matter? ``python -m benchmarks.guard``.

One synthetic county with visits to train on, another of the same kind without visits to judge by: what
comes there is what comes untreated, and its true hazard is known. Four handlings of visited rows
(``training.interventions.guard``) are trained alike on the product's indicators and judged alike, for the
default practice and for a heavy one. Then, without visits: exits left out, weighted, or a third answer of a
multinomial (``training.competing``), for the usual exits and for many. All figures are synthetic.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import spearmanr

from benchmarks.interventions import fridays, recorded
from features.asof import known
from features.build import build
from features.catalogue import Catalogue, load
from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from features.synthetic.truth import untreated_hazard
from training import competing, metrics
from training.bundle.score import matrix
from training.interventions.effect import delayed
from training.interventions.guard import HANDLINGS, scaled, weights
from training.interventions.panel import LISTS, first_days, visits_of, weekly
from training.labels import Question, events, label
from training.predictions import Predictions
from training.rows import at_school, evidence, year_ends

Array = NDArray[np.float64]
FIRST = date(2025, 10, 10)
#: What is altered against ``effects.toml``.
HEAVY = "[visits]\nhazard_ratio = 0.15\nweeks = 9\ncapacity = 0.03\nat_once = 0.7\nnoise = 1.0\nnever = 0.02\n"
EXITS = "[after]\ntransfer_out_a_year = 0.25\ntransfer_unconfirmed = 0.1\n"
SHOWN = ("auc", "average_precision", "brier", "calibration_error")


@dataclass(frozen=True)
class Known:
    """A county's rows of all standings with their indicators, and what else is known of it."""

    county: County
    rows: pl.DataFrame
    names: tuple[str, ...]
    directions: tuple[int, ...]
    visits: pl.DataFrame
    leaves: pl.DataFrame
    panel: pl.DataFrame

    @property
    def x(self) -> Array:
        """The indicators, NaN for empty."""
        return matrix(self.rows, self.names)

    @property
    def label(self) -> Array:
        """1 for the outcome."""
        found: Array = (self.rows["standing"] == "positive").to_numpy().astype(np.float64)
        return found

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Rows with an answer."""
        return self.rows["standing"].is_in(["positive", "negative"]).to_numpy()


def days(every: int) -> list[date]:
    """As-of Fridays from the sixth week on, all mature."""
    last = LAST_DAY - timedelta(days=56 + 7)
    return [day for day in fridays(last) if day >= FIRST and day.month not in (7, 8)][::every]


def know(county: County, every: int) -> Known:
    """Write a county, run it through the product and label it."""
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "extract"
        write_county(extract, county)
        facts = open_facts([extract], Path(folder) / "home")
        return _known(county, facts, every)


def _known(county: County, facts: Facts, every: int) -> Known:
    asked = Question(LAST_DAY, facts.batch.outcome, lag_days=facts.batch.largest_lag)
    told, ends = evidence(facts, asked), year_ends(facts, LAST_DAY)
    catalogue = load(facts.batch.attributes)
    frames = [
        label(at_school(build(facts, day, catalogue=catalogue), ends), told, asked).rows
        for day in days(every)
    ]
    outcomes, leaves = first_days(events(told, asked.outcome))
    visits = visits_of(known(facts.scan("interventions"), LAST_DAY).collect())
    panel = pl.DataFrame()
    if county.interventions:
        scores = pl.concat([recorded(facts, day) for day in fridays()])
        measures = known(facts.scan("interventions"), LAST_DAY).collect()
        lists = visits_of(measures, LISTS)
        panel = weekly(scores, visits, outcomes, exits=leaves, lists=lists)
    names, directions = _columns(catalogue)
    return Known(county, pl.concat(frames), names, directions, visits, leaves, panel)


def _columns(catalogue: Catalogue) -> tuple[tuple[str, ...], tuple[int, ...]]:
    return tuple(i.name for i in catalogue), tuple(i.direction for i in catalogue)


def grow(world: Known, target: Array, weight: Array, **more: Any) -> lightgbm.Booster:
    """Trees as the recipe has them in kind, fewer and faster."""
    params = {
        "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 200,
        "lambda_l2": 10.0, "feature_fraction": 0.5, "max_bin": 31, "num_threads": 1, "seed": 1,
        "deterministic": True, "force_row_wise": True, "verbosity": -1,
    } | more  # fmt: skip
    if params["objective"] == "binary":
        params["monotone_constraints"] = list(world.directions)
    used = weight > 0
    data = lightgbm.Dataset(world.x[used], target[used], weight=weight[used])
    return lightgbm.train(params, data, num_boost_round=150)


def judged(world: Known, told: Array, weight: Array | None = None) -> dict[str, float]:
    """Metrics on rows with an answer, and what was said of the top 3 % against what came."""
    at = np.flatnonzero(world.seen)
    p, y = told[at], world.label[at]
    heavy = np.ones(len(at)) if weight is None else weight[at]
    rows = world.rows.select("student_id", "as_of", "school_id")[at]
    said = Predictions(rows, y, np.log(p / (1 - p)), p, heavy, np.zeros(len(at), np.int64))
    found = metrics.load()
    out = {name: found[name].measure(said) for name in SHOWN}
    top = p >= np.quantile(p, 0.97)
    out["top3_said/came"] = float(p[top].mean() / np.average(y[top], weights=heavy[top]))
    out["all_said/came"] = float(p.mean() / np.average(y, weights=heavy))
    return out


def true_risk(world: Known) -> Array:
    """For each row the true chance of beginning to leave within eight weeks, if nobody visits."""
    hazard = untreated_hazard(world.county).sort("student_id", "week")
    first = date(2025, 9, 1)
    total = hazard.with_columns(sum=pl.col("hazard").cum_sum().over("student_id"))
    week = ((pl.col("as_of") - first).dt.total_days() // 7).alias("week")
    asked = world.rows.select("student_id", week).with_row_index("row")
    parts = [
        asked.with_columns(pl.col("week") + ahead)
        .join(total, on=["student_id", "week"], how="left")
        .sort("row")["sum"]
        .to_numpy()
        for ahead in (0, 8)
    ]
    risk: Array = 1 - np.exp(-(parts[1] - parts[0]))
    return risk


def _say(name: str, found: dict[str, float], **more: float) -> None:
    told = "  ".join(f"{k} {v:.4f}" for k, v in (found | more).items())
    print(f"{name:<22}{told}", flush=True)


def handlings(county: County, judge: Known, every: int) -> None:
    """Four handlings of visited rows, judged on a county without visits."""
    world = know(county, every)
    risk, at = true_risk(judge), judge.seen
    answered = world.rows.with_columns(
        event_on=pl.when(pl.col("standing") == "positive").then("event_on")
    )
    effect = delayed(world.panel)
    print(
        f"effect by delayed visits: {effect.ratio:.2f} [{effect.low:.2f},{effect.high:.2f}]",
        flush=True,
    )
    found = {
        handling: weights(answered, world.visits, handling, panel=world.panel).to_numpy()
        for handling in HANDLINGS
    }
    by_effect = {"scaled": scaled(answered, world.visits, effect.ratio).to_numpy()}
    for handling, weight in (*found.items(), *by_effect.items()):
        booster = grow(world, world.label, weight * world.seen)
        told = np.asarray(booster.predict(judge.x, num_threads=1), np.float64)
        there = at & np.isfinite(risk)
        rank = float(spearmanr(told[there], risk[there]).statistic)
        used = float((weight * world.seen > 0).sum() / world.seen.sum())
        _say(handling, judged(judge, told), rank_true_hazard=rank, rows_used=used)


def exits(county: County, judge: County, every: int) -> None:
    """Exits left out, weighted, and a multinomial, judged on another county with weighted labels."""
    world, other = know(county, every), know(judge, every)
    for one in (world, other):
        print(one.rows.group_by("standing").len().sort("standing").rows())
    weight = [competing.weights(one.rows, one.leaves).weight.to_numpy() for one in (world, other)]
    three = competing.classes(world.rows)
    told = {
        "left out": grow(world, world.label, world.seen.astype(np.float64)).predict(other.x),
        "weighted": grow(world, world.label, weight[0]).predict(other.x),
    }
    used = (three >= 0).astype(np.float64)
    multi = grow(world, three.astype(np.float64), used, objective="multiclass", num_class=3)
    told["multinomial"] = competing.hazard_of_three(np.asarray(multi.predict(other.x)))
    for name, p in told.items():
        _say(name, judged(other, np.asarray(p, np.float64), weight[1]))
    print(f"largest weight {weight[0].max():.3f}; correlation of ranks with 'left out': " + "  ".join(
        f"{name} {spearmanr(told['left out'], p).statistic:.4f}" for name, p in told.items()
    ))  # fmt: skip


def main() -> None:
    """Print both comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=12_000)
    parser.add_argument("--every", type=int, default=3, help="weeks between as-of days")
    parser.add_argument("--seed", type=int, default=201)
    given = parser.parse_args()
    plain = County(given.students, seed=given.seed)
    judge = know(replace(plain, seed=given.seed + 1), given.every)
    print("synthetic counties, not evidence about children")
    with tempfile.TemporaryDirectory() as folder:
        heavy, many = Path(folder) / "heavy.toml", Path(folder) / "exits.toml"
        heavy.write_text(HEAVY, encoding="utf-8")
        many.write_text(EXITS, encoding="utf-8")
        for name, profile in (("default practice", plain.profile), ("heavy practice", str(heavy))):
            print(f"-- {name}", flush=True)
            handlings(replace(plain, profile=profile, interventions=True), judge, given.every)
        for name, profile in (("usual exits", plain.profile), ("many exits", str(many))):
            print(f"-- {name}", flush=True)
            county = replace(plain, profile=profile)
            exits(county, replace(county, seed=given.seed + 1), given.every)


if __name__ == "__main__":
    main()
