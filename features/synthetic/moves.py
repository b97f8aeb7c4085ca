"""The roll: classes, enrolments, changes of status, arrival at term start."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from features.synthetic import course as c
from features.synthetic.course import Course
from features.synthetic.draws import Array, Bools, Ints, frame, later, pick, words
from features.synthetic.names import TEACHERS, adult_names
from features.synthetic.pupils import Pupils, Scene
from features.synthetic.terms import Span, Term

_STATUS = (
    "student_id", "happened_on", "kind", "to_place", "to_school_id", "receiver_confirmed_on",
    "approved_by", "until_on", "confirmed_by_role", "known_on",
)  # fmt: skip
_ELSEWHERE = ("广东省", "浙江省", "江苏省", "福建省", "上海市", "省内他县", "省会")
Days = npt.NDArray[np.datetime64]


def classes(people: Pupils, where: Span, rng: np.random.Generator) -> pl.DataFrame:
    """The ``classes`` table: every class of every covered school year."""
    frames = []
    for y, year in enumerate(where.years):
        who = np.flatnonzero(people.grade[:, y] > 0)
        _, first = np.unique(people.class_key(y)[who], return_index=True)
        first = who[first]
        grade, number = people.grade[first, y], people.class_no[first, y]
        teachers = adult_names(rng, pick(rng, tuple(TEACHERS), len(first)))
        frames.append(
            frame({
                    "school_id": people.school_codes[people.school[first, y]],
                    "class_id": people.class_codes(y)[first],
                    "school_year": np.full(len(first), str(year), dtype=object),
                    "grade": grade.astype(str).astype(object),
                    "name": np.array(
                        [f"{'一二三四五六七八九'[g - 1]}年级{k}班" for g, k in zip(grade, number, strict=True)],
                        dtype=object,
                    ),
                    "head_teacher": teachers,
                }
            )
        )  # fmt: skip
    return pl.concat(frames)


def on_roll(people: Pupils, course: Course, where: Span) -> Bools:
    """Pupils x school years: who has an enrolment row that year.

    A pupil who has left without a lawful way off keeps the place on the roll, except where junior
    school never saw them.
    """
    out = people.grade > 0
    for y, year in enumerate(where.years):
        opens, closes = where.index(date(year, 9, 1)), where.index(date(year + 1, 8, 1))
        out[:, y] &= course.enters < max(closes, 1)
        out[:, y] &= (course.off_roll > opens) | (course.off_roll >= len(where.days))
        gone = (course.away_from[:, 0] <= opens) & (course.away_to[:, 0] >= closes) & (opens > 0)
        out[:, y] &= ~(gone & (people.grade[:, y] == 7))
    return out


def enrolments(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``enrolments`` table: one row each school year; ends of transfers are learned later."""
    frames, here = [], on_roll(people, course, where)
    for y, year in enumerate(where.years):
        who = np.flatnonzero(here[:, y])
        first, last = date(year, 9, 1), date(year + 1, 8, 31)
        opens = where.index(first)
        start = np.full(len(who), np.datetime64(first))
        enters = course.enters[who]
        moved_in = (enters > opens) & (enters > 0)
        start[moved_in] = where.days[enters[moved_in]]
        late = (course.leaving[who] == c.UNSEEN) & (course.away_from[who, 0] == opens)
        late &= course.away_to[who, 0] < len(where.days)
        start[late] = where.days[course.away_to[who[late], 0]]
        grade = people.grade[who, y]
        done = np.where(grade == 9, np.datetime64(date(year + 1, 6, 30)), np.datetime64(last))
        learned = done.copy()
        off = course.off_roll[who]
        exits = (off < where.index(date(year + 1, 8, 1))) & (off < len(where.days)) & (off > opens)
        done[exits] = where.days[off[exits]]
        learned[exits] = done[exits] + rng.integers(0, 16, int(exits.sum()))
        lag = np.where(rng.random(len(who)) < 0.93, 0, rng.integers(1, 12, len(who)))
        frames.append(
            frame(
                {
                    "student_id": people.ids[who],
                    "school_id": people.school_codes[people.school[who, y]],
                    "start_on": start,
                    "grade": grade.astype(str).astype(object),
                    "class_id": people.class_codes(y)[who],
                    "end_on": done,
                    "end_known_on": learned,
                    "boarding": np.where(people.boarder[who], "2", "1").astype(object),
                    "known_on": start + lag,
                }
            )
        )
    return hide_later(pl.concat(frames), where.last, ("end_on", "end_known_on"))


