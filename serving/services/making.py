"""Making a week's run: frames, lists and a folder, for a whole county or for a city some schools at a time.

A part that stands complete is not made again: a run that was killed goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from threading import Lock
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.build import KEYS, build_details, details_of
from features.prepare import Day, Share, in_shares
from features.situation import as_texts, situation_of
from serving.ports import Publication, Runs, SchoolCount
from serving.scoring.draw import Frames, LastRun, Terms, Week, draw, score
from serving.scoring.identity import list_id
from serving.services.desk import Desk
from serving.services.manifest import drafted, manifest
from serving.services.order import Order
from serving.services.today import opened, season, today_of

#: What changes are told by; and what a list is drawn again from where another model drew the last one.
_LISTED = ("roster", "list")
_DRAWN = ("features", "details", "alerts", "schools")
Say = Callable[[str, float], None]
Tables = dict[str, pl.DataFrame]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """What is to be drawn: the order, the lists that changes are told against, which stand in ``kept``, and
    where parts go."""

    order: Order
    before: Sequence[Publication]
    kept: Runs
    into: Runs

    def left(self, count: int) -> list[int]:
        """The portions of ``count`` that do not stand complete yet."""
        begun = self.into.begun(self.order.folder)
        return [n for n in range(count) if n not in begun]


class Crew(Protocol):
    """Who draws a run's portions: threads of this machine, or tasks of a cluster."""

    def draw(self, run: Run, clock: Stages, say: Say) -> None:
        """Write every portion that does not stand yet; Refusal where one cannot be drawn."""


class Threads:
    """Portions on threads of this process, ``order.workers`` at a time."""

    def draw(self, run: Run, clock: Stages, say: Say) -> None:
        """Write every portion that does not stand yet."""
        order, into = run.order, run.into
        with clock.stage("shares"):
            portions = portioned(order)
            drawing = Drawing(settled(order, portions), run.kept, run.before, _everyone(portions))
        left = run.left(len(portions))

        def drawn(number: int) -> None:
            made = drawing.tables(portions[number], clock)
            with clock.stage("written"):
                into.add(order.folder, number, made)

        pool = ThreadPoolExecutor(min(order.workers, len(portions)))
        try:
            for done, _ in enumerate(pool.map(drawn, left), 1 + len(portions) - len(left)):
                if len(portions) > 1:
                    say(f"{done}/{len(portions)}", clock.running)
        finally:
            # after a failure nothing more is begun; what is being drawn is written and found again
            pool.shutdown(cancel_futures=True)


def make(
    order: Order, desk: Desk, say: Say, *, into: Runs, crew: Crew | None = None
) -> Publication:
    """Draw the week's lists and write the run's folder to ``into``; nothing is published."""
    clock = Stages()
    before = followed(desk, order)
    (crew or Threads()).draw(Run(order, before, desk.runs, into), clock, say)
    with clock.stage("written"):
        publication = _drafted(order, into)
        told = manifest(publication, order, follows=[p.list_id for p in before])
        into.finish(order.folder, {"manifest.json": told, "bundle.json": order.model.words()})
    clock.tell(say)
    return publication


def portioned(order: Order) -> Sequence[Share | None]:
    """Schools some at a time; None for all at once, where everybody fits or another engine computes."""
    if order.engine != "polars" or order.model.manifest.lag_weeks:
        return (None,)
    return in_shares(order.facts, order.as_of, order.most)


def _everyone(portions: Sequence[Share | None]) -> pl.LazyFrame | None:
    """student_id of all shares; None where there is one for all."""
    known = [share.students for share in portions if share is not None]
    return pl.LazyFrame({"student_id": pl.concat(known)}) if known else None


def settled(order: Order, portions: Sequence[Share | None]) -> Order:
    """The order with cuts that hold for the whole county, where the model has none of its own and the
    county is not drawn at once."""
    if order.model.fitted or len(portions) == 1:
        return order
    margins = [margins_of(order, share) for share in portions]
    return replace(order, model=order.model.settled(np.concatenate(margins)))


def margins_of(order: Order, share: Share | None) -> Array:
    """Margins of the share's pupils with any known day, by the few indicators that a rule asks for."""
    few = order.catalogue.only(order.model.bundle.indicators)
    with opened(order.facts, order.as_of, share) as day:
        frame, _ = details_of(day, few)
        known = frame.select("student_id").join(
            as_texts(situation_of(day)), on="student_id", how="left", maintain_order="left"
        )
    margin = score(order.model, frame).margin
    return np.asarray(margin[known["coverage_4w"].fill_null(0.0).to_numpy() > 0])


def _past_margins(order: Order, runs: Runs, publication: Publication) -> Array:
    """The same of a past run, from its own tables."""
    wanted = ["student_id", *order.model.bundle.indicators]
    known = runs.scan(publication.folder, "roster").filter(pl.col("coverage_4w") > 0)
    rows = runs.scan(publication.folder, "features").join(known, on="student_id", how="semi")
    if set(wanted) - set(rows.collect_schema()):
        return np.empty(0)
    return score(order.model, rows.select(wanted).collect()).margin


