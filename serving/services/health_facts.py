"""Figures for the health of a week, out of facts as they were known week by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from features.asof import known
from features.engines import open_session
from features.facts import Facts
from features.prepare import Day
from features.tables import TABLES
from serving.scoring.health.grounds import FEEDS, MARKS, RESULTS, empty
from serving.scoring.health.profile import marks_figures, results_figures

#: Results of earlier examinations are looked for this far back.
RESULTS_WEEKS = 60
#: Longest silences are looked for this far back, in days.
BACK_DAYS = 400
#: Exams that are no examination papers.
_NO_PAPER = ("assignment", "banked")
#: Tables that say something new now and then; by school where the pupil's school is what matters.
BY_SCHOOL = ("activity", "grades", "assignments")
REGISTERS = ("poverty", "left_behind", "disability", "aid")


def school_days(facts: Facts) -> list[date]:
    """Every day on which some class has school."""
    days = facts.scan("calendar_days").select(pl.col("date").unique().sort()).collect()
    return days["date"].to_list()


def marks(facts: Facts, days: Sequence[date]) -> pl.DataFrame:
    """What was marked in the seven days up to each of ``days``, as known on it."""
    return pl.concat([empty(MARKS), *(_marks(facts, day) for day in days)])


def _marks(facts: Facts, as_of: date) -> pl.DataFrame:
    session = open_session("polars")
    try:
        day = Day(facts, as_of, session)
        # of days since the extract was received nobody can have told
        unheard = max((as_of - (facts.batch.received_on or as_of)).days, 0)
        week = day.days.filter(nw.col("on_no").is_between(day.number - 6, day.number - unheard))
        return marks_figures(session.collect(week), as_of)
    finally:
        session.close()


def results(facts: Facts, as_of: date) -> pl.DataFrame:
    """Examination papers that became known in each fortnight up to ``as_of``, week by week."""
    papers = (
        known(facts.scan("grades"), as_of)
        .filter(~pl.col("exam").is_in(_NO_PAPER))
        .select("known_on", "score", "full_score")
        .collect()
    )
    found = []
    for n in range(RESULTS_WEEKS):
        day = as_of - timedelta(weeks=n)
        own = papers.filter(
            (pl.col("known_on") > day - timedelta(days=14)) & (pl.col("known_on") <= day)
        )
        if not own.is_empty():
            found.append(results_figures(own, day))
    return pl.concat([empty(RESULTS), *found]).sort("as_of")


def feeds(facts: Facts, as_of: date) -> pl.DataFrame:
    """Per feed and school: last day something became known, school days since, longest silence."""
    days = [day for day in school_days(facts) if day <= as_of]
    stays = _stays(facts, as_of)
    heard = [_attendance(facts, as_of, stays)]
    heard += [_by_school(facts, as_of, table, stays) for table in BY_SCHOOL]
    heard += [
        _heard(known(facts.scan(table), as_of).select(school_id=pl.lit(""), on="known_on"), table)
        for table in REGISTERS
    ]
    rows = pl.concat(heard).filter(pl.col("on") > as_of - timedelta(days=BACK_DAYS))
    if rows.is_empty() or not days:
        return empty(FEEDS)
    told = _silences(rows, pl.Series("date", days, pl.Date))
    told = told.join(_classes(stays, as_of), on="school_id", how="left").with_columns(
        pl.col("classes").fill_null(0)
    )
    # a school without pupils now is not silent, it is closed
    here = (pl.col("school_id") == "") | (pl.col("classes") > 0)
    return told.filter(here).select(pl.col(c).cast(t) for c, t in FEEDS.items())


def _stays(facts: Facts, as_of: date) -> pl.DataFrame:
    """student_id, school_id, class_key, start_on, end_on of every enrolment begun, in their order."""
    rows = known(facts.scan("enrolments"), as_of).filter(pl.col("start_on") <= as_of)
    names = ("student_id", "school_id", "class_key", "start_on", "end_on")
    return rows.sort("start_on", "known_on", "school_id").select(names).collect()


def _classes(stays: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """school_id, classes: how many classes have pupils now."""
    live = stays.filter(pl.col("end_on").is_null() | (pl.col("end_on") >= as_of))
    newest = live.unique("student_id", keep="last", maintain_order=True)
    return newest.group_by("school_id").agg(pl.col("class_key").n_unique().alias("classes"))


def _at_school(rows: pl.LazyFrame, table: str, stays: pl.DataFrame) -> pl.LazyFrame:
    """school_id, on: of each row the school that the pupil was at on the row's own day."""
    clock = TABLES[table].clock
    assert clock is not None
    homes = stays.lazy().select("student_id", "school_id", "start_on").sort("start_on")
    return (
        rows.select("student_id", clock, "known_on")
        .unique()
        .sort(clock)
        .join_asof(homes, left_on=clock, right_on="start_on", by="student_id",
                   check_sortedness=False)
        .select("school_id", on="known_on")
    )  # fmt: skip


def _attendance(facts: Facts, as_of: date, stays: pl.DataFrame) -> pl.DataFrame:
    """Roll calls and marks together: either says that a school reports."""
    calls = known(facts.scan("roll_calls"), as_of).select("school_id", on="known_on")
    own = _at_school(known(facts.scan("attendance"), as_of), "attendance", stays)
    return _heard(pl.concat([calls, own]), "attendance")


def _by_school(facts: Facts, as_of: date, table: str, stays: pl.DataFrame) -> pl.DataFrame:
    rows = known(facts.scan(table), as_of)
    if table == "grades":
        rows = rows.filter(~pl.col("exam").is_in(_NO_PAPER))
    if "school_id" in rows.collect_schema().names():
        return _heard(rows.select("school_id", on="known_on"), table)
    return _heard(_at_school(rows, table, stays), table)


def _heard(rows: pl.LazyFrame, table: str) -> pl.DataFrame:
    days = rows.unique().with_columns(pl.lit(table).alias("table")).collect()
    return days.select("table", "school_id", pl.col("on").cast(pl.Date)).drop_nulls()


def _silences(rows: pl.DataFrame, days: pl.Series) -> pl.DataFrame:
    """In school days: since the newest day, and the longest silence between two days before."""
    numbered = rows.with_columns(
        pl.Series("ord", days.search_sorted(rows["on"], side="right"), pl.Int64)
    ).sort("table", "school_id", "on")
    gap = pl.col("ord").diff().max().fill_null(0)
    return numbered.group_by("table", "school_id", maintain_order=True).agg(
        pl.col("on").last().alias("last_on"),
        (pl.lit(len(days)) - pl.col("ord").last()).alias("silent"),
        gap.alias("usual"),
    )
