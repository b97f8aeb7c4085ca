"""What becomes of each pupil: the latent state week by week, who leaves, when, how, and who comes back.

Attendance, marks and statuses are consequences of what is decided here; no table shows it directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.calendar import is_workday
from features.synthetic.draws import Array, Bools, Floats, Ints
from features.synthetic.effects import Effects
from features.synthetic.pupils import Pupils, Scene
from features.synthetic.terms import Span, terms_of

# how a leaving is seen by the school
STAYS, CONFIRMED, CLEARED, HIDDEN_TRANSFER, OTHER_LEAVE, MISSING, UNSEEN = range(7)
# lawful ways off the roll
NONE, TRANSFER, TRANSFER_UNCONFIRMED, ABROAD, DECEASED = range(5)


@dataclass(frozen=True)
class Course:
    """Arrays over n pupils; days are positions in ``Span.days`` (its length T = not within the span).

    ``state`` n x weeks. ``away_from``/``away_to`` n x 2: absences that are a leaving. ``drift_end``,
    ``drift_days``, ``drift_peak``: a spell of growing absence before a leaving or before a recovery.
    ``setback`` n x terms: passing weakness in a term's examinations. ``hazard`` n x weeks: of leaving,
    if nobody visited.
    """

    state: Floats
    leaving: Ints
    sudden: Bools
    away_from: Ints
    away_to: Ints
    suspected_on: Ints
    again: Bools
    drift_end: Ints
    drift_days: Ints
    drift_peak: Floats
    enters: Ints
    exit_kind: Ints
    off_roll: Ints
    paused_from: Ints
    paused_to: Ints
    aid_paid: Bools
    setback: Floats
    hazard: Floats

    def away(self, day: Ints) -> Bools:
        """For each pupil, whether they are away on the position ``day``."""
        inside = (self.away_from <= day[:, None]) & (day[:, None] < self.away_to)
        return np.asarray(inside.any(axis=1))


def make_course(scene: Scene, rng: np.random.Generator) -> Course:
    """Decide the course of every pupil of a lot."""
    people, where, effects = scene
    n, t = len(people), len(where.days)
    aid_paid = people.poor & (rng.random(n) < 0.8)
    state = _state(people, where.weeks, rng)
    setback = rng.standard_normal((n, len(where.terms)))
    schools = rng.standard_normal(len(people.school_codes)) * effects.leave["school_sd"]
    enters = _enters(people, where, effects, rng)
    lasting = background(people, effects, aid_paid)[:, None] + schools[people.school]
    lasting += effects.leave["new_here"] * (enters > 0)[:, None]
    hazard, sudden_part = _hazard(scene, lasting, state, setback)
    week = _first_passage(hazard, rng)
    sudden = rng.random(n) < sudden_part[np.arange(n), np.minimum(week, where.weeks - 1)]
    start = _day_in_week(week, where, sudden, rng)
    leaving = _kinds(rng, start < t, effects)
    start, leaving = _unseen(scene, start, leaving, rng)
    exit_kind, off_roll = _exits(scene, enters, rng)
    start = np.where(start > enters, start, t)
    gone_first = start < off_roll
    exit_kind = np.where(gone_first, NONE, exit_kind)
    off_roll = np.where(gone_first, t, off_roll)
    leaving = np.where(gone_first, leaving, STAYS)
    start = np.where(gone_first, start, t)
    away_from, away_to, suspected, again = _absences(start, leaving, where, effects, rng)
    drift = _drifts(
        np.where(sudden | (leaving == UNSEEN), t, start), hazard, where, effects, rng=rng
    )
    paused = _pauses(where, effects, taken=(start < t) | (off_roll < t), rng=rng)
    # who does not resume after the pause is absent from then on
    lost = (paused[1] < t) & (rng.random(n) < 0.12)
    away_from[lost, 0], away_to[lost, 0] = paused[1][lost], t
    return Course(
        state, leaving, sudden, away_from, away_to, suspected, again, *drift,
        enters, exit_kind, off_roll, *paused, aid_paid, setback, hazard,
    )  # fmt: skip


def _state(people: Pupils, weeks: int, rng: np.random.Generator) -> Floats:
    """Latent disengagement: a lasting level and a slow walk around it (about one standard deviation)."""
    n = len(people)
    level = (
        -0.30 * people.ability + 0.25 * people.distress + 0.20 * (people.left_kind == 2)
        + 0.45 * rng.standard_normal(n)
    )  # fmt: skip
    keep, wide = 0.93, 0.65
    noise = rng.standard_normal((n, weeks)) * wide * np.sqrt(1 - keep**2)
    walk = np.empty((n, weeks))
    walk[:, 0] = rng.standard_normal(n) * wide
    for w in range(1, weeks):
        walk[:, w] = keep * walk[:, w - 1] + noise[:, w]
    return np.asarray(level[:, None] + walk)


def background(people: Pupils, effects: Effects, aid_paid: Bools) -> Floats:
    """The lasting part of the log-odds of leaving (not centred)."""
    e = effects.leave
    low = -people.ability
    any_left = (people.left_kind == 2) | ((people.left_kind == 1) & people.mother_away)
    father = (people.left_kind == 1) & ~people.mother_away
    primary = people.grade.max(axis=1) <= 6
    return np.asarray(
        e["poor"] * people.poor
        + e["aid_paid"] * e["aid_share"] * aid_paid
        + e["low_achievement"] * low
        + e["over_age"] * people.over_age
        + e["ill_family"] * people.ill_family
        + e["distress"] * people.distress
        + e["left_behind"] * any_left
        + e["father_away"] * father
        + e["boarding_low"] * people.boarder * low
        + e["boarding_primary"] * (people.boarder & primary)
        + e["mother_schooling"] * people.mother_schooling
        + e["siblings"] * people.siblings
        + e["distance"] * np.log(people.distance_km + 0.1)
        + e["earlier_return"] * people.earlier_return
    )


def _hazard(scene: Scene, lasting: Floats, state: Floats, setback: Floats) -> tuple[Floats, Floats]:
    """Hazard of leaving n x weeks, and the part of it that is sudden; ``lasting`` is n x years."""
    people, where, effects = scene
    shaken = effects.sudden["grade_drop"] * _last_exams(setback, where)
    drift, sudden = np.zeros_like(state), np.zeros_like(state)
    for y, year in enumerate(where.years):
        slow, slow_share = _weights(where, year, effects.month)
        quick, _ = _weights(where, year, effects.sudden_month)
        local = lasting[:, y]
        for g in range(1, 10):
            who = np.flatnonzero(people.grade[:, y] == g)
            if not len(who) or slow_share == 0:
                continue
            at_school = ~people.home_taught[who, None]
            a = (
                at_school
                * np.exp(effects.leave["disengagement"] * state[who] + local[who, None])
                * slow
            )
            b = (
                at_school
                * np.exp(effects.sudden["background"] * local[who, None] + shaken[who])
                * quick
            )
            a *= (1 - effects.sudden["share"]) / max(a.sum(axis=1).mean(), 1e-300)
            b *= effects.sudden["share"] / max(b.sum(axis=1).mean(), 1e-300)
            target = 1 - (1 - effects.yearly(g) * _all_kinds(effects)) ** slow_share
            scale = _scale((a + b).sum(axis=1), target)
            drift[who] += a * scale
            sudden[who] += b * scale
    hazard = drift + sudden
    return hazard, sudden / np.maximum(hazard, 1e-300)


def _last_exams(setback: Floats, where: Span) -> Floats:
    """The setback shown by the examinations of the term before, n x weeks."""
    first = np.searchsorted(where.week, np.arange(where.weeks))
    term = where.term[np.minimum(first, len(where.days) - 1)]
    return np.where(term > 0, setback[:, np.maximum(term - 1, 0)], 0.0)


def _weights(where: Span, year: int, month: tuple[float, ...]) -> tuple[Floats, float]:
    """Weight by week of the span for one school year, and the covered share of the year's weight."""
    here = where.year == year
    weight = np.asarray(month)[where.month()] * here
    full = sum(
        month[day.month - 1]
        for term in terms_of(year)
        for day in _days(term.first, term.last)
        if is_workday(day)
    )
    by_week = np.bincount(where.week, weight, minlength=where.weeks).astype(np.float64)
    return by_week, float(weight.sum() / full)


