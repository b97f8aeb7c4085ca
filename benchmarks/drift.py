"""Does monitoring hear what changed, and keep quiet when nothing did?

Synthetic counties of seeds that no threshold was chosen on (``serving/scoring/health/limits.toml``).
Forty quiet school weeks of a county: holidays, terms, examinations and a new school year among them; how
many weeks raise an alarm that needs a person. Then five changes of the kind that happens, each planted in a
copy of the county's extract: in which week after it an alarm comes. Run: ``python -m benchmarks.drift``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.build import build
from features.catalogue import load
from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, WEEKS, County, write_county
from serving.scoring.health import Finding, examine
from serving.scoring.health.grounds import Grounds, Serving
from serving.scoring.health.profile import (
    cohort_figures,
    indicator_figures,
    school_weeks,
    steady,
    unbroken,
)
from serving.scoring.week import iso_week
from serving.services import health_facts

SEEDS = (301, 302)
STUDENTS = 2000
QUIET_WEEKS = 40
#: A change must be heard in the first or the second week after it.
WITHIN = 2
Tables = dict[str, pl.DataFrame]
#: What is judged here: the data, not the model behind a list, which these counties do not have.
DATA = (
    "drift_indicator",
    "drift_missing",
    "marks_",
    "results_",
    "population",
    "silent_",
    "coverage_",
)
RULE = Serving("attendance-rule/1", "model", "model", None)


@dataclass(frozen=True)
class Figures:
    """What the checks look at, week by week of one county."""

    facts: Facts
    indicators: pl.DataFrame
    marks: pl.DataFrame
    pupils: pl.DataFrame
    days: tuple[date, ...]

    def beside(self, other: Figures, since: date) -> Figures:
        """These weeks before ``since`` and the other's from then on."""
        old, new = pl.col("as_of") < since, pl.col("as_of") >= since
        return replace(
            other,
            indicators=pl.concat([self.indicators.filter(old), other.indicators.filter(new)]),
            marks=pl.concat([self.marks.filter(old), other.marks.filter(new)]),
            pupils=pl.concat([self.pupils.filter(old), other.pupils.filter(new)]),
            days=self.days,
        )


def figures(facts: Facts, days: list[date]) -> Figures:
    """Indicator frames of each day, reduced to figures."""
    indicators, pupils = [], []
    for day in days:
        frame = build(facts, day)
        indicators.append(indicator_figures(frame, day))
        pupils.append(cohort_figures(frame, day))
    marks = health_facts.marks(facts, days)
    return Figures(facts, pl.concat(indicators), marks, pl.concat(pupils), tuple(days))


def grounds(own: Figures, as_of: date) -> Grounds:
    """One week, with nothing known later."""
    past = pl.col("as_of") <= as_of
    catalogue = load()
    calendar = health_facts.school_days(own.facts)
    return Grounds(
        area="drift",
        week=iso_week(as_of),
        as_of=as_of,
        today=as_of,
        serving=RULE,
        indicators=own.indicators.filter(past),
        marks=own.marks.filter(past),
        results=health_facts.results(own.facts, as_of),
        pupils=own.pupils.filter(past),
        feeds=health_facts.feeds(own.facts, as_of),
        steady=steady(catalogue),
        unbroken=unbroken(calendar, own.days),
    )


def alarms(own: Figures, as_of: date) -> list[Finding]:
    """What needs a person, about the data."""
    found = examine(grounds(own, as_of))
    return [f for f in found if f.acts and f.code.startswith(DATA)]


# --- what is planted ------------------------------------------------------------------------------


def stops_recording(tables: Tables, since: date) -> Tables:
    """The largest school reports no attendance any more."""
    last = tables["enrolments"].filter(pl.col("start_on") <= since).sort("start_on")
    homes = last.unique("student_id", keep="last", maintain_order=True)
    school = homes.group_by("school_id").len().sort("len", "school_id")["school_id"][-1]
    pupils = homes.filter(pl.col("school_id") == school)["student_id"].implode()
    early = pl.col("date") < since
    return tables | {
        "attendance": tables["attendance"].filter(early | ~pl.col("student_id").is_in(pupils)),
        "roll_calls": tables["roll_calls"].filter(early | (pl.col("school_id") != school)),
    }


def late_doubles(tables: Tables, since: date) -> Tables:
    """Beside every late mark another pupil of the same class is marked late too."""
    marks, rows = tables["attendance"], tables["enrolments"].sort("student_id", "start_on")
    classes = rows.unique("student_id", keep="last", maintain_order=True).select(
        "student_id", "school_id", "class_id"
    )
    late = marks.filter(pl.col("status") == "late", pl.col("date") >= since)
    mates = late.join(classes, on="student_id").join(
        classes.rename({"student_id": "mate"}), on=["school_id", "class_id"]
    )
    free = mates.filter(pl.col("mate") != pl.col("student_id")).join(
        marks.select(pl.col("student_id").alias("mate"), "date"), on=["mate", "date"], how="anti"
    )
    chosen = (
        free.with_columns(lot=pl.struct("mate", "date", "session").hash(1))
        .sort("lot")
        .unique(["student_id", "date", "session"], keep="first", maintain_order=True)
        .unique(["mate", "date", "session"], keep="first", maintain_order=True)
        .unique(["mate", "date"], keep="first", maintain_order=True)
    )
    more = chosen.with_columns(student_id="mate").select(marks.columns)
    return tables | {"attendance": pl.concat([marks, more])}


