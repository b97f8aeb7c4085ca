"""What the checks look at: frames of figures by week, no pupil among them but in what has settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from training.outcomes import Less

#: Columns of each frame; ``as_of`` is the day of a weekly run, the newest the one asked about.
INDICATORS: dict[str, pl.DataType] = {
    "as_of": pl.Date(),
    "name": pl.String(),
    "pupils": pl.Int64(),
    "known": pl.Int64(),
    "mean": pl.Float64(),
    "sd": pl.Float64(),
}
MARKS: dict[str, pl.DataType] = {
    "as_of": pl.Date(),
    "school_id": pl.String(),
    "expected": pl.Float64(),
    "known": pl.Float64(),
    "days": pl.Float64(),
    "late": pl.Float64(),
    "early": pl.Float64(),
    "excused": pl.Float64(),
    "unexplained": pl.Float64(),
}
RESULTS: dict[str, pl.DataType] = {
    "as_of": pl.Date(),
    "known": pl.Int64(),
    "mean": pl.Float64(),
    "sd": pl.Float64(),
}
PUPILS: dict[str, pl.DataType] = {
    "as_of": pl.Date(),
    "school_id": pl.String(),
    "grade": pl.String(),
    "pupils": pl.Int64(),
}
FEEDS: dict[str, pl.DataType] = {
    "table": pl.String(),
    "school_id": pl.String(),
    "last_on": pl.Date(),
    "silent": pl.Int64(),
    "usual": pl.Int64(),
    "classes": pl.Int64(),
}
SETTLED: dict[str, pl.DataType] = {
    "week": pl.String(),
    "student_id": pl.String(),
    "placed": pl.Boolean(),
    "listed": pl.Boolean(),
    "probability": pl.Float64(),
    "standing": pl.String(),
    "as_of": pl.Date(),
    "school_id": pl.String(),
    "margin": pl.Float64(),
    "rule": pl.Float64(),
    # when it could be told, when the outcome came, and for how many pupils nobody visited the row stands
    "window_end": pl.Date(),
    "event_on": pl.Date(),
    "alone": pl.Float64(),
}
SAID: dict[str, pl.DataType] = {
    "placed": pl.Boolean(),
    "listed": pl.Boolean(),
    "probability": pl.Float64(),
}


def empty(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A frame of these columns without rows."""
    return pl.DataFrame(schema=dict(schema))


@dataclass(frozen=True)
class Serving:
    """The model behind the week's list. ``found``: how it came to serve (model, rule, none, refused).

    ``trained_until`` is None for a rule. ``horizon_weeks`` None: to the end of the school year.
    """

    label: str
    kind: str
    found: str
    trained_until: date | None
    horizon_weeks: int | None = 8
    notice_zh: str = ""
    notice_en: str = ""


@dataclass(frozen=True)
class Grounds:
    """One area's week and the weeks before it.

    ``indicators``: every indicator's figures (``score`` among them: the estimates). ``marks``: the
    school days of the seven days up to each ``as_of``, school by school: halves expected and known,
    pupil-days known, and pupil-days with a mark. ``results``: examination results that became known
    in the fortnight, as shares of the full mark. ``pupils``: the cohort. ``feeds``: how long nothing new has
    become known, in school days, and the longest such silence before. ``settled``: rows of past runs whose
    horizon is over; ``margin`` and ``rule`` (the attendance rule's points) where the model that serves drew
    the list. ``less``: what its order was worth there beside the rule's; None where that cannot be told.
    ``said``: this week's rows. ``steady``: indicators that do not move with the
    calendar, the others are compared with a year ago. ``unbroken``: as-of days with school in each of
    the four weeks before. ``labels``, ``schools``: names for sentences. ``today``: when it is asked.
    """

    area: str
    week: str
    as_of: date
    today: date
    serving: Serving
    indicators: pl.DataFrame = field(default_factory=lambda: empty(INDICATORS))
    marks: pl.DataFrame = field(default_factory=lambda: empty(MARKS))
    results: pl.DataFrame = field(default_factory=lambda: empty(RESULTS))
    pupils: pl.DataFrame = field(default_factory=lambda: empty(PUPILS))
    feeds: pl.DataFrame = field(default_factory=lambda: empty(FEEDS))
    settled: pl.DataFrame = field(default_factory=lambda: empty(SETTLED))
    less: Less | None = None
    said: pl.DataFrame = field(default_factory=lambda: empty(SAID))
    steady: Mapping[str, str] = field(default_factory=dict)
    unbroken: frozenset[date] = frozenset()
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    schools: Mapping[str, str] = field(default_factory=dict)
    in_term: bool = True
    #: What is wrong with the files of the model that serves and of its versions, in both languages.
    damage: tuple[tuple[str, str], ...] = ()

    def school(self, school_id: str) -> str:
        """A school's name, its id where none is registered."""
        return self.schools.get(school_id) or school_id
