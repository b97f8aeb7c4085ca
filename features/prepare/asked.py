"""The day with its rooms: each frame that several prepared tables stand on, made once and kept.

Where the engine holds everything in memory, days are laid out as a grid and never made as rows unless
somebody asks for rows; elsewhere they are joined. Both give the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import narwhals as nw
import polars as pl

from features.indicator import Part
from features.prepare import cohort, days, marks, roll, spells, stand
from features.prepare import day as base
from features.prepare.day import Frame
from features.prepare.grid import Grid, lay

#: Later than every day: since then nobody has attended.
_NEVER = 2**31 - 1
col = nw.col


class Day(base.Day):
    """Facts as known on one day; rooms are computed when first asked for."""

    @cached_property
    def stays(self) -> Frame:
        """Enrolments begun by the day, the one that counts marked (see ``roll.stays``)."""
        return self.persist(roll.stays(self))

    @cached_property
    def memberships(self) -> Frame:
        """Who was in which class from when to when (see ``roll.memberships``)."""
        return self.persist(roll.memberships(self))

    @cached_property
    def roll(self) -> Frame:
        """One row a pupil enrolled or gone within 60 days (see ``roll.roll``)."""
        return self.persist(self.own(roll.roll(self)))

    @cached_property
    def grid(self) -> Grid | None:
        """The days of everyone on the roll as a grid, where the engine holds everything in memory."""
        return lay(self) if self.session.in_memory else None

    @cached_property
    def days(self) -> Frame:
        """The prepared ``days`` of everyone on the roll."""
        if self.grid is None:
            return self.persist(days.prepare(self))
        return self.persist(self._in_class(self.grid.rows()))

    def days_of(self, students: pl.DataFrame, since: int = 0) -> Frame:
        """The prepared ``days`` of some pupils (``student_id``) from day number ``since`` on."""
        if self.grid is None:
            own = self.session.frame(students.select("student_id"))
            return self.days.filter(col("on_no") >= since).join(own, on="student_id")
        return self._in_class(self.grid.only(students["student_id"]).rows(since))

    def shown(self, students: pl.DataFrame) -> pl.DataFrame:
        """Of some pupils (``student_id``) every day from the first on which one of them was expected that was
        expected or marked, in order: student_id, on_no, ``said`` (place in ``marks.SAYS_MORE``), ``known``
        (halves), either null where there is none."""
        if self.grid is None:
            days = self.session.collect(
                self.days_of(students).select("student_id", "on_no", "known")
            )
            return self._with_marks(days, students)
        rows = self.grid.only(students["student_id"]).shown(self.number)
        # who is off the roll has marks, and no day
        gone = students.join(self.grid.students.to_frame(), on="student_id", how="anti")
        if gone.is_empty():
            return rows
        others = self._with_marks(rows.filter(pl.col("known").is_not_null()), gone)
        others = others.join(gone, on="student_id", how="semi")
        return pl.concat([rows, others]).sort("student_id", "on_no")

    def _with_marks(self, days: pl.DataFrame, students: pl.DataFrame) -> pl.DataFrame:
        """``days`` and beside them what the pupils' marks say, from the first of the days until today."""
        said = self.session.collect(marks.said(self, students))
        first = days["on_no"].min()
        said = said.select(
            "student_id", pl.col("on_no").cast(pl.Int64), pl.col("said").cast(pl.UInt8)
        )
        said = said.filter(
            pl.col("on_no").is_between(self.number if first is None else first, self.number)
        )
        rows = days.select("student_id", "on_no", "known").join(
            said, on=["student_id", "on_no"], how="full", coalesce=True
        )
        return rows.select("student_id", "on_no", "said", "known").sort("student_id", "on_no")

    def _in_class(self, rows: pl.DataFrame) -> Frame:
        stretches = self.memberships.select("student_id", "class_key", "from_no", "to_no")
        frame = self.session.frame(rows).join(stretches, on="student_id")
        frame = frame.filter(col("from_no") <= col("on_no"), col("on_no") <= col("to_no"))
        return frame.select("student_id", "class_key", *days.COLUMNS, "on_no")

    def reduced(self, table: str, parts: Iterable[Part]) -> Frame | None:
        """student_id and the parts of a prepared table, where its rows need not be made; else None."""
        if table != "days" or self.grid is None:
            return None
        return self.session.frame(self.grid.parts(parts, self.number, self._term_starts(self.grid)))

    def _term_starts(self, grid: Grid) -> pl.Series:
        """By pupil of the grid, when the term began for the cohort; never, for the others."""
        own = self.session.collect(self.pupils.select("student_id", "term_start_no"))
        starts = grid.students.to_frame().join(
            own, on="student_id", how="left", maintain_order="left"
        )
        return starts["term_start_no"].cast(pl.Int64).fill_null(_NEVER)

    @cached_property
    def attended(self) -> Frame:
        """student_id, weekday (day number modulo 7), days: the cohort's days attended this term."""
        if self.grid is None:
            return self.persist(stand.attended(self))
        return self.session.frame(self.grid.attended(self._term_starts(self.grid)))

    @cached_property
    def seen(self) -> Frame:
        """How each pupil's days stand (see ``stand.seen``)."""
        if self.grid is None:
            return self.persist(stand.seen(self))
        return self.session.frame(self.grid.seen(self.number - stand.RECENT + 1))

    @cached_property
    def spells(self) -> Frame:
        """The prepared ``spells`` of everyone on the roll."""
        if self.grid is None:
            return self.persist(spells.runs(self))
        return self.session.frame(self.grid.spells())

    @cached_property
    def members(self) -> Frame:
        """The roll with ``in_cohort`` and ``out_reason``."""
        return self.persist(cohort.cohort(self))

    @cached_property
    def pupils(self) -> Frame:
        """The cohort: who gets indicators and a score."""
        return self.persist(self.members.filter(col("in_cohort") == 1))
