"""A day's frames out of facts: who is there, and what the duty alerts look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from features.engines import open_session
from features.facts import Facts
from features.facts.marks_code import CODES
from features.prepare import Day, Share
from features.prepare.day import EPOCH
from features.prepare.marks import SAYS_MORE
from features.prepare.roll import taken_back
from features.situation import as_texts, situation_of
from serving.scoring.alerts import COLUMNS, duty_alerts
from serving.scoring.alerts.day import AlertDay
from serving.scoring.rules import Duty


@dataclass(frozen=True)
class Today:
    """Facts as known on one day: pupils (situation, name, class_name), schools, duty alerts."""

    as_of: date
    pupils: pl.DataFrame
    schools: pl.DataFrame
    alerts: pl.DataFrame
    marks: pl.DataFrame


@dataclass(frozen=True)
class Season:
    """Whether there was school within the last four weeks, and whether a term has just begun."""

    in_term: bool
    first_weeks: bool


#: Up to so many pupils everybody's days are kept for the picture; beyond, those with an alert or a run
#: of absence (the others' pages say that the days are not kept).
KEEP_ALL = 60_000
#: Calendar days after a term's first day in which records are few.
FIRST_WEEKS = 14


@contextmanager
def opened(facts: Facts, as_of: date, share: Share | None = None) -> Iterator[Day]:
    """The day (of a share) on the polars engine; closed afterwards."""
    session = open_session("polars")
    try:
        yield Day(facts, as_of, session, share=share)
    finally:
        session.close()


def table_of(day: Day) -> Callable[[str], pl.LazyFrame]:
    """Contract tables as known on the day, with lasting ids, as polars lazy frames; ids as the day holds
    them. Of a mark its status."""
    status = CODES["status"].cast(pl.Enum(SAYS_MORE))

    def table(name: str) -> pl.LazyFrame:
        frame: pl.LazyFrame = day.mine(name).to_native()
        if name == "attendance":
            return frame.with_columns(pl.lit(status).gather("mark").alias("status")).drop("mark")
        return frame

    return table


def read_today(facts: Facts, as_of: date, duties: Mapping[str, Duty]) -> Today:
    """Everything about the day that is no indicator."""
    with opened(facts, as_of) as day:
        return today_of(day, duties)


def today_of(opened_day: Day, duties: Mapping[str, Duty]) -> Today:
    """``read_today`` on a day already opened; its session holds everything in memory."""
    facts, as_of = opened_day.facts, opened_day.as_of
    table = table_of(opened_day)
    pupils = situation_of(opened_day)
    days = facts.scan("calendar_days").select("calendar_id", "date", "ord", "term").collect()
    day_vanished = opened_day.session.collect(taken_back(opened_day))
    day = AlertDay(as_of, pupils, table, days, day_vanished, duties, facts.batch.received_on)
    alerts = duty_alerts(day) if facts.batch.alerts else pl.DataFrame(schema=COLUMNS)
    told = alerts.with_columns(opened_day.told_apart(alerts["student_id"]))
    pupils = _named(_with_those_alerted(pupils, told), table)
    all_kept = opened_day.share is None and pupils.height <= KEEP_ALL
    marks = _marks(opened_day, _shown(pupils, told, all_kept=all_kept))
    schools = facts.scan("schools").select("school_id", "name", "stage").collect().sort("school_id")
    if opened_day.share is not None:
        schools = schools.filter(pl.col("school_id").is_in(opened_day.share.schools.implode()))
    return Today(as_of, as_texts(pupils), schools, alerts, as_texts(marks))


def season(facts: Facts, as_of: date) -> Season:
    """What the calendar says of the day."""
    past = facts.scan("calendar_days").filter(pl.col("date") <= as_of)
    past = past.select("calendar_id", "date", "term", "term_start_no")
    newest = past.filter(pl.col("date") == pl.col("date").max().over("calendar_id"))
    starts = newest.select(pl.col("term_start_no").max()).collect().item()
    recent = past.filter(pl.col("date") >= _before(as_of, 27)).head(1).collect()
    began = None if starts is None else EPOCH + timedelta(days=starts)
    return Season(not recent.is_empty(), began is not None and began > _before(as_of, FIRST_WEEKS))


def _before(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() - days)


def _with_those_alerted(pupils: pl.DataFrame, alerts: pl.DataFrame) -> pl.DataFrame:
    """``pupils`` and, at their last school, those whom only an alert still knows."""
    gone = (
        alerts.filter(pl.col("student_id").is_not_null())
        .join(pupils.select("student_id"), on="student_id", how="anti")
        .unique("student_id", keep="first", maintain_order=True)
        .select(
            *("student_id", "school_id", "class_id"),
            pl.lit("left").alias("out_reason"),
            pl.lit(0).cast(pupils.schema["in_cohort"]).alias("in_cohort"),
        )
    )
    return pl.concat([pupils, gone], how="diagonal")


def _named(pupils: pl.DataFrame, table: Callable[[str], pl.LazyFrame]) -> pl.DataFrame:
    names = table("students").select("student_id", "name").collect()
    # a temporary number and the lasting one may both have a row
    names = names.group_by("student_id").agg(pl.col("name").max())
    key = ["school_id", "class_id"]
    classes = table("classes").select(*key, "school_year", "name").collect().sort("school_year")
    classes = classes.unique(key, keep="last", maintain_order=True)
    return (
        pupils.join(names, on="student_id", how="left")
        .join(classes.select(*key, pl.col("name").alias("class_name")), on=key, how="left")
        .sort("student_id")
    )


def _shown(pupils: pl.DataFrame, alerts: pl.DataFrame, *, all_kept: bool) -> pl.DataFrame:
    if all_kept:
        return pupils.select("student_id")
    away = (pl.col("days_absent") > 0) | (pl.col("unexplained_20") > 0)
    chosen = [pupils.filter(away).select("student_id"), alerts.select("student_id").drop_nulls()]
    return pl.concat(chosen).unique(maintain_order=True)


def _marks(day: Day, who: pl.DataFrame) -> pl.DataFrame:
    """student_id, on, mark: each school day's status; 'present' also where presence is presumed
    from the class's roll, '' where nothing is known."""
    presumed = pl.when(pl.col("known") > 0).then(pl.lit("present")).otherwise(pl.lit(""))
    told = pl.col("said").replace_strict(dict(enumerate(SAYS_MORE)), return_dtype=pl.String)
    return day.shown(who).select(
        "student_id",
        pl.col("on_no").cast(pl.Int32).cast(pl.Date).alias("on"),
        pl.coalesce(told, presumed).alias("mark"),
    )