@dataclass(frozen=True)
class Drawing:
    """One portion's tables after the other. ``everyone``: student_id of all portions; None where one
    holds everybody."""

    order: Order
    runs: Runs
    before: Sequence[Publication]
    everyone: pl.LazyFrame | None

    def tables(self, share: Share | None, clock: Stages) -> Tables:
        """Every table of the run, for the pupils of a share."""
        order = self.order
        with opened(order.facts, order.as_of, share) as day:
            with clock.stage("indicators"):
                indicators, details = _indicators(order, day)
            with clock.stage("alerts"):
                today = today_of(day, order.duties)
        with clock.stage("scores and lists"):
            frames = Frames(indicators, details, today.pupils, today.schools, today.alerts)
            terms = Terms(order.capacity, order.pupil_key, order.catalogue, order.workers)
            drawn = draw(self._week, frames, self._last(share), terms=terms)
        return drawn | {"marks": today.marks}

    @property
    def _week(self) -> Week:
        order = self.order
        area = order.facts.batch.area
        name = list_id(order.digest)
        return Week(area, order.week, order.as_of, name, order.model, order.retrospective)

    def _last(self, share: Share | None) -> list[LastRun]:
        return last_runs(self.runs, self.order, self.before, only=self._mine(share))

    def _mine(self, share: Share | None) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
        """Of a past run's table the rows that belong to the share: its pupils, wherever they were then, and
        whom nobody knows any more at its schools."""
        if share is None or self.everyone is None:
            return lambda rows: rows
        own, schools = share.students.implode(), share.schools.implode()
        everyone = self.everyone

        def mine(rows: pl.LazyFrame) -> pl.LazyFrame:
            kept = rows.filter(pl.col("student_id").is_in(own))
            if "school_id" not in rows.collect_schema():
                return kept
            # few, so that nobody builds a table of a whole province to ask about them
            mine_now = pl.col("student_id").is_in(own).fill_null(False)  # an alert may be a class's
            gone = rows.filter(pl.col("school_id").is_in(schools), ~mine_now)
            left = gone.collect()
            known = everyone.join(left.lazy().select("student_id"), on="student_id", how="semi")
            lost = left.lazy().join(known, on="student_id", how="anti", maintain_order="left")
            return pl.concat([kept, lost])

        return mine


def followed(desk: Desk, order: Order) -> list[Publication]:
    """The lists before this week that changes are told against, newest first."""
    if order.follows is not None:
        found = [desk.lists.by_id(one) for one in order.follows]
        return [p for p in found if p is not None]
    area, name = order.facts.batch.area, order.model.name
    standing = [p for p in desk.lists.standing(area=area, model=name) if p.week < order.week]
    needed, seen = [], set[str]()
    for publication in reversed(standing):
        schools = {s.school_id for s in publication.schools}
        if schools - seen:
            needed.append(publication)
            seen |= schools
    return needed


def last_runs(
    runs: Runs,
    order: Order,
    before: Sequence[Publication],
    *,
    only: Callable[[pl.LazyFrame], pl.LazyFrame] = lambda rows: rows,
) -> list[LastRun]:
    """The last published run of each school before this week, newest first, each school once.

    ``only`` takes of each table about pupils the rows that are wanted.
    """
    found, seen = [], set[str]()
    for publication in before:
        schools = frozenset(s.school_id for s in publication.schools) - seen
        seen |= schools
        same = publication.bundle_digest == order.model.bundle.digest
        names = _LISTED if same else _LISTED + _DRAWN
        scanned = {name: runs.scan(publication.folder, name) for name in names}
        tables = {
            name: (rows if name == "schools" else only(rows)).collect()
            for name, rows in scanned.items()
        }
        model = order.model
        if model.cuts is not None and not same:
            model = model.settled(_past_margins(order, runs, publication))
        found.append(LastRun(schools, tables, same, model))
    return found


def _drafted(order: Order, into: Runs) -> Publication:
    """The publication of what has been drawn, counted from what was written."""
    rows = into.drawn(order.folder, "schools").collect().sort("school_id")
    schools = [SchoolCount(**row) for row in rows.iter_rows(named=True)]
    roster = into.drawn(order.folder, "roster").select(
        pupils=pl.len(), cohort=(pl.col("in_cohort") == 1).sum(), listed=pl.col("listed").sum()
    )
    alerts = into.drawn(order.folder, "alerts").select(pl.len()).collect().item()
    told = {name: int(n) for name, n in roster.collect().row(0, named=True).items()}
    counts = {
        "schools": len(schools),
        **told,
        "alerts": int(alerts),
        "no_data": sum(school.no_data for school in schools),
    }
    return drafted(order, schools, counts, season(order.facts, order.as_of))


def _indicators(order: Order, day: Day) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Indicators and details of today's cohort; of an earlier day where the model asks for it."""
    now, details = _built(order, order.as_of, day)
    weeks = order.model.manifest.lag_weeks
    if not weeks:
        return now, details
    then, said = _built(order, order.as_of - timedelta(weeks=weeks))
    # who joined since has no values: unknown, and never taken for safe
    values = then.drop(name for name in KEYS if name != "student_id")
    keyed = now.select(KEYS).join(values, on="student_id", how="left", maintain_order="left")
    both = now.select("student_id").join(said, on="student_id", how="left", maintain_order="left")
    return keyed, both.select(details.columns)


def _built(
    order: Order, as_of: date, opened_day: Day | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if opened_day is not None and order.engine == "polars":
        # what alerts look at is prepared once for both
        return details_of(opened_day, order.asked)
    return build_details(order.facts, as_of, engine=order.engine, catalogue=order.asked)


class Stages:
    """How long each stage took, over all portions; of several at a time the sum."""

    def __init__(self) -> None:
        """The clock starts."""
        self._seconds: dict[str, float] = {}
        self._begun = time.perf_counter()
        self._one_at_a_time = Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done within towards the stage ``name``."""
        since = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - since)

    def add(self, name: str, seconds: float) -> None:
        """Count ``seconds`` towards a stage, from any thread."""
        with self._one_at_a_time:
            self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    @property
    def told(self) -> dict[str, float]:
        """Seconds by stage so far."""
        return dict(self._seconds)

    @property
    def running(self) -> float:
        """Seconds by the clock so far."""
        return time.perf_counter() - self._begun

    def tell(self, say: Say) -> None:
        """Every stage once."""
        for name, seconds in self.told.items():
            say(name, seconds)