def leave_unmapped(tables: Tables, since: date) -> Tables:
    """A new code mapping: sick and personal leave come in as absences to be checked."""
    leave = pl.col("status").is_in(["sick", "personal"]) & (pl.col("date") >= since)
    told = pl.when(leave).then(pl.lit("unexplained")).otherwise(pl.col("status"))
    return tables | {"attendance": tables["attendance"].with_columns(status=told)}


def another_scale(tables: Tables, since: date) -> Tables:
    """Marks out of 60 are entered beside a full mark of 100."""
    new = (pl.col("happened_on") >= since) & ~pl.col("exam").is_in(["assignment", "banked"])
    score = pl.when(new).then((pl.col("score") * 0.6).round(1)).otherwise(pl.col("score"))
    return tables | {"grades": tables["grades"].with_columns(score=score)}


def register_doubles(tables: Tables, since: date) -> Tables:
    """The poverty register is imported again, for as many other pupils as it held."""
    rows = tables["poverty"]
    held = rows.filter(pl.col("known_on") < since, pl.col("end_on").is_null())
    held = held.unique("student_id", keep="last", maintain_order=True).sort("student_id")
    others = tables["enrolments"].filter(pl.col("end_on").is_null()).select("student_id").unique()
    others = others.join(rows.select("student_id"), on="student_id", how="anti")
    others = others.sort(pl.col("student_id").hash(1)).head(held.height)
    more = held.head(others.height).with_columns(
        others["student_id"], known_on=pl.lit(since), checked_on=pl.lit(None, pl.Date)
    )
    return tables | {"poverty": pl.concat([rows, more.select(rows.columns)])}


@dataclass(frozen=True)
class Planted:
    """A change, and the Monday from which it holds."""

    name: str
    change: Callable[[Tables, date], Tables]
    since: date


def planted(tables: Mapping[str, pl.DataFrame]) -> list[Planted]:
    """Four changes in the last fortnight; the scale when the spring midterm is written."""
    monday = LAST_DAY - timedelta(days=11)
    papers = tables["grades"].filter(pl.col("exam") == "midterm", pl.col("term") == "2025-2026-2")
    first = papers["known_on"].min()
    assert isinstance(first, date)
    exam = first - timedelta(days=first.weekday())
    return [
        Planted("a school stops recording", stops_recording, monday),
        Planted("late marks double", late_doubles, monday),
        Planted("leave comes in as unexplained", leave_unmapped, monday),
        Planted("marks on another scale", _by_known(another_scale), exam),
        Planted("the poverty register doubles", register_doubles, monday),
    ]


def _by_known(change: Callable[[Tables, date], Tables]) -> Callable[[Tables, date], Tables]:
    """Results known from the day on were written up to three weeks before."""
    return lambda tables, since: change(tables, since - timedelta(weeks=3))


def heard(base: Figures, tables: Tables, one: Planted, folder: Path) -> list[list[str]]:
    """Codes of the alarms, week by week from the change on."""
    changed = one.change(dict(tables), one.since)
    extract = folder / "extract"
    extract.mkdir()
    for name, rows in changed.items():
        rows.write_parquet(extract / f"{name}.parquet")
    (extract / "batch.toml").write_text(
        (base_folder(folder) / "batch.toml").read_text("utf-8"), "utf-8"
    )
    days = [d for d in base.days if d >= one.since][:WITHIN]
    new = figures(open_facts([extract], folder / "home"), days)
    both = base.beside(new, one.since)
    return [sorted({f.code for f in alarms(both, day)}) for day in days]


def base_folder(folder: Path) -> Path:
    """Where the unchanged extract lies."""
    return folder.parent / "county"


def quiet(own: Figures) -> Iterator[tuple[date, list[Finding]]]:
    """The last forty school weeks and what was said of each."""
    for day in own.days[-QUIET_WEEKS:]:
        yield day, alarms(own, day)


def county(seed: int, students: int, root: Path) -> tuple[Figures, Tables]:
    """One county, all its school weeks."""
    folder = root / "county"
    write_county(folder, County(students, seed=seed))
    facts = open_facts([folder], root / "home")
    days = school_weeks(health_facts.school_days(facts), LAST_DAY, weeks=WEEKS - 3)
    tables = {p.stem: pl.read_parquet(p) for p in sorted(folder.glob("*.parquet"))}
    return figures(facts, days), tables


def main() -> None:
    """Print the false alarms of each county and the weeks in which changes were heard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--students", type=int, default=STUDENTS)
    asked = parser.parse_args()
    since = time.perf_counter()
    for seed in asked.seeds:
        with ExitStack() as stack:
            root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            own, tables = county(seed, asked.students, root)
            told = list(quiet(own))
            loud = [(day, found) for day, found in told if found]
            print(
                f"county {seed}, {asked.students} pupils: {len(loud)} alarm weeks in {len(told)} quiet weeks"
            )
            for day, found in loud:
                for finding in found:
                    print(f"  {day}  {finding.code}: {finding.en}")
            for one in planted(tables):
                place = root / one.name.replace(" ", "-")
                place.mkdir()
                weeks = heard(own, tables, one, place)
                first = next((n for n, codes in enumerate(weeks, 1) if codes), None)
                said = "not heard" if first is None else f"heard in week {first}"
                print(f"  {one.name} (from {one.since}): {said}; {weeks}")
        print(f"  {time.perf_counter() - since:.0f} s", flush=True)


if __name__ == "__main__":
    main()
