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
from features.facts import NUMBER, Facts
from features.indicator import Part
from features.prepare.people import Share, lies_in, spans

Frame = nw.LazyFrame[Any]
EPOCH = date(1970, 1, 1)


#: Results are compared in the class of their day, whose other pupils stand beside a share.
_BESIDE = ("enrolments", "grades")
#: Tables about classes and not about pupils.
_OF_ROOMS = ("assignments", "roll_calls")
_ROOM = ("school_id", "class_id")
#: Of these no more is read than whose a row is and what somebody looks at: a pupil's address and telephone are
#: nobody's here. Whoever wants another column adds it.
WANTED = {
    "attendance": ("student_id", "date", "date_no", "mark"),
    "roll_calls": (*_ROOM, "date", "date_no", "session"),
    "students": ("student_id", "name", "birth_date_no", "migrant_child", "distance_km"),
}


def beside(frame: Frame) -> list[str]:
    """Names of the columns beside ``student_id``: to say what an Enum is, Polars looks at every category."""
    return frame.drop("student_id").columns


def _ref() -> nw.Expr:
    """A class as ``facts`` names it in enrolments that have one, and in assignments."""
    return nw.concat_str(*map(nw.col, _ROOM), separator="|")


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
        """Rows of a contract table known by the day, with lasting numbers in place of temporary ones.

        Of a share's Day ``student_id`` is a place in the list of its pupils (see ``people``). Tables in
        ``WANTED`` have no other columns than are named there; those about classes have ``class_ref``.
        """
        if table not in self._cuts:
            self._cuts[table] = self._cut(table) if self.share is None else self._kept(table)
        return self._cuts[table]

    def _cut(self, table: str) -> Frame:
        frame = cut(self.session.read(self.facts.path(table)), self.as_of)
        if self.aliases is not None and table != "student_aliases":
            frame = follow(frame, self.aliases)
        frame = frame.select(*WANTED[table]) if table in WANTED else frame
        return frame.with_columns(class_ref=_ref()) if table == "roll_calls" else frame

    def _kept(self, table: str) -> Frame:
        """The same for a share, read once and kept: no planner mixes it with later joins."""
        frame = self.session.read(self.facts.path(table))
        names = frame.columns
        if NUMBER not in names:
            known = self.of_share(self._cut(table))
            return self.persist(self._in_rooms(known) if table in _OF_ROOMS else known)
        assert self.share is not None
        who = self.share.of(beside=table in _BESIDE)
        # whose a row is, the number says: the id itself is not even read
        wanted = [n for n in WANTED.get(table, names) if n not in {NUMBER, "student_id"}]
        known = cut(frame.filter(who.within), self.as_of).select(NUMBER, *wanted)
        rows = who.rows(self.session.collect(known))
        return self.session.frame(rows.select("student_id", *wanted))

    @property
    def numbers(self) -> Frame:
        """student_id, pupil_no: everybody's numbers in the store, under lasting ids."""
        told = self.session.frame(self.facts.numbers())
        return told if self.aliases is None else follow(told, self.aliases)

    def mine(self, table: str) -> Frame:
        """``cut`` without the rows about who only stands beside the share."""
        return self.own(self.cut(table)) if table in _BESIDE else self.cut(table)

    def own(self, frame: Frame) -> Frame:
        """The rows (of ``student_id`` as the day's frames hold it) about pupils of the share; all where there
        is no share."""
        if self.share is None:
            return frame
        return frame.join(self._students, on="student_id", how="semi")

    def of_share(self, frame: Frame) -> Frame:
        """Few rows that hold ids as they were sent: those of the share's pupils, as the day's frames hold
        them; all where there is no share, or no id."""
        if self.share is None or "student_id" not in frame.columns:
            return frame
        rows = self.session.collect(frame)
        rows = rows.with_columns(self.told_apart(rows["student_id"])).drop_nulls("student_id")
        return self.own(self.session.frame(rows))

    def told_apart(self, ids: pl.Series) -> pl.Series:
        """Ids as the day's frames hold them."""
        return ids if self.share is None else self.share.coded(ids)

    def _in_rooms(self, frame: Frame) -> Frame:
        """The rows about classes in which pupils of the share ever were."""
        rooms = self.stays.select("school_id", "class_ref").unique()
        schools = self.session.collect(rooms.select("school_id").unique())["school_id"]
        every = self.facts.scan("schools").select("school_id").collect()["school_id"]
        near = frame.filter(lies_in("school_id", spans(schools, every)))
        return near.join(rooms.select("class_ref"), on="class_ref", how="semi")

    @cached_property
    def _students(self) -> Frame:
        assert self.share is not None
        own = self.share.coded(self.share.students)
        return self.session.frame(pl.DataFrame({"student_id": own}))

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
    def shown(self, students: pl.DataFrame) -> pl.DataFrame:
        """What the days of some pupils look like (see ``asked.Day``)."""

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