def _all_kinds(effects: Effects) -> float:
    """All leavings per one that is confirmed."""
    a = effects.after
    hidden = a["hidden_as_transfer"] + a["hidden_as_other_leave"] + a["missing"]
    return 1 + a["suspicion_cleared"] + hidden


def _scale(total: Floats, target: float) -> float:
    """The factor that makes the mean chance of leaving equal ``target`` (bisection on a log scale)."""
    low, high = -12.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = -np.expm1(-np.exp(middle) * total).mean()
        low, high = (middle, high) if mean < target else (low, middle)
    return float(np.exp(middle))


def _first_passage(hazard: Floats, rng: np.random.Generator) -> Ints:
    """The week in which the cumulated hazard passes an exponential draw; the number of weeks if never."""
    passed = np.cumsum(hazard, axis=1) > rng.exponential(size=len(hazard))[:, None]
    return np.asarray(np.where(passed[:, -1], passed.argmax(axis=1), hazard.shape[1]))


def _day_in_week(week: Ints, where: Span, sudden: Bools, rng: np.random.Generator) -> Ints:
    """A school day of the week; sudden leavings in a term's first week are mostly its first day."""
    t, weeks = len(where.days), where.weeks
    first = np.searchsorted(where.week, np.arange(weeks + 1))
    start, stop = first[np.minimum(week, weeks)], first[np.minimum(week + 1, weeks)]
    day = start + np.floor(rng.random(len(week)) * np.maximum(stop - start, 1)).astype(np.int64)
    opens = np.flatnonzero(np.r_[True, where.term[1:] != where.term[:-1]])
    term_week = np.isin(week, where.week[opens])
    day = np.where(term_week & sudden & (rng.random(len(week)) < 0.6), start, day)
    return np.where(week < weeks, day, t)


