"""From a run's frames to figures by week: what the checks compare, and no pupil in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import polars as pl

from features.catalogue import Catalogue
from features.indicator import Indicator
from serving.scoring.health.grounds import INDICATORS, MARKS, PUPILS, RESULTS

KEYS = ("student_id", "as_of", "school_id", "class_id", "grade")
SCORE = "score"
#: Windows that lie within four weeks: with school in each of these the calendar does not move them.
SHORT = frozenset({"1w", "2w", "4w", "p1w", "p2w"})
#: Registers change when somebody registers, not when a term begins; aid is decided term by term.
REGISTERS = frozenset({"poverty", "left_behind", "disability"})


def indicator_figures(features: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """name, pupils, known, mean, sd of every indicator column."""
    names = [n for n in features.columns if n not in KEYS]
    return _figures(features.select(names), as_of)


def score_figures(scores: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The same of the estimates, as log-odds, under the name ``score``."""
    return _figures(scores.select(pl.col("margin").alias(SCORE)), as_of)


def _figures(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    rows = [
        (as_of, s.name, len(s), len(s) - s.null_count(), s.mean(), s.std())
        for s in frame.cast(pl.Float64).iter_columns()
    ]
    return pl.DataFrame(rows, schema=INDICATORS, orient="row")


def marks_figures(days: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """School by school from the prepared ``days`` (see ``features.prepare.days``) of seven days."""

    def had(column: str) -> pl.Expr:
        return (pl.col(column) > 0).sum().cast(pl.Float64).alias(column)

    told = days.group_by(pl.col("class_key").str.split("|").list.first().alias("school_id")).agg(
        pl.col("expected").sum().cast(pl.Float64),
        pl.col("known").sum().cast(pl.Float64),
        had("known").alias("days"),
        *(had(name) for name in ("late", "early", "excused", "unexplained")),
    )
    told = told.with_columns(pl.lit(as_of).alias("as_of")).sort("school_id")
    return told.select(pl.col(c).cast(t) for c, t in MARKS.items())


def results_figures(grades: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Of examination papers (score, full_score): how many, mean and spread of the share reached."""
    share = (pl.col("score") / pl.col("full_score")).filter(pl.col("full_score") > 0)
    told = grades.select(
        pl.lit(as_of).alias("as_of"),
        share.count().alias("known"),
        share.mean().alias("mean"),
        share.std().alias("sd"),
    )
    return told.select(pl.col(c).cast(t) for c, t in RESULTS.items())


def cohort_figures(features: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """How many pupils of each school and grade got an estimate."""
    told = features.group_by("school_id", "grade").len("pupils").sort("school_id", "grade")
    told = told.with_columns(pl.lit(as_of).alias("as_of"))
    return told.select(pl.col(c).cast(t) for c, t in PUPILS.items())


def steady(catalogue: Catalogue) -> dict[str, str]:
    """Indicators that no term, holiday or examination moves: name -> 'register' or 'attendance'.

    Registers; and attendance looked at through no more than four weeks. The rest (engagement, results,
    whatever counts from the beginning of a term or is about class and season) goes by the calendar.
    """
    found = {}
    for one in catalogue:
        tables, windows = _made_of(one, catalogue)
        if one.background and tables <= REGISTERS and one.unit in ("flag", "share"):
            found[one.name] = "register"
        elif one.family == "attendance" and windows <= SHORT:
            found[one.name] = "attendance"
    return found


def _made_of(one: Indicator, catalogue: Catalogue) -> tuple[set[str], set[str]]:
    """Tables and windows of an indicator and of those it uses."""
    tables, windows = {p.table for p in one.parts}, {p.window for p in one.parts}
    for name in one.uses:
        more, longer = _made_of(catalogue[name], catalogue)
        tables, windows = tables | more, windows | longer
    return tables, windows


def school_weeks(days: Sequence[date], as_of: date, *, weeks: int) -> list[date]:
    """Days a week apart up to ``as_of``, oldest first, each with school in its seven days."""
    numbers = {(as_of - day).days // 7 for day in days if day <= as_of}
    held = [n for n in range(weeks) if n in numbers]
    return [as_of - timedelta(weeks=n) for n in reversed(held)]


def unbroken(days: Sequence[date], of: Iterable[date]) -> frozenset[date]:
    """Those of ``of`` with school in each of the four weeks before: no holidays in sight."""
    return frozenset(day for day in of if len(school_weeks(days, day, weeks=4)) == 4)
