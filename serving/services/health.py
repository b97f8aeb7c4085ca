"""The health of a published week: figures gathered, checks asked, one report that pages can show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.catalogue import Catalogue, load
from features.facts import Facts
from serving.ports import Publication, Reports
from serving.scoring.health import Finding, examine
from serving.scoring.health.came import by_week
from serving.scoring.health.checks.expected import implied
from serving.scoring.health.checks.marks import weekly
from serving.scoring.health.grounds import (
    INDICATORS,
    PUPILS,
    SAID,
    Grounds,
    Serving,
    empty,
)
from serving.scoring.health.limits import limit
from serving.scoring.health.profile import (
    cohort_figures,
    indicator_figures,
    school_weeks,
    score_figures,
    steady,
    unbroken,
)
from serving.scoring.week import iso_week
from serving.services import health_facts
from serving.services.desk import Desk, one_area
from serving.services.health_runs import Own, come_due, order_less, said

#: Weeks of facts and of runs that a week is compared with, holidays among them.
WEEKS = 24
#: Runs about a year ago, for what moves with the calendar.
YEAR, ABOUT = timedelta(days=364), timedelta(days=10)
#: Weeks on the page's lines.
SHOWN = 30


@dataclass(frozen=True)
class Point:
    """One week on the lines: shares from 0 to 1, None where there is nothing (or too few) to show."""

    week: str
    coverage: float | None = None
    listed: float | None = None
    expected: float | None = None
    realised: float | None = None


@dataclass(frozen=True)
class Report:
    """One area's week: what was found and the lines. ``made_on``: the day it was made."""

    area: str
    week: str
    as_of: date
    made_on: date
    list_id: str
    model: str
    synthetic: bool
    findings: tuple[Finding, ...]
    points: tuple[Point, ...]

    @property
    def acts(self) -> int:
        """How many findings need a person."""
        return sum(finding.acts for finding in self.findings)

    def words(self) -> str:
        """Canonical JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, default=str) + "\n"

    @classmethod
    def read(cls, text: str) -> Report:
        """What ``words`` wrote."""
        told: dict[str, Any] = json.loads(text)
        told["as_of"] = date.fromisoformat(told["as_of"])
        told["made_on"] = date.fromisoformat(told["made_on"])
        told["findings"] = tuple(Finding(**f) for f in told["findings"])
        told["points"] = tuple(Point(**p) for p in told["points"])
        return cls(**told)


def newest(reports: Reports) -> list[Report]:
    """The newest report of every area, by area."""
    return [Report.read(text) for text in reports.newest()]


def publication_of(desk: Desk, *, area: str | None = None, week: str | None = None) -> Publication:
    """The list whose health is asked; Refusal where there is none, or several areas."""
    return desk.newest(area=area, week=week)


def report(
    publication: Publication,
    desk: Desk,
    facts: Facts,
    *,
    today: date,
    damage: Sequence[tuple[str, str]] = (),
) -> Report:
    """The health of one published week. ``facts``: those it was made from. ``damage``: what is wrong with
    the files of its model (``training.bundle.registry.faults``)."""
    runs = _runs(desk, publication)
    grounds = gather(publication, desk, facts, runs=runs, today=today)
    grounds = replace(grounds, damage=tuple(damage))
    return Report(
        area=publication.area,
        week=publication.week,
        as_of=publication.as_of,
        made_on=today,
        list_id=publication.list_id,
        model=publication.label,
        synthetic=publication.synthetic,
        findings=examine(grounds),
        points=_points(grounds, desk, runs),
    )


def _runs(desk: Desk, publication: Publication) -> list[Publication]:
    """Standing runs of the same area and model name up to this one, oldest first."""
    standing = desk.lists.standing(area=publication.area, model=publication.model_name)
    one_area(standing)
    past = [p for p in standing if p.as_of < publication.as_of]
    return sorted([*past, publication], key=lambda p: (p.as_of, p.week))


def gather(
    publication: Publication, desk: Desk, facts: Facts, *, runs: Sequence[Publication], today: date
) -> Grounds:
    """Everything the checks look at."""
    as_of = publication.as_of
    catalogue = load(facts.batch.attributes)
    days = health_facts.school_days(facts)
    held = school_weeks(days, as_of, weeks=WEEKS)
    compared = [p for p in runs if _compared(p.as_of, as_of)]
    serving = _serving(desk, publication)
    come = come_due(desk, runs, facts, Own.of(publication, serving, catalogue))
    return Grounds(
        area=publication.area,
        week=publication.week,
        as_of=as_of,
        today=today,
        serving=serving,
        indicators=_indicators(desk, compared),
        marks=health_facts.marks(facts, held),
        results=health_facts.results(facts, as_of),
        pupils=pl.concat(
            [empty(PUPILS), *(_cohort(desk, p) for p in compared if as_of - p.as_of < YEAR)]
        ),
        feeds=health_facts.feeds(facts, as_of),
        settled=come,
        less=order_less(come),
        said=said(desk, publication).select(list(SAID)),
        steady=steady(catalogue),
        unbroken=unbroken(days, [p.as_of for p in compared]),
        labels=_labels(catalogue),
        schools={s.school_id: s.name for s in publication.schools},
        in_term=bool(held) and held[-1] == as_of,
    )


def _compared(day: date, as_of: date) -> bool:
    recent = day > as_of - timedelta(weeks=WEEKS)
    return recent or abs(as_of - YEAR - day) <= ABOUT


def _labels(catalogue: Catalogue) -> Mapping[str, tuple[str, str]]:
    return {one.name: (one.label_zh, one.label_en) for one in catalogue}


def _serving(desk: Desk, publication: Publication) -> Serving:
    said = desk.manifest(publication)
    trained = str(said.get("trained_until") or "")
    dated = bool(trained) and not trained.startswith("0001")
    return Serving(
        label=publication.label,
        kind=publication.model_kind,
        found=str(said.get("model_found", "")),
        trained_until=date.fromisoformat(trained) if dated else None,
        horizon_weeks=said.get("horizon_weeks"),
    )


def _indicators(desk: Desk, runs: Sequence[Publication]) -> pl.DataFrame:
    found = [empty(INDICATORS)]
    newest = runs[-1].bundle_digest if runs else ""
    for run in runs:
        found.append(indicator_figures(desk.table(run, "features").collect(), run.as_of))
        # another model's estimates are on another scale
        if run.bundle_digest == newest:
            scores = desk.table(run, "scores").select("margin").collect()
            found.append(score_figures(scores, run.as_of))
    return pl.concat(found)


def _cohort(desk: Desk, run: Publication) -> pl.DataFrame:
    rows = desk.table(run, "features").select("student_id", "school_id", "grade").collect()
    return cohort_figures(rows, run.as_of)


def _points(grounds: Grounds, desk: Desk, runs: Sequence[Publication]) -> tuple[Point, ...]:
    """The lines: coverage by week of facts, the rest by run."""
    known = {
        iso_week(row["as_of"]): row["known"] / row["expected"]
        for row in weekly(grounds).iter_rows(named=True)
        if row["expected"] > 0
    }
    came = {week: one.precision for week, one in by_week(grounds.settled).items()}
    own = {run.week: run for run in runs}
    points = []
    for week in sorted(known.keys() | own.keys())[-SHOWN:]:
        run = own.get(week)
        points.append(
            Point(
                week,
                coverage=known.get(week),
                listed=None if run is None else _listed(run),
                expected=None if run is None else _expected(desk, run),
                realised=came.get(week),
            )
        )
    return tuple(points)


def _listed(run: Publication) -> float | None:
    cohort, listed = run.counts.get("cohort", 0), run.counts.get("listed", 0)
    few = 0 < listed < limit("realised", "cell")
    return listed / cohort if cohort and not few else None


def _expected(desk: Desk, run: Publication) -> float | None:
    told = implied(said(desk, run))
    if told is None or told[0] < limit("realised", "least_listed"):
        return None
    return told[1]
