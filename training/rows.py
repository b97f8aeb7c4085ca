"""As-of days into rows to learn from: the cohort's indicators on each day, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from features.asof import follow, known
from features.build import KEYS, build, build_shares
from features.catalogue import Catalogue, load
from features.facts import Facts
from features.prepare import PORTION
from features.situation import unexplained_tenth_days
from features.workers import each
from training.bundle import Bundle
from training.bundle.manifest import Column
from training.bundle.registry import DEFAULT
from training.competing import weights
from training.folds import as_of_days
from training.interventions.panel import first_days
from training.labels import TENTH_DAY, Evidence, Labelled, Question, add, events, label
from training.recipe import WEIGHTED, Recipe
from training.sampling import Sample

Say = Callable[[str, str], None]
#: As a weekly run: see ``Order.at_once``.
AT_ONCE = PORTION
#: What follows the keys and indicators of a row: what came of it, and whose it is.
AFTER = {
    "label": pl.Int8,
    "weight": pl.Float64,
    "window_end": pl.Date,
    "event_on": pl.Date,
    "area": pl.String,
    "whole": pl.Boolean,
}

#: How a row stands: what weights are worked out from.
_STANDS = ("student_id", "as_of", "grade", "window_end", "standing", "event_on")


@dataclass(frozen=True)
class Rows:
    """What is learned from. ``frame``: KEYS, one column an indicator, and those of ``AFTER``.

    ``counts``: rows by standing over all as-of days, before any sampling. ``days``: as-of days.
    """

    frame: pl.DataFrame
    counts: dict[str, int]
    days: tuple[date, ...]

    @property
    def outcomes(self) -> int:
        """Distinct pupils with the outcome."""
        return int(self.frame.filter(pl.col("label") == 1)["student_id"].n_unique())


@dataclass(frozen=True)
class Order:
    """What is to be trained. ``horizon_weeks`` None: to the end of the school year or course."""

    until: date
    horizon_weeks: int | None = 8
    name: str = DEFAULT
    seed: int = 0
    every_weeks: int = 1
    workers: int = 1
    engine: str = "polars"
    recipe: Recipe = field(default_factory=Recipe.read)
    #: As-of days asked for by name; else weekly ones are planned.
    days: tuple[date, ...] = ()
    #: Pupils whose rows are built at a time, in whole schools: memory follows this number.
    at_once: int = AT_ONCE
    #: The versions by which lists were made, oldest first (``registry.served``): who was visited went by them.
    served: tuple[Bundle, ...] = ()


@dataclass(frozen=True)
class _Job:
    """One as-of day of one area, as sent to a worker."""

    facts: Facts
    as_of: date
    engine: str
    question: Question
    evidence: Evidence
    ends: pl.DataFrame
    sample: Sample
    exits: str
    at_once: int

    def catalogue(self) -> Catalogue:
        """Made where it is used: indicators hold functions, which do not travel."""
        return load(self.facts.batch.attributes)


def columns_of(catalogue: Catalogue) -> tuple[Column, ...]:
    """The catalogue as the bundle records it."""
    return tuple(
        Column(
            i.name,
            i.family,
            i.direction,
            changeable=i.changeable,
            background=i.background,
            unit=i.unit,
            label_zh=i.label_zh,
            label_en=i.label_en,
        )
        for i in catalogue
    )


def catalogue_of(facts: Sequence[Facts]) -> Catalogue:
    """The indicators that all the areas share: the folder's and the declared attributes in common."""
    shared = dict(facts[0].batch.attributes)
    for other in facts[1:]:
        shared = {n: a for n, a in shared.items() if other.batch.attributes.get(n) == a}
    return load(shared)


def question_of(facts: Facts, order: Order) -> Question:
    """The batch's own outcome and largest lag, over the order's horizon."""
    weeks = order.horizon_weeks
    return Question(
        until=order.until,
        outcome=facts.batch.outcome,
        horizon_days=None if weeks is None else 7 * weeks,
        lag_days=facts.batch.largest_lag,
    )


def _lasting(frame: pl.LazyFrame, facts: Facts, until: date) -> pl.LazyFrame:
    """Temporary numbers replaced by lasting ones, as known by ``until``."""
    aliases = known(facts.scan("student_aliases"), until)
    told: pl.LazyFrame = follow(nw.from_native(frame), nw.from_native(aliases)).to_native()
    return told


def _known(facts: Facts, table: str, until: date) -> pl.LazyFrame:
    return _lasting(known(facts.scan(table), until), facts, until)


