"""A day asked about: the facts as known then, the roll, the cohort; each computed once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

import narwhals as nw
import polars as pl

from features.asof import cut, follow
from features.batch import Batch
from features.engines import Session
from features.facts import Facts
from features.indicator import Part
from features.prepare.people import NUMBER, Share, within

Frame = nw.LazyFrame[Any]
EPOCH = date(1970, 1, 1)


#: Results are compared in the class of their day, whose other pupils stand beside a share.
_BESIDE = ("enrolments", "grades")
#: Tables about classes and not about pupils.
_OF_ROOMS = ("assignments", "roll_calls")
_ROOM = ("school_id", "class_id")


class Day(ABC):
    """Facts as known on one day, on one engine, and what the rooms of this folder make of them.

    Lazy frames; what is used twice is kept. ``asked.Day`` fills the rooms in.
    """

    def __init__(
        self,
        facts: Facts,
        as_of: date,
        session: Session,
        *,
        whole: bool = False,
        share: Share | None = None,
    ) -> None:
        """``session`` does the computing and is closed by whoever opened it.

        ``share``: only these schools' pupils are asked about; None: everybody.

        ``whole``: everyone ever enrolled and every day on record, for outcomes; otherwise who is on the
        roll now, and the days that indicators look at.
        """
        self.facts = facts
        self.as_of = as_of
        self.session = session
        self.whole = whole
        self.share = share
        self._cuts: dict[str, Frame] = {}

    @property
    def batch(self) -> Batch:
        """What the newest extract says about itself."""
        return self.facts.batch

    @property
    def number(self) -> int:
        """The day as days since 1970, as the ``*_no`` columns count."""
        return (self.as_of - EPOCH).days

    def persist(self, frame: Frame) -> Frame:
        """Compute once and keep."""
        return self.session.persist(frame)

    @cached_property
    def aliases(self) -> Frame | None:
        """old_student_id, student_id known on the day; None where there are none."""
        if self.facts.scan("student_aliases").head(1).collect().is_empty():
            return None
        return cut(self.session.read(self.facts.path("student_aliases")), self.as_of)

    def cut(self, table: str) -> Frame:
        """Rows of a contract table known by the day, with lasting numbers in place of temporary ones."""
        if table not in self._cuts:
            beside = table in _BESIDE
            frame = cut(self.stored(table, beside=beside), self.as_of)
            if self.aliases is not None and table != "student_aliases":
                frame = follow(frame, self.aliases)
            if self.share is not None:
                # kept: a table is read once a share, and no planner mixes this join with later ones
                frame = self.persist(self._in_rooms(frame) if table in _OF_ROOMS else frame)
            self._cuts[table] = frame
        return self._cuts[table]

    def stored(self, table: str, *, beside: bool = False) -> Frame:
        """A table as stored, nothing cut away; of one about pupils only the share's rows (and those of who
        stands ``beside``), found by numbers and not by ids."""
        frame = self.session.read(self.facts.path(table))
        if self.share is None or NUMBER not in frame.collect_schema().names():
            return frame
        numbers = self._beside_nos if beside else self._student_nos
        own = self.session.frame(numbers.to_frame())
        return frame.filter(within(numbers)).join(own, on=NUMBER, how="semi").drop(NUMBER)

    @cached_property
    def _student_nos(self) -> pl.Series:
        assert self.share is not None
        return self.share.numbers(beside=False)

    @cached_property
    def _beside_nos(self) -> pl.Series:
        assert self.share is not None
        return self.share.numbers(beside=True)

    @property
    def numbers(self) -> Frame:
        """student_id, pupil_no: everybody's numbers in the store, under lasting ids."""
        told = self.session.frame(self.facts.numbers())
        return told if self.aliases is None else follow(told, self.aliases)

    def own(self, frame: Frame) -> Frame:
        """The rows about pupils of the share; all where there is no share."""
        if self.share is None or "student_id" not in frame.collect_schema().names():
            return frame
        return frame.join(self._students, on="student_id", how="semi")

    def _in_rooms(self, frame: Frame) -> Frame:
        """The rows about classes in which pupils of the share ever were."""
        rooms = self.stays.select(*_ROOM).unique()
        schools = self.session.collect(rooms.select("school_id").unique())["school_id"].to_list()
        near = frame.filter(nw.col("school_id").is_in(schools))
        return near.join(rooms, on=list(_ROOM), how="semi")

    @cached_property
    def _students(self) -> Frame:
        assert self.share is not None
        return self.session.frame(pl.DataFrame({"student_id": self.share.students}))

    @cached_property
    def school_days(self) -> Frame:
        """School days by calendar up to the day (calendar_id, date, date_no, ord, weekday, back, ...)."""
        frame = self.session.read(self.facts.path("calendar_days"))
        return frame.filter(nw.col("date_no") <= self.number)

    @cached_property
    def coming_days(self) -> Frame:
        """School days by calendar after the day: a published calendar is known beforehand."""
        frame = self.session.read(self.facts.path("calendar_days"))
        return frame.filter(nw.col("date_no") > self.number)

    @property
    @abstractmethod
    def stays(self) -> Frame:
        """Enrolments begun by the day, the one that counts marked (see ``roll.stays``)."""

    @property
    @abstractmethod
    def memberships(self) -> Frame:
        """Who was in which class from when to when (see ``roll.memberships``)."""

    @property
    @abstractmethod
    def roll(self) -> Frame:
        """One row a pupil enrolled or gone within 60 days (see ``roll.roll``)."""

    @property
    @abstractmethod
    def days(self) -> Frame:
        """The prepared ``days`` of everyone on the roll."""

    @abstractmethod
    def days_of(self, students: pl.DataFrame, since: int = 0) -> Frame:
        """The prepared ``days`` of some pupils (``student_id``) from day number ``since`` on."""

    @abstractmethod
    def reduced(self, table: str, parts: Iterable[Part]) -> Frame | None:
        """student_id and the parts of a prepared table, where its rows need not be made; else None."""

    @property
    @abstractmethod
    def attended(self) -> Frame:
        """student_id, weekday (day number modulo 7), days: the cohort's days attended this term."""

    @property
    @abstractmethod
    def seen(self) -> Frame:
        """How each pupil's days stand (see ``stand.seen``)."""

    @property
    @abstractmethod
    def spells(self) -> Frame:
        """The prepared ``spells`` of everyone on the roll."""

    @property
    @abstractmethod
    def members(self) -> Frame:
        """The roll with ``in_cohort`` and ``out_reason``."""

    @property
    @abstractmethod
    def pupils(self) -> Frame:
        """The cohort: who gets indicators and a score."""
