"""What was published, as the web reads it: None where there is nothing, opaque pupil ids only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from serving.ports import SchoolCount
from serving.services import rosters, students
from serving.services.desk import Desk, NoList
from serving.services.views import Explanation, ListHead, PupilPage, SchoolWeek

#: A register number in an address would end up in logs; only opaque ids are looked up.
_OPAQUE = re.compile(r"p[0-9a-f]{20}")


class Reading:
    """Fulfils ``web.doors.Views`` over published lists."""

    def __init__(self, desk: Desk) -> None:
        """``desk`` holds the lists and the run folders."""
        self._desk = desk

    def schools(self) -> tuple[ListHead | None, Sequence[SchoolCount]]:
        """The newest standing list, and the schools of every area's newest; (None, ()) before one."""
        areas = sorted({p.area for p in self._desk.standing()})
        lists = [self._desk.newest(area=area) for area in areas]
        if not lists:
            return None, ()
        newest = max(lists, key=lambda p: (p.week, p.published_at))
        # a school of two areas is shown as its newest list has it
        every = {s.school_id: s for p in sorted(lists, key=lambda p: p.week) for s in p.schools}
        return rosters.head(self._desk, newest), [every[school] for school in sorted(every)]

    def week(self, school_id: str, week: str | None) -> SchoolWeek | None:
        """One school's week; None where no list holds the school in that week."""
        held = [
            p
            for p in self._desk.standing()
            if week in (None, p.week) and any(s.school_id == school_id for s in p.schools)
        ]
        if not held:
            return None
        return rosters.school_week(self._desk, school_id, week=week, area=held[-1].area)

    def explanation(self, pupil_id: str, week: str | None) -> Explanation | None:
        """What ``page`` explains, without the weeks before and the days of the calendar."""
        if _OPAQUE.fullmatch(pupil_id) is None:
            return None
        try:
            return students.without_picture(self._desk, pupil_id, week=week)
        except (students.NotFound, NoList):
            return None

    def page(self, pupil_id: str, week: str | None) -> PupilPage | None:
        """One pupil's page; None where nobody has this opaque id."""
        if _OPAQUE.fullmatch(pupil_id) is None:
            return None
        try:
            return students.page(self._desk, pupil_id, week=week)
        except (students.NotFound, NoList):
            return None
