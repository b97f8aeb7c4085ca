"""The day with its rooms: each frame that several prepared tables stand on, made once and kept."""

from __future__ import annotations

from functools import cached_property

import narwhals as nw

from features.prepare import cohort, days, roll, spells
from features.prepare import day as base
from features.prepare.day import Frame


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
        return self.persist(roll.roll(self))

    @cached_property
    def days(self) -> Frame:
        """The prepared ``days`` of everyone on the roll."""
        return self.persist(days.prepare(self))

    @cached_property
    def spells(self) -> Frame:
        """The prepared ``spells`` of everyone on the roll."""
        return self.persist(spells.runs(self))

    @cached_property
    def members(self) -> Frame:
        """The roll with ``in_cohort`` and ``out_reason``."""
        return self.persist(cohort.cohort(self))

    @cached_property
    def pupils(self) -> Frame:
        """The cohort: who gets indicators and a score."""
        return self.persist(self.members.filter(nw.col("in_cohort") == 1))