def lasting_rows(facts: Facts, table: str, until: date) -> pl.DataFrame:
    """A table's rows as known by ``until``, temporary numbers replaced by lasting ones."""
    return _known(facts, table, until).collect()


def evidence(facts: Facts, question: Question, *, at_once: int = AT_ONCE) -> Evidence:
    """What labels are read from: rows known by ``question.until``, nothing else."""
    until = question.until
    statuses = _known(facts, "status_changes", until).select(
        "student_id",
        "happened_on",
        "kind",
        "receiver_confirmed_on",
        "approved_by",
        "until_on",
        "confirmed_by_role",
    )
    # an assessed move: the register's own row says so, with a certificate or a dated assessment
    moved = _known(facts, "disability", until).filter(
        (pl.col("placement") == "home_teaching")
        & (pl.col("checked_on").is_not_null() | pl.col("certificate_no").is_not_null())
    )
    enrolments = _known(facts, "enrolments", until)
    tenth = pl.DataFrame(schema={"student_id": pl.String, "on": pl.Date})
    if TENTH_DAY in question.outcome:
        tenth = unexplained_tenth_days(facts, until, most=at_once)
    return Evidence(
        statuses.collect(),
        tenth,
        moved.select("student_id", pl.col("start_on").alias("on")).collect(),
        enrolments.select("student_id", "grade", "start_on", "end_on", "calendar_id").collect(),
        facts.scan("calendar_days").select("calendar_id", "date").collect(),
    )


def years(facts: Facts) -> pl.DataFrame:
    """calendar_id, from_on, ends_on: first and last school day of each school year or course.

    The year of a term is its name without its number (2026-2027-1 -> 2026-2027).
    """
    return (
        facts.scan("calendar_days")
        .with_columns(pl.col("term").str.replace(r"-\d$", "").alias("year"))
        .group_by("calendar_id", "year")
        .agg(pl.col("date").min().alias("from_on"), pl.col("date").max().alias("ends_on"))
        .select("calendar_id", "from_on", "ends_on")
        .collect()
    )


def year_ends(facts: Facts, until: date) -> pl.DataFrame:
    """student_id, start_on, from_on, ends_on: the school years of every enrolment's class."""
    return (
        _known(facts, "enrolments", until)
        .select("student_id", "start_on", "calendar_id")
        .join(years(facts).lazy(), on="calendar_id", how="inner")
        .select("student_id", "start_on", "from_on", "ends_on")
        .unique()
        .sort("student_id", "start_on", "ends_on")
        .collect()
    )


