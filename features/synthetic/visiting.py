"""A visiting practice within the county: who is listed, who is visited when, and what did not happen.

Weeks here run from Saturday to Friday. On Friday each school lists those who look worst by what was
recorded by Thursday; some are visited that day, others weeks later when staff can go. An outcome due
within the weeks after a visit does not come with the chance 1 - ratio: the pupil is back on the day on
which it would have been met, and that leaving does not come later (assumptions, ``effects.toml``).
So the weekly risk after a visit is the ratio times what it would have been, whatever the record shows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from features.synthetic import course as c
from features.synthetic.attendance import PRESENT, UNEXPLAINED, Days, half_day_schools, run_before
from features.synthetic.course import Course
from features.synthetic.draws import Array, Bools, Floats, Ints, frame, pick, rank_within
from features.synthetic.pupils import Scene
from features.synthetic.terms import Span

#: Words of ``interventions.kind``: put on the visiting list; the family was visited.
LISTED, VISITED = "列入走访", "入户走访"
#: School days for which a pupil who came back after a visit is surely there.
BACK_DAYS = 10
TENTH = 10


@dataclass(frozen=True)
class World:
    """What happens and what of it is on record: pupils x school days.

    ``halves``: schools that call the roll twice a day, where a day is often only half unexplained.
    """

    days: Days
    known: Bools
    halves: Bools


@dataclass(frozen=True)
class Practice:
    """What the practice did and changed: ``listed``, ``visited`` 2 x n (pupil, week); ``saved`` pupils."""

    course: Course
    days: Days
    listed: Ints
    visited: Ints
    saved: Bools


def uncorrected(scene: Scene) -> Scene:
    """The scene without later corrections of marks: the outcome on record is the one that was met."""
    kept = scene.effects.attendance | {"corrected": 0.0, "taken_back": 0.0}
    return scene._replace(effects=replace(scene.effects, attendance=kept))


def half_days(scene: Scene) -> Bools:
    """Pupils x school days: whether the pupil's school calls the roll twice a day."""
    people, where, effects = scene
    year = np.searchsorted(where.years, where.year)
    return half_day_schools(people, effects)[people.school[:, year]]


