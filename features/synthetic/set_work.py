"""Set work of junior classes in the schools that keep a homework log: what was due, what was handed in."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.synthetic.activity import logging_schools
from features.synthetic.attendance import SICK, Days
from features.synthetic.course import Course
from features.synthetic.draws import Ints, frame, later, sigmoid
from features.synthetic.pupils import Scene

#: One piece in every so many school days, in turn of these subjects (assumption).
EVERY, SUBJECTS = 10, ("数学", "语文", "英语")
#: What a piece of each subject counts for (assumption).
WEIGHTS = {"数学": 30.0, "语文": 20.0, "英语": 10.0}


def set_work(
    scene: Scene, course: Course, lived: Days, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ``assignments`` table, and the rows of ``grades`` for what was handed in."""
    people, where, effects = scene
    logs = logging_schools(people, effects)
    pieces, handed = [], []
    for n, term in enumerate(where.terms):
        y = where.years.index(term.school_year)
        days = np.flatnonzero(where.term == n)[EVERY - 1 :: EVERY]
        who = np.flatnonzero((people.grade[:, y] >= 7) & logs[people.school[:, y]])
        for k, day in enumerate(days):
            name = f"{SUBJECTS[k % len(SUBJECTS)]}第{k + 1}次作业"
            here = who[lived.expected[who, day]]
            pieces.append(_due(scene, here, int(day), y, name))
            handed.append(_handed(scene, course, lived, (here, int(day), name), rng))
    if not pieces:
        return pl.DataFrame(), pl.DataFrame()
    known = pl.col("known_on") <= where.last
    return pl.concat(pieces).filter(known), pl.concat(handed).filter(known)


def _due(scene: Scene, who: Ints, day: int, year: int, name: str) -> pl.DataFrame:
    people, where, _ = scene
    _, first = np.unique(people.class_key(year)[who], return_index=True)
    first = who[first]
    due = where.days[day].item()
    return frame(
        {
            "school_id": people.school_codes[people.school[first, year]],
            "class_id": people.class_codes(year)[first],
        }
    ).with_columns(
        school_year=pl.lit(str(where.years[year])),
        term=pl.lit(where.terms[where.term[day]].code),
        subject=pl.lit(name),
        due_on=pl.lit(due),
        weight=pl.lit(WEIGHTS[name[:2]]),
        kind=pl.lit("书面作业"),
        known_on=pl.lit(due - timedelta(days=7)),
    )


def _handed(
    scene: Scene,
    course: Course,
    lived: Days,
    piece: tuple[Ints, int, str],
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Rows of who handed in: up to a week early or three days late; the mark comes as a later-known row."""
    people, where, _ = scene
    who, day, name = piece
    lean = 2.4 + 0.6 * people.ability[who] - 0.9 * course.state[who, where.week[day]]
    there = lived.status[who, day] < SICK
    gives = there & (rng.random(len(who)) < sigmoid(lean))
    who = who[gives]
    due = where.days[day]
    late = np.where(
        rng.random(len(who)) < 0.88, -rng.integers(0, 8, len(who)), rng.integers(1, 4, len(who))
    )
    on = np.maximum(due + late, np.datetime64(where.first))
    rows = frame({"student_id": people.ids[who], "happened_on": on, "known_on": on}).with_columns(
        term=pl.lit(where.terms[where.term[day]].code),
        exam=pl.lit("assignment"),
        subject=pl.lit(name),
        due_on=pl.lit(due.item()),
        score=pl.lit(None, pl.Float64),
        full_score=pl.lit(None, pl.Float64),
    )
    mark = 74 + 11 * people.ability[who] + 7 * rng.standard_normal(len(who))
    marked = rows.with_columns(
        score=pl.Series(np.clip(np.round(mark), 10, 100)),
        full_score=pl.lit(100.0),
        known_on=later("known_on", rng.integers(3, 10, len(who))),
    )
    return pl.concat([rows, marked])
