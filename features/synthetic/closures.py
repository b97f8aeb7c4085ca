"""Days on which a school, or one class, was closed: storms by the calendar, illness by marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.synthetic.draws import Bools, Ints, frame
from features.synthetic.pupils import Pupils
from features.synthetic.terms import Span

#: Assumptions: schools with a storm day, classes with three days of illness, a year.
STORM, ILLNESS, ILLNESS_DAYS = 0.10, 0.012, 3


@dataclass(frozen=True)
class Closures:
    """``schools``, ``classes``: pupils x days; ``storms``: (school, day) positions."""

    schools: Bools
    classes: Bools
    storms: Ints


def draw(people: Pupils, where: Span, rng: np.random.Generator) -> Closures:
    """Draw the closures of one lot."""
    n, t = len(people), len(where.days)
    storms, schools, classes = [], np.zeros((n, t), dtype=bool), np.zeros((n, t), dtype=bool)
    for y, year in enumerate(where.years):
        here = np.flatnonzero(where.year == year)
        if not len(here):
            continue
        for school in np.flatnonzero(rng.random(len(people.school_codes)) < STORM):
            day = rng.choice(here)
            storms.append((school, day))
            schools[people.school[:, y] == school, day] = True
        keys, inverse = np.unique(people.class_key(y), return_inverse=True)
        ill = rng.random(len(keys)) < ILLNESS
        start = rng.integers(0, len(here), len(keys))
        for k in range(ILLNESS_DAYS):
            who = np.flatnonzero(ill[inverse] & (start[inverse] + k < len(here)))
            classes[who, here[start[inverse[who]] + k]] = True
    return Closures(schools, classes, np.array(storms, dtype=np.int64).reshape(-1, 2))


def rows(people: Pupils, where: Span, shut: Closures) -> pl.DataFrame:
    """Rows of the ``calendar`` table for closed schools."""
    school, day = shut.storms.T
    terms = np.array([term.code for term in where.terms], dtype=object)
    return frame(
        {
            "date": where.days[day],
            "school_id": people.school_codes[school],
            "term": terms[where.term[day]],
            "is_school_day": np.zeros(len(day), dtype=np.int8),
            "note": np.full(len(day), "因天气停课", dtype=object),
        }
    ).unique(["date", "school_id"], keep="first", maintain_order=True)
