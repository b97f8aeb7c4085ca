"""Examination results where the rules allow them: 期末 from grade 3, 期中 in junior school, mocks in grade 9.

Standing follows ability, the pupil's own strength in a subject, the latent state, and a passing
setback of the term that also goes with sudden leaving.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from features.calendar import is_workday
from features.synthetic.course import Course
from features.synthetic.draws import Bools, Floats, Ints, frame
from features.synthetic.pupils import Pupils, Scene
from features.synthetic.terms import Span, Term

PRIMARY = ("语文", "数学", "英语")
JUNIOR = ("语文", "数学", "英语", "道德与法治", "历史")
#: Subjects that begin later in junior school.
LATER = {"物理": 8, "化学": 9}
SUBJECTS = (*JUNIOR, *LATER)
_OUT_OF_120 = ("语文", "数学", "英语")
#: Sizes are assumptions: percentage points by standard deviation.
MEAN, PER_ABILITY, PER_SUBJECT, PER_STATE, PER_SETBACK, NOISE = 72.0, 11.0, 5.0, 3.5, 4.5, 4.0


@dataclass(frozen=True)
class Exam:
    """One examination of a term: its kind, first day and the grades that sit it."""

    kind: str
    term: int
    on: date
    grades: tuple[int, ...]


class Talents(NamedTuple):
    """Strength by subject (pupils x subjects), and the pupils' course."""

    strength: Floats
    course: Course


def exams(where: Span) -> list[Exam]:
    """The examinations held within the span, in order of time."""
    found = []
    for n, term in enumerate(where.terms):
        midterm = (
            date(term.school_year, 11, 10)
            if term.number == 1
            else date(term.school_year + 1, 4, 21)
        )
        found.append(
            Exam("midterm", n, _working(midterm), (7, 8, 9) if term.number == 1 else (7, 8))
        )
        found.append(Exam("final", n, _working(term.last - timedelta(days=7)), (3, 4, 5, 6, 7, 8)))
        if term.number == 1:
            found.append(Exam("final", n, _working(term.last - timedelta(days=7)), (9,)))
        else:
            found.append(Exam("mock", n, _working(date(term.school_year + 1, 4, 28)), (9,)))
    return sorted((e for e in found if where.first <= e.on <= where.last), key=lambda e: e.on)


def grade_rows(
    scene: Scene, course: Course, absent: Bools, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``grades`` table; ``absent`` (pupils x days): who did not sit what was held that day."""
    where = scene.where
    talents = Talents(rng.standard_normal((len(scene.people), len(SUBJECTS))), course)
    frames = [_sat(scene, talents, exam, absent, rng) for exam in exams(where)]
    if not frames:
        return pl.DataFrame()
    return pl.concat(frames).filter(pl.col("known_on") <= where.last)


def _sat(
    scene: Scene, talents: Talents, exam: Exam, absent: Bools, rng: np.random.Generator
) -> pl.DataFrame:
    people, where, _ = scene
    strength, course = talents
    term: Term = where.terms[exam.term]
    year = where.years.index(term.school_year)
    first = where.index(exam.on)
    grade = people.grade[:, year]
    who = np.flatnonzero(np.isin(grade, exam.grades))
    base = (
        MEAN + PER_ABILITY * people.ability[who] - PER_STATE * course.state[who, where.week[first]]
        - PER_SETBACK * course.setback[who, exam.term]
    )  # fmt: skip
    marks_given = np.array([int(code[4:]) * 53 % 10 < 6 for code in people.school_codes])
    lag = rng.integers(5, 13)
    parts = []
    for k, subject in enumerate(SUBJECTS):
        day = min(first + k // 3, len(where.days) - 1)
        takes = _takes(grade[who], subject) & ~absent[who, day]
        score = base + PER_SUBJECT * strength[who, k] + NOISE * rng.standard_normal(len(who))
        parts.append(
            _paper(people, who[takes], np.clip(score[takes], 3, 100), grade[who[takes]], subject)
            .with_columns(
                term=pl.lit(term.code),
                exam=pl.lit(exam.kind),
                happened_on=pl.lit(where.days[day].item()),
                known_on=pl.lit(where.days[day].item() + timedelta(days=int(lag))),
                keeps=pl.Series(marks_given[people.school[who[takes], year]]),
            )
        )  # fmt: skip
    rows = pl.concat(parts)
    shown = [pl.when("keeps").then(c).alias(c) for c in ("score", "full_score")]
    return rows.with_columns(shown).drop("keeps")


def _takes(grade: Ints, subject: str) -> Bools:
    if subject in LATER:
        return np.asarray(grade >= LATER[subject])
    return np.asarray((grade >= 7) | (subject in PRIMARY))


def _paper(people: Pupils, who: Ints, score: Floats, grade: Ints, subject: str) -> pl.DataFrame:
    junior = grade >= 7
    full = np.where(junior & (subject in _OUT_OF_120), 120.0, 100.0)
    letters = np.array(["E", "D", "C", "B", "A"], dtype=object)[
        np.digitize(score, (40, 60, 75, 87))
    ]
    words = np.array(["待合格", "合格", "良", "优"], dtype=object)[np.digitize(score, (60, 75, 87))]
    return frame(
        {
            "student_id": people.ids[who],
            "subject": np.full(len(who), subject, dtype=object),
            # primary schools report levels only
            "score": pl.Series(np.round(score * full / 100)).set(pl.Series(~junior), None),
            "full_score": pl.Series(full).set(pl.Series(~junior), None),
            "level": np.where(junior, letters, words),
        }
    )


def _working(day: date) -> date:
    """The first working day on or after ``day`` from Monday to Thursday: papers take two or three days."""
    while day.weekday() > 3 or not is_workday(day):
        day += timedelta(days=1)
    return day