def at_school(rows: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Rows whose class's year had begun by D, with its last school day as ``ends_on``.

    The year is the first that is not over on D, in the calendar of the newest enrolment begun by D.
    Whose calendar is known and all over is asked about no more; without any calendar ``ends_on`` is
    empty and the row stays.
    """
    newest = (
        rows.select("student_id", "as_of")
        .join(ends, on="student_id", how="left")
        .filter(pl.col("start_on") <= pl.col("as_of"), pl.col("ends_on") >= pl.col("as_of"))
        .sort(
            "student_id",
            "as_of",
            "start_on",
            pl.col("ends_on"),
            descending=[False, False, True, False],
        )
        .unique(["student_id", "as_of"], keep="first", maintain_order=True)
        .select("student_id", "as_of", "from_on", "ends_on")
    )
    told = rows.join(newest, on=["student_id", "as_of"], how="left", maintain_order="left")
    begun = pl.col("from_on").is_null() | (pl.col("from_on") <= pl.col("as_of"))
    planned = ends.filter(pl.col("ends_on").is_not_null())["student_id"].unique()
    over = pl.col("ends_on").is_null() & pl.col("student_id").is_in(planned.implode())
    return told.filter(begun & ~over).drop("from_on")


def plan(facts: Facts, question: Question, order: Order) -> list[date]:
    """As-of days of one area: from a little after its first records to the last that can be mature.

    Days on which no class is between the first and the last school day of a year are left out.
    Days asked for by name are taken as they are.
    """
    if order.days:
        return sorted(order.days)
    ripe = timedelta(days=question.lag_days + (question.horizon_days or 0))
    span = pl.concat(
        facts.scan(name).select(pl.col("date").min()) for name in ("attendance", "activity")
    ).collect()
    first = span["date"].min()
    if not isinstance(first, date):
        return []
    lead = timedelta(weeks=order.recipe.rows.lead_weeks)
    days = as_of_days(first + lead, question.until - ripe, order.every_weeks)
    spans = years(facts).select("from_on", "ends_on").unique().rows()
    return [day for day in days if any(begin <= day <= end for begin, end in spans)]


def _work(job: _Job) -> tuple[pl.DataFrame, dict[str, int]]:
    """The usable rows of one as-of day, and the counts of all; some whole schools at a time.

    Of a share only what is kept and, for weights, how each pupil stands outlives it.
    """
    catalogue = job.catalogue()
    kept, stand, counts = [], [], []
    shares = build_shares(job.facts, job.as_of, job.at_once, engine=job.engine, catalogue=catalogue)
    for built in shares:
        told = _told(job, built)
        kept.append(job.sample.of_rows(told.usable))
        stand.append(told.rows.select(_STANDS))
        counts.append(told.counts)
    usable = pl.concat(kept)
    if job.exits == WEIGHTED:
        usable = _stood_for(usable, pl.concat(stand), job)
    usable = usable.with_columns(area=pl.lit(job.facts.batch.area))
    columns = [*KEYS, *catalogue.names, *AFTER]
    # joins keep no order; the trees' draws go by row number, so the order must be the same every time
    return usable.select(columns).sort("student_id", "school_id", "class_id"), add(counts)


def _told(job: _Job, built: pl.DataFrame) -> Labelled:
    """What came of these rows, under lasting numbers."""
    asked = _lasting(built.lazy(), job.facts, job.question.until).collect()
    own = asked.select("student_id").unique()
    ends = job.ends.join(own, on="student_id", how="semi", maintain_order="left")
    return label(at_school(asked, ends), job.evidence.about(own), job.question)


def _stood_for(usable: pl.DataFrame, told: pl.DataFrame, job: _Job) -> pl.DataFrame:
    """Usable rows weighted for those of their grade who exited and of whom nobody knows."""
    _, leaves = first_days(events(job.evidence, job.question.outcome))
    found = told.select("student_id", stands_for=weights(told, leaves).weight)
    joined = usable.join(found, on="student_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("weight") * pl.col("stands_for")).drop("stands_for")


def _jobs(facts: Facts, order: Order) -> Iterator[_Job]:
    asked = question_of(facts, order)
    days = plan(facts, asked, order)
    if not days:
        return
    pupils = int(facts.scan("enrolments").select(pl.col("student_id").n_unique()).collect().item())
    keep = min(1.0, order.recipe.rows.most / max(pupils * len(days), 1))
    known_by_then = evidence(facts, asked, at_once=order.at_once)
    ends, exits = year_ends(facts, order.until), order.recipe.rows.exits
    sample = Sample()
    if keep < 1:
        leavers = first_days(events(known_by_then, asked.outcome))[0]["student_id"].unique().sort()
        own = pl.col("student_id").n_unique().alias("pupils")
        schools = facts.scan("enrolments").group_by("school_id").agg(own).collect()
        sample = Sample.of(keep, order.seed, leavers, schools)
    for day in days:
        yield _Job(
            facts, day, order.engine, asked, known_by_then, ends, sample, exits, order.at_once
        )


def gather(facts: Sequence[Facts], order: Order, say: Say = lambda zh, en: None) -> Rows:
    """Rows of every area and as-of day, in that order: the same bytes from any number of workers."""
    jobs = [job for one in facts for job in _jobs(one, order)]
    names = catalogue_of(facts).names
    frames, counts = [_empty(names)], []
    for n, (frame, counted) in enumerate(each(_work, jobs, workers=order.workers), start=1):
        frames.append(frame.select(*KEYS, *names, *AFTER))
        counts.append(counted)
        day = jobs[n - 1].as_of
        say(
            f"样本 {n}/{len(jobs)}：截至 {day}，可用 {frame.height} 行。",
            f"Rows {n}/{len(jobs)}: as of {day}, {frame.height} usable.",
        )
    return Rows(pl.concat(frames), add(counts), tuple(sorted({job.as_of for job in jobs})))


def frames(facts: Sequence[Facts], order: Order) -> pl.DataFrame:
    """The indicators of ``order.days`` with ``area``, ids as known by ``order.until``; no outcomes."""
    names = catalogue_of(facts).names
    found = [
        _lasting(build(one, day, engine=order.engine).lazy(), one, order.until)
        .select(*KEYS, *names, pl.lit(one.batch.area).alias("area"))
        .collect()
        for one in facts
        for day in order.days
    ]
    return pl.concat(found)


def _empty(names: Sequence[str]) -> pl.DataFrame:
    schema = {
        "student_id": pl.String,
        "as_of": pl.Date,
        "school_id": pl.String,
        "class_id": pl.String,
        "grade": pl.String,
        **dict.fromkeys(names, pl.Float64),
        **AFTER,
    }
    return pl.DataFrame(schema=schema)
