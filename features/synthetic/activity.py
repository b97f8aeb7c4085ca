"""Homework handed in, twice a week, in the schools that keep such a log."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.synthetic.attendance import SICK, Days
from features.synthetic.course import Course
from features.synthetic.draws import Array, Bools, frame, sigmoid
from features.synthetic.effects import Effects
from features.synthetic.pupils import Pupils, Scene


def activity(scene: Scene, course: Course, lived: Days, rng: np.random.Generator) -> pl.DataFrame:
    """The ``activity`` table: pieces of homework handed in on Tuesdays and Fridays."""
    people, where, effects = scene
    logs = logging_schools(people, effects)
    weekday = (where.days.astype(np.int64) + 3) % 7
    columns = np.flatnonzero((weekday == 1) | (weekday == 4))
    year = np.searchsorted(where.years, where.year[columns])
    who = np.flatnonzero(logs[people.school].any(axis=1))
    there = (
        logs[people.school[np.ix_(who, year)]] if len(who) else np.zeros((0, len(columns)), bool)
    )
    habit = (
        1.4
        + 0.5 * people.ability[who, None]
        - 0.75 * course.state[np.ix_(who, where.week[columns])]
    )
    habit = habit - 1.2 * (course.drift_peak[who, None] * _near(course, who, columns))
    count = rng.binomial(4, sigmoid(habit))
    here = lived.expected[np.ix_(who, columns)] & (lived.status[np.ix_(who, columns)] < SICK)
    pupil, day = np.nonzero(there & here & (count > 0))
    on = where.days[columns[day]]
    return frame(
        {
            "student_id": people.ids[who[pupil]],
            "date": on,
            "kind": np.full(len(pupil), "homework", dtype=object),
            "count": count[pupil, day],
            "known_on": on + np.where(rng.random(len(pupil)) < 0.9, 0, 1),
        }
    ).filter(pl.col("known_on") <= where.last)


def logging_schools(people: Pupils, effects: Effects) -> Bools:
    """Which schools keep a log (by their code, so always the same)."""
    number = np.array([int(code[4:]) for code in people.school_codes])
    return np.asarray((number * 61 % 100) < 100 * effects.shares["activity_schools"])


def _near(course: Course, who: Array, columns: Array) -> Array:
    """1 in the drift's spell before its end, else 0."""
    end, days = course.drift_end[who, None], course.drift_days[who, None]
    return np.asarray((columns >= end - days) & (columns < end), dtype=float)
