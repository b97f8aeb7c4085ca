"""Marks of absence and roll calls, day by day, as teachers really enter them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.synthetic.course import Course, ramp
from features.synthetic.draws import Array, Bools, Ints, frame, later, spread_spells
from features.synthetic.effects import Effects
from features.synthetic.pupils import Pupils, Scene
from features.synthetic.terms import Span

CODES = (
    "present", "late", "early_leave", "sick", "personal", "official", "excluded", "closed",
    "unexcused", "unexplained", "absent",
)  # fmt: skip
PRESENT, LATE, EARLY, SICK, PERSONAL, OFFICIAL = range(6)
EXCLUDED, CLOSED, UNEXCUSED, UNEXPLAINED, ABSENT = range(6, 11)
#: Winter and early spring bring more illness (assumption), January to December.
ILL_MONTH = (1.5, 1.3, 1.2, 1.0, 0.9, 0.8, 0.7, 0.7, 0.9, 1.0, 1.4, 1.7)


@dataclass(frozen=True)
class Days:
    """Pupils x school days: ``status`` (index into CODES), ``expected``, ``gone`` (a leaving)."""

    status: Array
    expected: Bools
    gone: Bools


def expected_days(people: Pupils, course: Course, where: Span) -> Bools:
    """Which pupils should be in school on which days: on the roll, not paused, grade 9 until 中考."""
    day = np.arange(len(where.days))[None, :]
    year = np.searchsorted(where.years, where.year)
    grade = people.grade[:, year]
    on = (grade > 0) & (day >= course.enters[:, None]) & (day < course.off_roll[:, None])
    on &= ~people.home_taught[:, None]
    on &= ~((day >= course.paused_from[:, None]) & (day < course.paused_to[:, None]))
    return np.asarray(on & ((grade < 9) | where.open_9))


def live(scene: Scene, course: Course, rng: np.random.Generator, *, shut: Bools) -> Days:
    """What really happened on every school day; ``shut`` (pupils x days): the school was closed."""
    people, where, effects = scene
    e = effects.attendance
    n, t = len(people), len(where.days)
    state = course.state.astype(np.float32)[:, where.week]
    drift = np.zeros((n, t), dtype=np.float32)
    who = np.flatnonzero(course.drift_peak > 0)
    drift[who] = ramp(course, who, t)
    weekday = (where.days.astype(np.int64) + 3) % 7
    edge = np.select([weekday == 0, weekday == 4], [e["monday"], e["friday"]], 1.0)
    status = np.zeros((n, t), dtype=np.int8)
    late = _starts(rng, np.exp(e["late_state"] * state + e["late_drift"] * drift) * e["late_a_day"])
    status[late] = LATE
    status[late & (rng.random((n, t), dtype=np.float32) < 0.3)] = EARLY
    status[_starts(rng, np.full((n, t), 0.0004))] = OFFICIAL
    status[_leave_days(state, drift, edge, e, rng)] = PERSONAL
    status[_sick_days(people, where, state, e, rng)] = SICK
    truant = e["truancy_a_day"] * np.exp(e["truancy_state"] * state + e["truancy_drift"] * drift)
    starts = _starts(rng, np.minimum(truant * edge, 0.6))
    status[spread_spells(starts, rng.geometric(0.55, (n, t)).clip(max=5))] = UNEXPLAINED
    _excluded(status, state, rng)
    _late_returns(status, people, where, e, rng)
    return _with_leavings(status, course, expected_days(people, course, where) & ~shut, rng)


def _starts(rng: np.random.Generator, chance: Array) -> Bools:
    return rng.random(chance.shape, dtype=np.float32) < chance


def _leave_days(
    state: Array, drift: Array, edge: Array, e: dict[str, float], rng: np.random.Generator
) -> Bools:
    chance = e["personal_a_day"] * np.exp(e["personal_state"] * state + e["personal_drift"] * drift)
    return spread_spells(_starts(rng, chance * edge), rng.geometric(0.7, state.shape).clip(max=4))


def _sick_days(
    people: Pupils, where: Span, state: Array, e: dict[str, float], rng: np.random.Generator
) -> Bools:
    """Illness: frail pupils, winter, and waves that pass through a school."""
    n, t = state.shape
    frail = rng.lognormal(-0.18, 0.6, n) * np.where(
        rng.random(n) < e["chronic_share"], e["chronic_times"], 1.0
    )
    season = np.asarray(ILL_MONTH)[where.month()]
    waves = np.ones((len(people.school_codes), t))
    for wave in waves:
        for centre in rng.integers(0, t, rng.poisson(t / 90)):
            wave += rng.uniform(2, 6) * np.exp(-0.5 * ((np.arange(t) - centre) / 3.5) ** 2)
    last = people.school[:, -1]
    chance = e["sick_a_day"] * np.exp(e["sick_state"] * state) * frail[:, None] * season
    starts = _starts(rng, np.minimum(chance * waves[last], 0.5))
    return spread_spells(starts, rng.geometric(0.5, (n, t)).clip(max=5))


def _excluded(status: Array, state: Array, rng: np.random.Generator) -> None:
    """停课 of single pupils: rare, mostly days, sometimes beyond a week."""
    starts = _starts(rng, 0.00002 * np.exp(0.8 * state))
    status[spread_spells(starts, rng.geometric(0.3, state.shape).clip(max=9))] = EXCLUDED


def _late_returns(
    status: Array, people: Pupils, where: Span, e: dict[str, float], rng: np.random.Generator
) -> None:
    """After a long break some come back days later, more where both parents work away."""
    gap = np.diff(where.days.astype(np.int64), prepend=where.days[0].astype(np.int64) - 30)
    for first in np.flatnonzero(gap >= 7):
        month = int(where.month()[first]) + 1
        size = {2: 1.0, 3: 1.0, 9: 0.5}.get(month, 0.4)
        chance = (
            e["late_return_share"]
            * size
            * np.where(people.left_kind == 2, e["late_return_left_behind"], 1.0)
        )
        who = np.flatnonzero(rng.random(len(people)) < chance)
        days = rng.geometric(0.3, len(who)).clip(max=14)
        kind = np.where(rng.random(len(who)) < 0.5, PERSONAL, UNEXPLAINED)
        for k in range(int(days.max(initial=0))):
            if first + k < status.shape[1]:
                on = days > k
                status[who[on], first + k] = kind[on]


def _with_leavings(
    status: Array, course: Course, expected: Bools, rng: np.random.Generator
) -> Days:
    n, t = status.shape
    gone = np.zeros((n, t), dtype=bool)
    who = np.flatnonzero(course.away_from[:, 0] < t)
    day = np.arange(t)[None, :]
    for k in range(2):
        start, stop = course.away_from[who, k, None], course.away_to[who, k, None]
        gone[who] |= (day >= start) & (day < stop)
    status[gone] = UNEXPLAINED
    # some families ask for leave first
    asks = who[rng.random(len(who)) < 0.15]
    for pupil in asks:
        first = course.away_from[pupil, 0]
        status[pupil, first : min(first + rng.integers(1, 6), course.away_to[pupil, 0])] = PERSONAL
    status[~expected] = PRESENT
    return Days(status, expected, gone & expected)


def silent(people: Pupils, where: Span, effects: Effects, rng: np.random.Generator) -> Bools:
    """Classes x days on which no roll was called; rows are pupils, equal within a class and year."""
    e, t = effects.attendance, len(where.days)
    out = np.zeros((len(people), t), dtype=bool)
    for y, year in enumerate(where.years):
        here = np.flatnonzero(where.year == year)
        keys, inverse = np.unique(people.class_key(y), return_inverse=True)
        quiet = rng.random((len(keys), len(here))) < e["missed_roll_call"]
        stretch = rng.random(len(keys)) < e["silent_class_share"]
        start = rng.integers(0, max(len(here), 1), len(keys))
        length = rng.integers(3, 16, len(keys))
        day = np.arange(len(here))[None, :]
        quiet |= stretch[:, None] & (day >= start[:, None]) & (day < (start + length)[:, None])
        out[:, here] = quiet[inverse]
    return out


def run_before(status: Array, known: Bools, expected: Bools) -> Array:
    """Length of the unexplained run that ends just before each day, as the records show it."""
    n, t = status.shape
    run = np.zeros(n, dtype=np.int16)
    out = np.zeros((n, t), dtype=np.int16)
    for d in range(t):
        out[:, d] = run
        bad = (status[:, d] == UNEXPLAINED) | (status[:, d] == UNEXCUSED)
        seen = known[:, d] & expected[:, d]
        run = np.where(seen & bad, run + 1, np.where(seen, 0, run))
    return out


def known_days(
    days: Days, quiet: Bools, where: Span, effects: Effects, rng: np.random.Generator
) -> Bools:
    """Pupils x days on which something is on record: a roll was called and the pupil still marked."""
    n, t = days.status.shape
    fresh = np.r_[True, where.year[1:] != where.year[:-1]]
    since = np.where(days.gone, 1, 0).astype(np.int16)
    for d in range(1, t):
        # a new school year brings a new teacher, who marks the child again for a while
        before = since[:, d - 1] * (not fresh[d])
        since[:, d] = np.where(days.gone[:, d], before + 1, 0)
    stop_after = np.add(3, rng.geometric(1 / effects.attendance["stop_after_days"], n))
    for_good = rng.random(n) < 0.1
    stopped = (since > stop_after[:, None]) & ~np.asarray(for_good)[:, None]
    return np.asarray(days.expected & ~quiet & ~stopped)


def marks(
    days: Days, quiet: Bools, where: Span, effects: Effects, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """What was entered: pupil, day, status code. Includes the explicit 出勤 after a long absence."""
    known = known_days(days, quiet, where, effects, rng)
    run = run_before(days.status, known, days.expected)
    explicit = known & (days.status == PRESENT) & (run >= 3)
    pupil, day = np.nonzero((known & (days.status > PRESENT)) | explicit)
    return pupil, day, days.status[pupil, day].astype(np.int64)


def attendance_rows(
    scene: Scene, entered: tuple[Ints, Ints, Ints], rng: np.random.Generator
) -> pl.DataFrame:
    """The ``attendance`` table: sessions, days of entry, late entries, corrections, retractions."""
    people, where, effects = scene
    e = effects.attendance
    pupil, day, status = entered
    half = half_day_schools(people, effects)
    year = np.searchsorted(where.years, where.year[day])
    in_half = half[people.school[pupil, year]]
    school_word = rng.random(len(people.school_codes)) < 0.35
    status = np.where(
        (status == UNEXPLAINED) & school_word[people.school[pupil, year]]
        & (rng.random(len(status)) < 0.4), UNEXCUSED, status,
    )  # fmt: skip
    vague = np.isin(status, (SICK, PERSONAL)) & (rng.random(len(status)) < 0.03)
    status = np.where(vague, ABSENT, status)
    known = where.days[day] + _entry_lag(rng, len(day), e["late_entry"])
    part = rng.random(len(day))
    whole = (part < 0.7) | (status == PRESENT)
    sessions = (
        (~in_half, "day"),
        (in_half & (whole | (part < 0.85)), "am"),
        (in_half & (whole | (part >= 0.85)), "pm"),
    )
    frames = [
        frame(
            {
                "student_id": people.ids[pupil[which]],
                "date": where.days[day[which]],
                "session": np.full(int(which.sum()), name, dtype=object),
                "status": np.asarray(CODES, dtype=object)[status[which]],
                "known_on": known[which],
                "void": np.zeros(int(which.sum()), dtype=np.int8),
            }
        )
        for which, name in sessions
    ]
    rows = pl.concat(frames)
    return pl.concat([rows, _corrections(rows, e, rng)]).filter(pl.col("known_on") <= where.last)


def _entry_lag(rng: np.random.Generator, size: int, late: float) -> Ints:
    u = rng.random(size)
    lag = np.select([u < 0.86, u < 0.96, u < 1 - late], [0, 1, rng.integers(2, 8, size)], 0)
    return np.where(u >= 1 - late, rng.integers(10, 41, size), lag)


def _corrections(rows: pl.DataFrame, e: dict[str, float], rng: np.random.Generator) -> pl.DataFrame:
    """Later rows with the same key: leave shown afterwards, and a few marks taken back."""
    u = pl.Series(rng.random(len(rows)))
    lag = rng.integers(1, 12, len(rows))
    kind = pl.Series(rng.choice(["sick", "personal", "unexcused"], len(rows), p=[0.35, 0.45, 0.2]))
    then = later("known_on", lag)
    unexplained = rows.with_columns(known_on=then, new=kind).filter(
        (u < e["corrected"]) & (pl.col("status") == "unexplained")
    )
    back = rows.with_columns(known_on=then).filter(
        (u > 1 - e["taken_back"]) & (pl.col("status") != "present")
    )
    return pl.concat(
        [
            unexplained.with_columns(status="new").drop("new"),
            back.with_columns(void=pl.lit(1, pl.Int8)),
        ]
    )


def half_day_schools(people: Pupils, effects: Effects) -> Bools:
    """Which schools call the roll in the morning and the afternoon (by their code, so always the same)."""
    share = effects.attendance["half_day_school_share"]
    number = np.array([int(code[4:]) for code in people.school_codes])
    return np.asarray((number * 37 % 100) < 100 * share)


def roll_calls(scene: Scene, lived: Days, quiet: Bools, rng: np.random.Generator) -> pl.DataFrame:
    """The ``roll_calls`` table: expected and present by class, day and session."""
    where = scene.where
    rows = pl.concat(
        [_year_roll_calls(scene, lived, y, quiet=quiet) for y in range(len(where.years))]
    )
    lag = np.where(rng.random(len(rows)) < 0.95, 0, rng.integers(1, 4, len(rows)))
    return rows.with_columns(known_on=later("date", lag)).filter(pl.col("known_on") <= where.last)


def _year_roll_calls(scene: Scene, lived: Days, year: int, *, quiet: Bools) -> pl.DataFrame:
    people, where, effects = scene
    here = np.flatnonzero(where.year == where.years[year])
    who = np.flatnonzero(people.grade[:, year] > 0)
    keys, first, group = np.unique(
        people.class_key(year)[who], return_index=True, return_inverse=True
    )
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(len(keys)))
    expected = lived.expected[np.ix_(who[order], here)]
    away = lived.status[np.ix_(who[order], here)] >= SICK
    count = np.add.reduceat(expected.astype(np.int32), edges, axis=0)
    absent = np.add.reduceat((expected & away).astype(np.int32), edges, axis=0)
    # nobody there: the class was closed, no roll was called
    called = (absent < count) & ~quiet[np.ix_(who[first], here)]
    k, d = np.nonzero(called)
    pupil = who[first[k]]
    base = frame(
        {
            "school_id": people.school_codes[people.school[pupil, year]],
            "class_id": people.class_codes(year)[pupil],
            "date": where.days[here[d]],
            "expected": count[k, d],
            "present": (count - absent)[k, d],
        }
    )
    half = pl.Series(half_day_schools(people, effects)[people.school[pupil, year]])
    sessions = (
        base.filter(~half).with_columns(session=pl.lit("day")),
        base.filter(half).with_columns(session=pl.lit("am")),
        base.filter(half).with_columns(session=pl.lit("pm")),
    )
    return pl.concat(sessions)
