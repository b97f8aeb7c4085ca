"""Aid due, granted and paid by term, and contacts made after absences."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from features.synthetic.attendance import UNEXPLAINED
from features.synthetic.course import Course
from features.synthetic.draws import Array, Ints, frame, pick, words
from features.synthetic.moves import on_roll
from features.synthetic.pupils import Pupils
from features.synthetic.terms import Span

PROGRAMME = "家庭经济困难学生生活补助"
#: Yuan a year, boarders and others (policy page of Shidian county, 2025-11-13).
AMOUNTS = {(False, True): 1250, (True, True): 1500, (False, False): 625, (True, False): 750}
RESULTS = ("已联系监护人", "无人接听", "承诺返校", "已说明情况", "约定家访", "号码停用")


def aid(people: Pupils, course: Course, where: Span, rng: np.random.Generator) -> pl.DataFrame:
    """The ``aid`` table: due at term start; granted and paid are later-known rows of the same key."""
    frames, here = [], on_roll(people, course, where)
    for term in where.terms:
        y = where.years.index(term.school_year)
        who = np.flatnonzero(people.poor & here[:, y])
        due = np.datetime64(term.first + timedelta(days=14))
        granted = due + rng.integers(10, 40, len(who))
        paid = granted + rng.integers(15, 60, len(who))
        refused = rng.random(len(who)) < 0.03
        late = ~course.aid_paid[who] & (rng.random(len(who)) < 0.7)
        amount = np.array(
            [
                AMOUNTS[bool(g >= 7), bool(b)] / 2
                for g, b in zip(people.grade[who, y], people.boarder[who], strict=True)
            ]
        )
        base = {"student_id": people.ids[who], "amount": amount, "known_on": np.full(len(who), due)}
        rows = frame(base).with_columns(
            programme=pl.lit(PROGRAMME), term=pl.lit(term.code), status=pl.lit("due")
        )
        answer = words(np.where(refused, "refused", "granted").astype(object))
        decided = rows.with_columns(
            status=answer, decided_on=pl.Series(granted), known_on=pl.Series(granted + 2)
        )
        done = decided.with_columns(
            status=pl.lit("paid"), paid_on=pl.Series(paid), known_on=pl.Series(paid + 3)
        ).filter(pl.Series(~refused & ~late))
        frames += [rows, decided.filter(pl.Series(~late | refused)), done]
    return pl.concat(frames, how="diagonal_relaxed").filter(pl.col("known_on") <= where.last)


def contacts(
    people: Pupils, where: Span, entered: tuple[Ints, Ints, Ints], rng: np.random.Generator
) -> pl.DataFrame:
    """The ``contacts`` table: calls on the first unexplained day, visits when it goes on."""
    pupil, day, status = entered
    bad = status == UNEXPLAINED
    pupil, day = pupil[bad], day[bad]
    run = _run(pupil, day)
    u = rng.random(len(pupil))
    call = ((run == 1) & (u < 0.45)) | ((run == 3) & (u < 0.4))
    visit = ((run == 4) & (u < 0.5)) | ((run == 8) & (u < 0.5))
    letter = (run == 10) & (u < 0.5)
    which = call | visit | letter
    channel = np.select([visit[which], letter[which]], ["visit", "letter"], "phone").astype(object)
    on = where.days[day[which]]
    rows = frame(
        {
            "student_id": people.ids[pupil[which]],
            "date": on,
            "channel": channel,
            "by": np.where(channel == "visit", "班主任、村委会", "班主任").astype(object),
            "result": pick(rng, RESULTS, len(on), (0.35, 0.2, 0.15, 0.2, 0.06, 0.04)),
            "known_on": on + np.where(rng.random(len(on)) < 0.8, 0, rng.integers(1, 7, len(on))),
        }
    )
    return rows.filter(pl.col("known_on") <= where.last)


def _run(pupil: Ints, day: Ints) -> Array:
    """Position of each mark in its run of days in succession (rows come sorted by pupil and day)."""
    if not len(pupil):
        return pupil
    fresh = np.r_[True, (pupil[1:] != pupil[:-1]) | (day[1:] != day[:-1] + 1)]
    start = np.flatnonzero(fresh)
    return np.arange(len(pupil)) - np.repeat(start, np.diff(np.r_[start, len(pupil)])) + 1