def weeks_of(where: Span) -> Ints:
    """The week (Saturday to Friday) of each school day."""
    return np.asarray(((where.days - np.datetime64(where.first)).astype(np.int64) + 2) // 7)


def friday(where: Span, week: Ints) -> Array:
    """The Friday that ends each week."""
    return np.datetime64(where.first) + 4 + 7 * week


def stayed(course: Course, t: int) -> Course:
    """The same pupils if nobody left."""
    away = np.full_like(course.away_from, t)
    return replace(course, away_from=away, away_to=away.copy())


def once(course: Course, t: int) -> Course:
    """A copy that may be written to, without second leavings: the practice is judged by the first."""
    away_from, away_to = course.away_from.copy(), course.away_to.copy()
    away_from[:, 1], away_to[:, 1] = t, t
    return replace(
        course, away_from=away_from, away_to=away_to, again=np.zeros_like(course.again),
        leaving=course.leaving.copy(), suspected_on=course.suspected_on.copy(),
    )  # fmt: skip


def first_outcomes(world: World, suspected: Ints) -> Ints:
    """The day of the first outcome: suspected, or the tenth recorded unexplained day; T if none.

    Where the roll is called twice a day ten whole days in a row hardly ever come together.
    """
    days, t = world.days, world.days.status.shape[1]
    run = run_before(days.status, world.known, days.expected)
    tenth = (days.status == UNEXPLAINED) & world.known & (run == TENTH - 1) & ~world.halves
    ran = np.where(tenth.any(axis=1), tenth.argmax(axis=1), t)
    return np.asarray(np.minimum(ran, suspected))


def suspicion(course: Course, t: int) -> Ints:
    """The day on which the leaving is put down as suspected dropout; T where it is not."""
    seen = np.isin(course.leaving, (c.CONFIRMED, c.CLEARED))
    return np.where(seen, np.minimum(course.suspected_on, t), t)


def points(world: World, where: Span) -> Floats:
    """Pupils x weeks: unexplained days on record, this week's (to Thursday) thrice, three weeks before."""
    week, last = weeks_of(where), where.weeks + 1
    seen = ((world.days.status == UNEXPLAINED) & world.known).astype(np.float32)
    by_week = seen @ np.eye(last, dtype=np.float32)[week]
    thursday = (where.days.astype(np.int64) + 3) % 7 != 4
    now = (seen * thursday) @ np.eye(last, dtype=np.float32)[week]
    before = np.pad(by_week, ((0, 0), (3, 0)))
    return np.asarray(3 * now + sum(before[:, k : k + last] for k in range(3)), dtype=np.float64)


class _Weeks:
    """The state of the practice from week to week."""

    def __init__(self, scene: Scene, course: Course, real: World, stay: World) -> None:
        self.people, self.where, effects = scene
        self.sizes, n = effects.visits, len(scene.people)
        self.course, self.stay = course, stay
        days = Days(real.days.status.copy(), real.days.expected, real.days.gone.copy())
        self.real = World(days, real.known.copy(), real.halves)
        self.outcome = first_outcomes(self.real, suspicion(course, len(self.where.days)))
        self.points = points(self.real, self.where)
        self.visit = np.full(n, -1000)  # week of the last visit
        self.until = np.full(n, -1)  # week to which a listed pupil waits
        self.comes = np.zeros(n, dtype=bool)  # whether somebody goes then
        self.over = np.zeros(n, dtype=bool)
        self.saved = np.zeros(n, dtype=bool)

    def happen(self, days: Ints, week: int, rng: np.random.Generator) -> None:
        """The outcomes due on the days of a week come, or after a visit do not."""
        luck = rng.random(len(self.people))
        now = np.isin(self.outcome, days) & ~self.over
        works = week - self.visit <= self.sizes["weeks"]
        spared = now & works & (luck >= self.sizes["hazard_ratio"])
        for pupil in np.flatnonzero(spared):
            self._spare(int(pupil))
        self.over |= now & ~spared

    def _spare(self, pupil: int) -> None:
        """The pupil is back on the day of the outcome, and stays."""
        day, t = int(self.outcome[pupil]), len(self.where.days)
        status = self.real.days.status[pupil]
        status[day:] = self.stay.days.status[pupil, day:]
        soon = status[day : day + BACK_DAYS]
        soon[soon == UNEXPLAINED] = PRESENT
        self.real.days.gone[pupil, day:] = False
        self.real.known[pupil, day:] = self.stay.known[pupil, day:]
        one = _row(self.real, pupil)
        self.outcome[pupil] = first_outcomes(one, np.array([t]))[0]
        self.points[pupil] = points(one, self.where)[0]
        course = self.course
        course.away_to[pupil, 0] = min(course.away_to[pupil, 0], day)
        if course.away_from[pupil, 0] >= day:
            course.away_from[pupil, 0] = course.away_to[pupil, 0] = t
        course.leaving[pupil], course.suspected_on[pupil] = c.STAYS, t
        self.saved[pupil] = True

    def list(self, days: Ints, week: int, rng: np.random.Generator) -> Ints:
        """Who is put on the list on Friday; drawn with it is when, and whether, somebody goes."""
        sizes, n = self.sizes, len(self.people)
        here = self.real.days.expected[:, days].any(axis=1) & ~self.over
        seen = self.points[:, week]
        looks = seen + sizes["noise"] * rng.standard_normal(n)
        free = here & (self.until < 0) & (week - self.visit > sizes["weeks"])
        year = int(np.searchsorted(self.where.years, self.where.year[days[-1]]))
        chosen = _worst(
            self.people.school[:, year], here, free & (seen >= sizes["least"]), looks,
            sizes["capacity"],
        )  # fmt: skip
        at_once, never = rng.random(n) < sizes["at_once"], rng.random(n) < sizes["never"]
        later = rng.integers(1, int(sizes["latest"]) + 1, n)
        self.until[chosen] = week + np.where(at_once, 0, later)[chosen]
        self.comes[chosen] = ~never[chosen]
        return chosen

    def go(self, days: Ints, week: int) -> Ints:
        """Who is visited on Friday: those whose turn it is and who have not gone meanwhile."""
        here = self.real.days.expected[:, days].any(axis=1) & ~self.over
        going = np.flatnonzero((self.until == week) & self.comes & here)
        self.visit[going] = week
        self.until[self.until <= week] = -1
        return going


def _row(world: World, pupil: int) -> World:
    days, one = world.days, slice(pupil, pupil + 1)
    shown = Days(days.status[one], days.expected[one], days.gone[one])
    return World(shown, world.known[one], world.halves[one])


def _worst(school: Ints, here: Bools, may: Bools, looks: Floats, share: float) -> Ints:
    """Of each school those who look worst, up to a share of its pupils (rounded up)."""
    room = np.ceil(share * np.bincount(school[here], minlength=int(school.max()) + 1))
    who = np.flatnonzero(may)
    who = who[np.argsort(-looks[who], kind="stable")]
    return np.sort(who[rank_within(school[who]) < room[school[who]]])


def practise(
    scene: Scene, course: Course, real: World, stay: World, *, rng: np.random.Generator
) -> Practice:
    """Run the practice over the span. ``course``: one made by ``once``; it is written to.

    ``real``: what happens if nobody visits; ``stay``: what happens if nobody leaves.
    """
    where, state = scene.where, _Weeks(scene, course, real, stay)
    of_day = weeks_of(where)
    listed, visited = [], []
    for week in range(int(of_day[-1]) + 1):
        days = np.flatnonzero(of_day == week)
        state.happen(days, week, rng)
        if len(days) and friday(where, np.array([week]))[0] <= np.datetime64(where.last):
            put = state.list(days, week, rng)
            listed.append(np.stack([put, np.full_like(put, week)]))
            went = state.go(days, week)
            visited.append(np.stack([went, np.full_like(went, week)]))
    return Practice(state.course, state.real.days, _joined(listed), _joined(visited), state.saved)


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.empty((2, 0), dtype=np.int64), *parts], axis=1)


