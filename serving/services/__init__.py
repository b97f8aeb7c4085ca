"""One function per use case; the only thing that api, pages and commands call.

``desk.Desk(lists, runs)`` holds the two ports. Reading:
``rosters.school_week(desk, school_id, *, week=None, model=None, area=None) -> SchoolWeek``,
``rosters.schools(desk, *, week=None, model=None) -> list[SchoolCount]``,
``rosters.alerts(desk, school_id, *, week=None, model=None) -> list[AlertView]``,
``students.find(desk, pupil_id) -> PupilWeek`` (its newest week; school and class for the scope),
``students.risk(...) -> PupilWeek``, ``students.explanation(...) -> Explanation``,
``students.history(desk, pupil_id, *, model=None) -> list[HistoryPoint]``,
``students.page(...) -> PupilPage``; each takes ``desk, pupil_id, *, week=None, model=None, area=None``.
What is not there raises ``features.refusal.Refusal``; so does what could be of several areas.
Writing: ``weekly.publish_week``.
"""