def hide_later(rows: pl.DataFrame, last: date, ends: tuple[str, str]) -> pl.DataFrame:
    """Rows known by ``last``; ends that are learned later are empty."""
    end, learned = ends
    unknown = pl.col(learned) > last
    return rows.filter(pl.col("known_on") <= last).with_columns(
        pl.when(unknown).then(None).otherwise(pl.col(end)).alias(end),
        pl.when(unknown).then(None).otherwise(pl.col(learned)).alias(learned),
    )


def status_changes(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``status_changes`` table."""
    parts = [
        *_leavings(people, course, where, rng),
        *_exits(people, course, where, rng),
        *_pauses(people, course, where, rng),
        *_passages(people, course, where, rng),
        *_earlier(people, where, rng),
    ]
    rows = pl.concat(parts, how="diagonal_relaxed")
    missing = [pl.lit(None).alias(name) for name in _STATUS if name not in rows.columns]
    rows = rows.with_columns(missing).select(_STATUS)
    first = pl.col("known_on") == pl.col("known_on").min().over("student_id", "happened_on", "kind")
    return rows.filter(pl.col("known_on") <= where.last).filter(
        first | pl.col("receiver_confirmed_on").is_not_null()
    )


def _rows(people: Pupils, who: Array, kind: str, on: Days, lag: Ints) -> pl.DataFrame:
    return frame(
        {
            "student_id": people.ids[who],
            "happened_on": on.astype("datetime64[D]"),
            "kind": np.full(len(who), kind, dtype=object),
            "known_on": (on + lag).astype("datetime64[D]"),
        }
    )


def _by(rows: pl.DataFrame, role: str) -> pl.DataFrame:
    return rows.with_columns(confirmed_by_role=pl.lit(role))


def _leavings(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> list[pl.DataFrame]:
    t = len(where.days)
    out = []
    seen = np.isin(course.leaving, (c.CONFIRMED, c.CLEARED)) & (course.suspected_on < t)
    who = np.flatnonzero(seen)
    out.append(_by(_rows(people, who, "suspected_dropout", where.days[course.suspected_on[who]],
                         rng.integers(0, 6, len(who))), "班主任"))  # fmt: skip
    sure = who[course.leaving[who] == c.CONFIRMED]
    on = _free_of_weekends(where.days[course.suspected_on[sure]] + rng.integers(14, 41, len(sure)))
    back = course.away_to[sure, 0]
    in_time = (back >= t) | (on < where.days[np.minimum(back, t - 1)])
    out.append(_by(_rows(people, sure[in_time], "dropped_out", on[in_time],
                         rng.integers(0, 8, int(in_time.sum()))), "校长"))  # fmt: skip
    for leaving, kind in ((c.CONFIRMED, "returned"), (c.CLEARED, "suspicion_cleared")):
        came = np.flatnonzero((course.leaving == leaving) & (course.away_to[:, 0] < t))
        out.append(_by(_rows(people, came, kind, where.days[course.away_to[came, 0]],
                             rng.integers(0, 5, len(came))), "班主任"))  # fmt: skip
    twice = np.flatnonzero(course.again)
    on = where.days[np.minimum(course.away_from[twice, 1] + rng.integers(4, 10, len(twice)), t - 1)]
    out.append(
        _by(_rows(people, twice, "suspected_dropout", on, rng.integers(0, 4, len(twice))), "班主任")
    )
    hidden = (
        (c.HIDDEN_TRANSFER, "transfer_out"), (c.OTHER_LEAVE, "other_leave"), (c.MISSING, "missing")
    )  # fmt: skip
    for leaving, kind in hidden:
        who = np.flatnonzero(course.leaving == leaving)
        on = where.days[np.minimum(course.away_from[who, 0] + rng.integers(4, 16, len(who)), t - 1)]
        rows = _rows(people, who, kind, on, rng.integers(0, 8, len(who)))
        out.append(rows.with_columns(to_place=words(pick(rng, _ELSEWHERE, len(who)))))
    return out


def _free_of_weekends(on: Days) -> Days:
    weekday = (on.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return np.asarray(on + np.where(weekday > 4, 7 - weekday, 0))


def _exits(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> list[pl.DataFrame]:
    t, out = len(where.days), []
    kinds = (
        (c.TRANSFER, "transfer_out"), (c.TRANSFER_UNCONFIRMED, "transfer_out"),
        (c.ABROAD, "abroad"), (c.DECEASED, "deceased"),
    )  # fmt: skip
    for exit_kind, kind in kinds:
        who = np.flatnonzero((course.exit_kind == exit_kind) & (course.off_roll < t))
        rows = _rows(
            people, who, kind, where.days[course.off_roll[who]], rng.integers(0, 5, len(who))
        )
        if kind != "deceased":
            rows = rows.with_columns(to_place=words(pick(rng, _ELSEWHERE, len(who))))
        out.append(rows)
        if exit_kind == c.TRANSFER:
            out.append(_confirmed(rows, rng))
    moved = np.flatnonzero((course.enters > 0) & (course.enters < t))
    out.append(
        _rows(
            people,
            moved,
            "transfer_in",
            where.days[course.enters[moved]],
            rng.integers(0, 6, len(moved)),
        )
    )
    return out


def _confirmed(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The same transfers once the receiving school has answered: same key, known later."""
    days = rng.integers(2, 21, len(rows))
    known = days + rng.integers(6, 10, len(rows))
    return rows.with_columns(
        receiver_confirmed_on=later("happened_on", days),
        known_on=later("happened_on", known),
    )


def _pauses(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> list[pl.DataFrame]:
    t = len(where.days)
    who = np.flatnonzero(course.paused_from < t)
    start = where.days[course.paused_from[who]]
    until = start + (course.paused_to[who] - course.paused_from[who]) * 7 // 5
    approved = rng.random(len(who)) < 0.9
    rows = _rows(people, who, "suspended", start, rng.integers(0, 8, len(who))).with_columns(
        until_on=pl.Series(until.astype("datetime64[D]")),
        approved_by=pl.when(pl.Series(approved)).then(pl.lit("县教育局")),
    )
    rows = rows.with_columns(
        pl.when(pl.Series(rng.random(len(who)) < 0.9)).then("until_on").alias("until_on")
    )
    back = who[(course.paused_to[who] < t) & (course.away_from[who, 0] != course.paused_to[who])]
    resumed = _rows(
        people, back, "resumed", where.days[course.paused_to[back]], rng.integers(0, 4, len(back))
    )
    return [rows, resumed]


def _passages(
    people: Pupils, course: Course, where: Span, rng: np.random.Generator
) -> list[pl.DataFrame]:
    """Primary schools' leavers, junior schools' graduates, and moves between the county's own schools."""
    out, here = [], on_roll(people, course, where)
    for y, year in enumerate(where.years):
        day = date(year + 1, 6, 30)
        if not where.first <= day <= where.last:
            continue
        closes = np.full(len(people), where.index(day) - 1)
        stays = here[:, y] & ~course.away(closes) & (course.off_roll > closes)
        for grade, kind in ((6, "primary_completed"), (9, "graduated")):
            who = np.flatnonzero(stays & (people.grade[:, y] == grade))
            out.append(_rows(people, who, kind, np.full(len(who), np.datetime64(day)),
                             rng.integers(1, 11, len(who))))  # fmt: skip
        if y + 1 < len(where.years):
            out += _summer_moves(people, where, y, stays & here[:, y + 1], rng)
    return out


def _summer_moves(
    people: Pupils, where: Span, y: int, stays: Bools, rng: np.random.Generator
) -> list[pl.DataFrame]:
    moved = stays & (people.school[:, y] != people.school[:, y + 1]) & (people.grade[:, y] != 6)
    who = np.flatnonzero(moved)
    on = np.full(len(who), np.datetime64(date(where.years[y] + 1, 8, 20))) + rng.integers(
        0, 10, len(who)
    )
    out = _rows(people, who, "transfer_out", on, rng.integers(0, 4, len(who))).with_columns(
        to_school_id=words(people.school_codes[people.school[who, y + 1]])
    )
    confirmed = _confirmed(out, rng)
    came = _rows(people, who, "transfer_in", on + 1, rng.integers(4, 12, len(who)))
    return [out, confirmed, came]


def _earlier(people: Pupils, where: Span, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Pupils who left and came back before the records begin."""
    who = np.flatnonzero(people.earlier_return)
    left = np.datetime64(where.first) - rng.integers(150, 400, len(who))
    back = left + rng.integers(20, 110, len(who))
    lag = rng.integers(0, 8, len(who))
    return [
        _by(_rows(people, who, "dropped_out", left, lag), "校长"),
        _by(_rows(people, who, "returned", back, lag), "班主任"),
    ]


def term_registration(
    scene: Scene, course: Course, status: Array, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``term_registration`` table: who had arrived by the second day, and who came later.

    ``status``: the lived days (pupils x days, 0 present); a late arrival is a later-known correction.
    """
    people, where, _ = scene
    frames = []
    here = on_roll(people, course, where)
    for term in where.terms:
        opens = where.index(term.first)
        if term.first < where.first or opens >= len(where.days):
            continue
        y = where.years.index(term.school_year)
        stop = where.index(min(term.last, where.last) + timedelta(days=1))
        unseen = (people.grade[:, y] == 7) & (course.away_from[:, 0] == opens)
        due = (here[:, y] | unseen) & (course.off_roll > opens) & (course.enters <= opens)
        due &= ~((course.paused_from <= opens) & (course.paused_to > opens))
        frames += _term_rows(scene, np.flatnonzero(due), (term, opens, stop), status, rng)
    rows = pl.concat(frames) if frames else _no_registration()
    return rows.filter(pl.col("known_on") <= where.last)


def _term_rows(
    scene: Scene, who: Array, at: tuple[Term, int, int], status: Array, rng: np.random.Generator
) -> list[pl.DataFrame]:
    people, where, _ = scene
    term, opens, stop = at
    y = where.years.index(term.school_year)
    out = status[who, opens:stop] >= 3
    came = np.where(out.all(axis=1), stop - opens, (~out).argmax(axis=1))
    leave = status[who, opens] == 4
    absent = came >= min(2, stop - opens)
    first = np.where(absent, "not_arrived", "arrived").astype(object)
    first[absent & leave] = "on_leave"
    on = where.days[np.minimum(opens + np.where(absent, 1, came), len(where.days) - 1)]
    came_late = absent & (came < stop - opens)
    base = frame(
        {
            "student_id": people.ids[who],
            "term": np.full(len(who), term.code, dtype=object),
            "status": first,
            "happened_on": on,
            "expected_school_id": people.school_codes[people.school[who, y]],
            "known_on": on + np.where(rng.random(len(who)) < 0.95, 0, 1),
        }
    )
    arrived = where.days[np.minimum(opens + came[came_late], len(where.days) - 1)]
    correction = base.filter(pl.Series(came_late)).with_columns(
        status=pl.lit("arrived"), happened_on=pl.Series(arrived), known_on=pl.Series(arrived + 1)
    )
    return [base, correction]


def _no_registration() -> pl.DataFrame:
    text = dict.fromkeys(("student_id", "term", "status", "expected_school_id"), pl.String())
    return pl.DataFrame(schema={**text, "happened_on": pl.Date(), "known_on": pl.Date()}).select(
        "student_id", "term", "status", "happened_on", "expected_school_id", "known_on"
    )
