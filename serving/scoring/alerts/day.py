"""What a duty alert is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from serving.scoring.rules import Duty

#: Every alert gives these; ``until``, ``n``, ``m``, ``month`` are for its sentence, ``words`` chooses another;
#: ``rule`` names the number that decided, whose basis is then shown instead of the duty's own.
FOUND: dict[str, pl.DataType] = {
    "student_id": pl.String(),
    "school_id": pl.String(),
    "class_id": pl.String(),
    "since": pl.Date(),
    "due_on": pl.Date(),
    "listed": pl.Boolean(),
    "responsible": pl.String(),
    "until": pl.Date(),
    "n": pl.Int64(),
    "m": pl.Int64(),
    "month": pl.String(),
    "words": pl.String(),
    "rule": pl.String(),
}
#: ``out_reason`` of pupils who are not expected at this school now, or whose absence is registered.
ELSEWHERE = ("left", "gone", "suspended", "home_taught", "out")
_DEFAULTS: dict[str, object] = {
    "listed": True,
    "responsible": "",
    "words": "",
    "rule": "",
}


@dataclass(frozen=True)
class AlertDay:
    """One day, as known on it.

    ``pupils``: one row a pupil enrolled or gone within 60 days, the columns of
    ``features.situation`` (student_id, school_id, class_id, class_key, grade, in_cohort,
    last_attended_on, last_known_on, days_absent, unexplained_run, unexplained_run_start, unexplained_20).
    ``table(name)``: rows of a contract table known on the day, lasting ids.
    ``days``: school days of every calendar (calendar_id, date, ord, term), past and coming.
    ``vanished``: enrolments taken back because a later full extract no longer holds them
    (student_id with lasting ids, school_id, class_id, known_on, start_on).
    """

    as_of: date
    pupils: pl.DataFrame
    table: Callable[[str], pl.LazyFrame]
    days: pl.DataFrame
    vanished: pl.DataFrame
    duties: Mapping[str, Duty]
    #: The last day of which the data can speak; None: not said.
    received_on: date | None = None

    def number(self, code: str, name: str) -> int:
        """The number in force on the day."""
        return self.duties[code].number(name, self.as_of)

    @cached_property
    def enrolments(self) -> pl.DataFrame:
        """Enrolments known on the day that have begun."""
        rows = self.table("enrolments").filter(pl.col("start_on") <= self.as_of)
        return rows.collect().sort("student_id", "start_on", "known_on", "school_id")

    @cached_property
    def latest(self) -> pl.DataFrame:
        """Of each pupil's ``enrolments`` the one that counts: the newest in force, else the newest."""
        end = pl.col("end_on")
        live = end.is_null() | (end >= self.as_of)
        # a stable sort: within each half the order of ``enrolments`` stands
        rows = self.enrolments.sort(live, maintain_order=True)
        rows = rows.unique("student_id", keep="last", maintain_order=True)
        return rows.sort("student_id")

    @cached_property
    def terms(self) -> pl.DataFrame:
        """calendar_id, term, term_start, today (ordinal of the newest school day), first (ordinal
        of the term's first), told (ordinal of the newest that the data can speak of): the current term,
        or the one just ended."""
        past = self.days.filter(pl.col("date") <= self.as_of).sort("calendar_id", "date")
        until = min(self.as_of, self.received_on or self.as_of)
        now = past.group_by("calendar_id", maintain_order=True).agg(
            pl.col("term").last(),
            pl.col("ord").last().alias("today"),
            pl.col("ord").filter(pl.col("date") <= until).last().alias("told"),
        )
        starts = past.group_by("calendar_id", "term").agg(
            pl.col("date").min().alias("term_start"), pl.col("ord").min().alias("first")
        )
        return now.join(starts, on=["calendar_id", "term"])

    @cached_property
    def roster(self) -> pl.DataFrame:
        """``pupils`` with calendar_id and the current term of their calendar."""
        classes = self.enrolments.select("class_key", "calendar_id").unique("class_key")
        return self.pupils.join(classes, on="class_key", how="left").join(
            self.terms, on="calendar_id", how="left"
        )

    @cached_property
    def here(self) -> pl.DataFrame:
        """``roster`` without those who are lawfully or knowingly elsewhere: marks from before they
        left say nothing any more, and other alerts speak of those whose leaving is not resolved."""
        return self.roster.filter(~pl.col("out_reason").fill_null("").is_in(ELSEWHERE))

    @cached_property
    def statuses(self) -> pl.DataFrame:
        """Each pupil's latest status change that has happened: latest day, then latest known."""
        return (
            self.table("status_changes")
            .filter(pl.col("happened_on") <= self.as_of)
            .collect()
            .sort("student_id", "happened_on", "known_on", "kind")
            .unique("student_id", keep="last", maintain_order=True)
        )

    def with_status(self, *kinds: str) -> pl.DataFrame:
        """``roster`` of the pupils whose latest status is one of ``kinds``, with the status row."""
        chosen = self.statuses.filter(pl.col("kind").is_in(kinds)).select(
            "student_id", "happened_on", "kind", "receiver_confirmed_on", "approved_by",
            "until_on", "confirmed_by_role",
        )  # fmt: skip
        return self.roster.join(chosen, on="student_id")

    def with_ordinal(self, frame: pl.DataFrame, day: str) -> pl.DataFrame:
        """Add ``DAY_ord``: ordinal of the last school day up to the date column ``day``."""
        marks = self.days.select("calendar_id", "date", pl.col("ord").alias(f"{day}_ord")).sort(
            "date"
        )
        # a city's pupils are many and their days few: each day is looked up once
        asked = frame.select("calendar_id", day).unique().drop_nulls().sort(day)
        told = asked.join_asof(
            marks, left_on=day, right_on="date", by="calendar_id", strategy="backward",
            check_sortedness=False,
        )  # fmt: skip
        told = told.select("calendar_id", day, f"{day}_ord")
        return frame.join(told, on=["calendar_id", day], how="left", maintain_order="left")


def found(frame: pl.DataFrame, **columns: object) -> pl.DataFrame:
    """``frame`` with the columns of ``FOUND``; ``columns`` are expressions or plain values."""
    given = {
        name: value if isinstance(value, pl.Expr) else pl.lit(value)
        for name, value in columns.items()
    }
    frame = frame.with_columns(**given)
    lacking = [
        pl.lit(_DEFAULTS.get(name)).alias(name) for name in FOUND if name not in frame.columns
    ]
    return frame.with_columns(*lacking).select(pl.col(c).cast(t) for c, t in FOUND.items())