def interventions(scene: Scene, practice: Practice, rng: np.random.Generator) -> pl.DataFrame:
    """The ``interventions`` table: put on the list, visited; entered up to six days later."""
    people, where = scene.people, scene.where
    frames = []
    for kind, (pupil, week) in ((LISTED, practice.listed), (VISITED, practice.visited)):
        on = friday(where, week)
        late = np.where(rng.random(len(on)) < 0.7, 0, rng.integers(1, 7, len(on)))
        frames.append(
            frame(
                {
                    "student_id": people.ids[pupil],
                    "kind": np.full(len(on), kind, dtype=object),
                    "happened_on": on,
                    "known_on": on + late,
                }
            )
        )
    return pl.concat(frames).filter(pl.col("known_on") <= where.last)


def contacts(
    scene: Scene, practice: Practice, others: pl.DataFrame, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``contacts`` table: calls and letters as before, visits only those of the practice."""
    people, where = scene.people, scene.where
    pupil, week = practice.visited
    on = friday(where, week)
    visits = frame(
        {
            "student_id": people.ids[pupil],
            "date": on,
            "channel": np.full(len(on), "visit", dtype=object),
            "by": np.full(len(on), "班主任、村委会", dtype=object),
            "result": pick(rng, ("已联系监护人", "承诺返校", "已说明情况"), len(on)),
            "known_on": on + np.where(rng.random(len(on)) < 0.7, 0, rng.integers(1, 7, len(on))),
        }
    ).filter(pl.col("known_on") <= where.last)
    if others.is_empty():
        return visits
    return pl.concat([others.filter(pl.col("channel") != "visit"), visits], how="vertical_relaxed")
