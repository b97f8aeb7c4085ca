"""Does evaluation see what visits do? ``python -m benchmarks.interventions [--seeds 20]``.

Each seed is a synthetic county in which schools visit those who look worst and a visit multiplies the
weekly risk by a known ratio (``batch.toml`` ``[truth]``). The extract goes through the product: check,
fold, outcomes by ``training.labels``, comparisons by ``training.interventions``. The score for bands is
the points the lists are made from (unexplained days on record by Friday, this week's thrice), worked out
again from the extract; ``--rule`` takes the attendance rule's score from the product's own ``build``
instead, which is slower and is not what the staff went by. All figures are synthetic.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.asof import known
from features.build import build
from features.catalogue import Catalogue, load
from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from features.synthetic.truth import saved
from training.baselines import attendance
from training.bundle.score import matrix, rule_contributions
from training.interventions.effect import bands, delayed, naive
from training.interventions.panel import LISTS, first_days, ripe, visits_of, weekly
from training.interventions.pooled import Effect
from training.interventions.saved import ToldApart, told_apart
from training.labels import Question, events
from training.rows import columns_of, evidence

#: Fridays of the county's records, from the end of the first week.
FIRST = date(2025, 9, 5)
UNEXPLAINED = ("unexplained", "unexcused")


@dataclass(frozen=True)
class Seed:
    """What one county gave."""

    seed: int
    truth: float
    found: tuple[Effect, ...]
    apart: ToldApart
    saved: int
    seconds: float


def fridays(last: date = LAST_DAY) -> list[date]:
    """The as-of days."""
    return [FIRST + timedelta(weeks=k) for k in range((last - FIRST).days // 7 + 1)]


def roll(facts: Facts, day: date) -> pl.DataFrame:
    """student_id, school_id, junior, as_of: who is enrolled, as known on the day."""
    rows = known(facts.scan("enrolments"), day).filter(pl.col("start_on") <= day)
    return (
        rows.sort("student_id", "start_on")
        .unique("student_id", keep="last", maintain_order=True)
        .filter(pl.col("end_on").is_null() | (pl.col("end_on") > day))
        .select("student_id", "school_id", junior=pl.col("grade").cast(pl.Int64) > 6)
        .with_columns(as_of=pl.lit(day))
        .collect()
    )


def recorded(facts: Facts, day: date) -> pl.DataFrame:
    """The roll with ``score``: unexplained days before ``day`` on record, this week's thrice."""
    on, this_week = pl.col("date"), pl.col("date") > day - timedelta(days=7)
    points = (
        known(facts.scan("attendance"), day)
        .filter(pl.col("status").is_in(UNEXPLAINED), on < day, on > day - timedelta(days=28))
        .select("student_id", "date", points=pl.when(this_week).then(3.0).otherwise(1.0))
        .unique(["student_id", "date"])
        .group_by("student_id")
        .agg(pl.col("points").sum().alias("score"))
        .collect()
    )
    told = roll(facts, day).join(points, on="student_id", how="left")
    return told.with_columns(pl.col("score").fill_null(0.0))


def by_rule(facts: Facts, day: date) -> pl.DataFrame:
    """The cohort with the attendance rule's points as ``score``, through the product's ``build``."""
    catalogue = load(facts.batch.attributes)
    terms = attendance.terms(columns_of(catalogue))
    names = {term.indicator for term in terms}
    few = Catalogue(tuple(i for i in catalogue if i.name in names))
    frame = build(facts, day, catalogue=few)
    told = matrix(frame, tuple(term.indicator for term in terms))
    return frame.select(
        "student_id", "school_id", "as_of", junior=pl.col("grade").cast(pl.Int64) > 6
    ).with_columns(score=pl.Series(rule_contributions(terms, told).sum(axis=1).round(1)))


def panel(facts: Facts, *, rule: bool = False) -> pl.DataFrame:
    """The weekly panel of a county with visits."""
    until = LAST_DAY
    question = Question(until, facts.batch.outcome, lag_days=facts.batch.largest_lag)
    outcomes, exits = first_days(events(evidence(facts, question), question.outcome))
    measures = known(facts.scan("interventions"), until).collect()
    score = by_rule if rule else recorded
    rows = pl.concat([score(facts, day) for day in fridays()])
    told = weekly(
        rows, visits_of(measures), outcomes, exits=exits, lists=visits_of(measures, LISTS)
    )
    return ripe(told, until - timedelta(days=question.lag_days))


def one(seed: int, students: int, *, rule: bool = False) -> Seed:
    """One county: the true ratio and what the comparisons say."""
    start = time.perf_counter()
    county = County(students, seed=seed, interventions=True)
    with tempfile.TemporaryDirectory() as folder:
        extract = Path(folder) / "extract"
        write_county(extract, county)
        facts = open_facts([extract], Path(folder) / "home")
        told = panel(facts, rule=rule)
        truth = facts.batch.truth["visit_hazard_ratio"]
    found = (naive(told), bands(told, beside=("junior",)), delayed(told))
    apart = told_apart(told, found[2])
    return Seed(seed, truth, found, apart, len(saved(county)), time.perf_counter() - start)


def _line(effect: Effect, truth: float) -> str:
    inside = "yes" if effect.contains(truth) else "no "
    return f"{effect.ratio:6.2f} [{effect.low:5.2f},{effect.high:5.2f}] {inside}"


def main() -> None:
    """Print one line a seed and the counts of seeds whose interval holds the truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=101)
    parser.add_argument("--students", type=int, default=12_000)
    parser.add_argument("--rule", action="store_true", help="score: attendance rule through build")
    given = parser.parse_args()
    print("synthetic counties; ratio of weekly risk [95 %], truth inside?")
    print(
        f"{'seed':>5} {'truth':>5}  {'naive':<26}{'bands':<26}{'delayed':<26}visited left saved [95 %]"
    )
    done = []
    for seed in range(given.first, given.first + given.seeds):
        got = one(seed, given.students, rule=given.rule)
        done.append(got)
        told = "".join(f"{_line(e, got.truth):<26}" for e in got.found)
        said = got.apart.saved
        print(
            f"{seed:>5} {got.truth:5.2f}  {told}{got.apart.visited:>6} {got.apart.left:>5} "
            f"{said.value:5.0f} [{said.low:.0f},{said.high:.0f}] {got.saved} {got.seconds:5.1f} s",
            flush=True,
        )
    for k, name in enumerate(("naive", "bands", "delayed")):
        inside = sum(s.found[k].contains(s.truth) for s in done)
        print(f"{name}: truth within the interval in {inside} of {len(done)} seeds")
    inside = sum(s.apart.saved.low <= s.saved <= s.apart.saved.high for s in done)
    print(f"saved: the true number within the interval in {inside} of {len(done)} seeds")


if __name__ == "__main__":
    main()