def _kinds(rng: np.random.Generator, leaves: Bools, effects: Effects) -> Ints:
    a = effects.after
    weights = np.array(
        [
            1.0,
            a["suspicion_cleared"],
            a["hidden_as_transfer"],
            a["hidden_as_other_leave"],
            a["missing"],
        ]
    )
    drawn = 1 + rng.choice(5, len(leaves), p=weights / weights.sum())
    return np.where(leaves, drawn, STAYS)


def _unseen(
    scene: Scene, start: Ints, leaving: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Pupils who finish primary school and are not seen in the first weeks of junior school."""
    people, where, effects = scene
    for y, year in enumerate(where.years):
        opens = where.index(date(year, 9, 1))
        if where.first > date(year, 9, 1) or opens >= len(where.days) or y == 0:
            continue
        u = rng.random(len(people))
        lost = (people.grade[:, y] == 7) & (u < effects.after["junior_unseen"]) & (start > opens)
        start = np.where(lost, opens, start)
        leaving = np.where(lost, UNSEEN, leaving)
    return start, leaving


def _enters(people: Pupils, where: Span, effects: Effects, rng: np.random.Generator) -> Ints:
    """Position of the first day on the roll; later than 0 for pupils who move in from elsewhere."""
    enters = np.zeros(len(people), dtype=np.int64)
    for term in where.terms[1:]:
        y = where.years.index(term.school_year)
        chance = effects.after["transfer_in_a_year"] / 2
        moves = (rng.random(len(people)) < chance) & (people.grade[:, y] > 0) & (enters == 0)
        if term.number == 1:
            moves &= ~np.isin(people.grade[:, y], (1, 7))
        enters[moves] = where.index(term.first)
    return enters


def _exits(scene: Scene, enters: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Lawful exits: kind, and the first position off the roll."""
    people, where, effects = scene
    a, n, t = effects.after, len(people), len(where.days)
    opens = np.flatnonzero(np.r_[True, where.term[1:] != where.term[:-1]])
    kind, day = np.zeros(n, dtype=np.int64), np.full(n, t)
    years = t / 200
    at_term = rng.random(n) < 0.7
    anywhere = rng.integers(1, max(t, 2), n)
    choices = opens[opens > 0] if (opens > 0).any() else np.array([t])
    at = np.where(at_term, rng.choice(choices, n), anywhere)
    u = rng.random(n)
    edges = np.cumsum([a["transfer_out_a_year"], a["abroad_a_year"], a["deceased_a_year"]]) * years
    kind = np.select([u < edges[0], u < edges[1], u < edges[2]], [TRANSFER, ABROAD, DECEASED], NONE)
    unconfirmed = (kind == TRANSFER) & (rng.random(n) < a["transfer_unconfirmed"])
    kind = np.where(unconfirmed, TRANSFER_UNCONFIRMED, kind)
    day = np.where(kind > 0, at, t)
    # only who is on the roll that day can leave it
    year = np.searchsorted(where.years, where.year[np.minimum(day, t - 1)])
    before = np.searchsorted(where.years, where.year[np.clip(day - 1, 0, t - 1)])
    here = (people.grade[np.arange(n), year] > 0) & (people.grade[np.arange(n), before] > 0)
    here &= day > enters
    return np.where(here & (day < t), kind, NONE), np.where(here, day, t)


def _absences(
    start: Ints, leaving: Ints, where: Span, effects: Effects, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints, Bools]:
    """Away intervals, the position of the suspicion, and who leaves a second time."""
    n, t = len(start), len(where.days)
    suspected = np.minimum(start + rng.integers(5, 13, n), t)
    back = np.full(n, t)
    cleared = suspected + rng.integers(3, 21, n)
    back = np.where(leaving == CLEARED, cleared, back)
    comes = (leaving == CONFIRMED) & (rng.random(n) < effects.after["returns"])
    back = np.where(comes, suspected + rng.integers(20, 90, n), back)
    late = (leaving == UNSEEN) & (rng.random(n) < 0.5)
    back = np.minimum(np.where(late, start + rng.integers(6, 25, n), back), t)
    again = comes & (back < t) & (rng.random(n) < effects.after["leaves_again"])
    second = np.where(again, back + rng.integers(8, 60, n), t)
    from_ = np.stack([start, np.minimum(second, t)], axis=1)
    to = np.stack([back, np.full(n, t)], axis=1)
    return from_, to, suspected, again & (second < t)


def _drifts(
    start: Ints, hazard: Floats, where: Span, effects: Effects, *, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Growing absence before a slow leaving, and like spells of others that end well."""
    n, t = len(start), len(where.days)
    week = _first_passage(hazard * effects.leave["recovered"], rng)
    middle = _day_in_week(week, where, np.zeros(n, dtype=bool), rng)
    end = np.where(start < t, start, middle)
    days = rng.integers(12, 50, n)
    peak = np.where(start < t, rng.uniform(0.6, 1.1, n), rng.uniform(0.3, 0.9, n))
    return end, days, np.where(end < t, peak, 0.0)


def _pauses(
    where: Span, effects: Effects, *, taken: Bools, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """休学: first position of the pause and first position after it."""
    n, t = len(taken), len(where.days)
    pauses = (rng.random(n) < effects.after["suspended_a_year"] * t / 200) & ~taken
    start = np.where(pauses, rng.integers(1, max(t, 2), n), t)
    stop = np.minimum(start + rng.integers(25, 110, n), t)
    return start, stop


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def ramp(course: Course, who: Array, t: int) -> Floats:
    """Strength of the drift, ``who`` x days, 0 where there is none."""
    day = np.arange(t)[None, :]
    end, days = course.drift_end[who, None], course.drift_days[who, None]
    rising = 1 - (end - day) / days
    falling = 1 - (day - end) / 10
    shape = np.where(day < end, rising, falling)
    return np.asarray(np.clip(shape, 0, 1) * course.drift_peak[who, None])
