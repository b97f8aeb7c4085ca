"""From stays, calendars, roll calls and marks to the sort of every pupil's every school day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.engines import places_in
from features.prepare import days, marks
from features.prepare.day import Day, Frame
from features.prepare.grid.grid import Beside, Grid, Kinds
from features.prepare.grid.marked import Marked, marked, said_of

Flags = NDArray[np.bool_]
Whole = NDArray[np.int32]
Codes = NDArray[np.uint16]
Places = NDArray[np.intp]
#: Later than every day: where there is nobody, no day is looked at.
NEVER = np.int32(2**31 - 1)
#: Presumed of a day: none, half or whole of it; times two for the days after a break.
SORTS = 6


@dataclass(frozen=True)
class _Stays:
    """Stretches in the order in which they begin: whose, until when, by which calendar, in which class."""

    pupil: Places
    first: Whole
    last: Whole
    calendar: Places
    room: Places

    def of(self, who: Places, count: int) -> _Stays:
        """Those of some of the ``count`` pupils, numbered as they stand in ``who``."""
        place = np.full(count, -1, np.intp)
        place[who] = np.arange(len(who))
        own = place[self.pupil]
        kept = own >= 0
        return _Stays(
            own[kept], self.first[kept], self.last[kept], self.calendar[kept], self.room[kept]
        )


@dataclass(frozen=True)
class _School:
    """Who and when: ``dates`` ascending; ``open`` and ``back`` by date and calendar; ``taken`` halves by
    date and class (nothing where every mark is sent); ``near_from`` a pupil's first day looked at."""

    students: pl.Series
    dates: Whole
    open: Flags
    back: Flags
    taken: NDArray[np.uint8] | None
    near_from: Whole
    stays: _Stays

    def walk(self, first: int = 0) -> Iterator[tuple[Flags, Flags, Places]]:
        """For every date from ``first`` on, in turn: see ``_walk``."""
        return _walk(self, self.stays, len(self.students), first)

    def walk_of(self, who: Places) -> Iterator[tuple[Flags, Flags, Places]]:
        """The same for some pupils and all dates."""
        return _walk(self, self.stays.of(who, len(self.students)), len(who), 0)


def lay(day: Day) -> Grid:
    """The days of everyone on the roll as a grid; the same rows as ``days.prepare``."""
    school = _school(day)
    told, beside = _marks(day, school)
    near = school.dates >= school.near_from.min(initial=NEVER)
    first = int(np.argmax(near)) if len(near) else 0
    dates = school.dates[first:]
    sorts = np.zeros((len(dates), len(school.students)), np.uint16)
    missing = _Missing(school, told, first)
    # of days that were closed there is no row
    sort_of = np.arange(len(told.sums["marked"]), dtype=np.uint16) * np.uint16(SORTS) + np.uint16(1)
    sort_of[told.sums["m_closed"] >= days.WHOLE] = 0
    often = np.zeros(SORTS * (len(sort_of) + 1), np.int64)
    for at, (there, back, room) in enumerate(school.walk(first)):
        # widened once: NumPy would do so at every look into a table
        code = told.codes[first + at].astype(np.intp)
        sort = sort_of.take(code)
        there &= (sort > 0) & (school.near_from <= dates[at])
        sort += np.uint16(2) * missing.presumed(at, code, room)
        sort += back
        sort *= there
        often += np.bincount(sort, minlength=len(often))
        sorts[at] = sort
    kinds, weights = _kinds(day, told, dates, sorts, often)
    return Grid(school.students, dates, kinds, told.said[first:], beside, weights)


class _Missing:
    """Halves of a day without a mark that are presumed attended: none where every mark is sent."""

    def __init__(self, school: _School, told: Marked, first: int) -> None:
        """From the date ``first`` on; who had gone by then is learned from all dates."""
        self._taken = school.taken[first:] if school.taken is not None else None
        self._marked = told.sums["marked"].astype(np.uint8)
        self._gone = _gone(school, told)[first:] if school.taken is not None else []

    def presumed(self, at: int, code: Places, room: Places) -> NDArray[np.uint16] | np.uint16:
        """By pupil of the class ``room`` on the date ``at``: taken, not marked, and the pupil had not gone."""
        if self._taken is None:
            return np.uint16(0)
        taken, marked = self._taken[at].take(room), self._marked.take(code)
        missing: Codes = (taken - np.minimum(taken, marked)).astype(np.uint16)
        missing[self._gone[at]] = 0
        return missing


def _gone(school: _School, told: Marked) -> list[Places]:
    """By date, who had gone: only of those with as many unexplained marks as that takes is it asked."""
    assert school.taken is not None
    who = np.flatnonzero(told.unexplained >= days.GONE_AFTER)
    state, found = _Gone(len(who), told.sums), []
    for at, (there, _, room) in enumerate(school.walk_of(who)):
        gone = state.after(told.codes[at].take(who), there, school.taken[at].take(room))
        found.append(who[gone])
    return found


class _Gone:
    """With exceptions only: who has gone, after three whole unexplained days and until an explicit 出勤."""

    def __init__(self, pupils: int, sums: dict[str, NDArray[np.int64]]) -> None:
        heard = sums["marked"] - sums["m_closed"]
        self._marked = sums["marked"].astype(np.uint8)
        self._heard = heard > 0
        self._lone = (sums["m_unexplained"] > 0) & (sums["m_unexplained"] == heard)
        self._returns = sums["m_back"] > 0
        self._gone = np.zeros(pupils, np.bool_)
        # unexplained on the last day heard of, on the one before it ...
        self._before = [np.zeros(pupils, np.bool_) for _ in range(1, days.GONE_AFTER)]

    def after(self, code: Codes, there: Flags, taken: NDArray[np.uint8]) -> Flags:
        """Who has gone after the next date, on which ``taken`` halves were taken."""
        missing = there & (taken > self._marked.take(code))
        heard = there & (self._heard.take(code) | missing)
        lone = self._lone.take(code) & ~missing
        run = heard & lone
        for flags in self._before:
            run &= flags
        self._gone |= run
        self._gone &= ~(heard & self._returns.take(code))
        for n in range(len(self._before) - 1, 0, -1):
            self._before[n] = np.where(heard, self._before[n - 1], self._before[n])
        self._before[0] = np.where(heard, lone, self._before[0])
        return self._gone


def _walk(
    school: _School, stays: _Stays, count: int, first: int
) -> Iterator[tuple[Flags, Flags, Places]]:
    """For every date from ``first`` on in turn, of ``count`` pupils: who has school, for whom it follows a
    break, and everyone's class."""
    until = np.full(count, -1, np.int32)
    calendar, room = np.zeros(count, np.intp), np.zeros(count, np.intp)
    begun = 0
    for at in range(first, len(school.dates)):
        date_no = school.dates[at]
        end = int(np.searchsorted(stays.first, date_no, side="right"))
        fresh, begun = slice(begun, end), end
        who = stays.pupil[fresh]
        # in the order in which they begin: of two stretches begun since, the later stays written
        until[who], calendar[who] = stays.last[fresh], stays.calendar[fresh]
        room[who] = stays.room[fresh]
        there = (until >= date_no) & school.open[at].take(calendar)
        yield there, there & school.back[at].take(calendar), room


# --- reading ----------------------------------------------------------------------------------


def _collected(frame: Frame) -> pl.DataFrame:
    native: pl.LazyFrame = frame.to_native()
    return native.collect()


def _school(day: Day) -> _School:
    roll = _collected(day.roll.select("student_id", "term_start_no")).sort("student_id")
    stays = _collected(day.memberships).join(roll.select("student_id"), on="student_id", how="semi")
    times = _collected(day.school_days.select("calendar_id", "date_no", "back"))
    if not day.whole:
        after = day.number - days.BACK_STAYS
        stays = stays.filter(pl.col("to_no") > after)
        times = times.filter(pl.col("date_no") > after)
    numbered = roll.select("student_id").with_row_index("pupil")
    calendars = stays.select("calendar_id").unique().drop_nulls().sort("calendar_id")
    calendars = calendars.with_row_index("calendar")
    rooms = stays.select("class_ref").unique().sort("class_ref").with_row_index("room")
    stays = (
        stays.join(numbered, on="student_id")
        .join(calendars, on="calendar_id")
        .join(rooms, on="class_ref", nulls_equal=True)
        .sort("from_no", "pupil")
    )
    times = times.join(calendars, on="calendar_id")
    dates = times["date_no"].unique().sort().cast(pl.Int32)
    near = pl.min_horizontal(pl.col("term_start_no"), pl.lit(day.number - days.BACK_DAYS + 1))
    if day.whole:
        near = pl.lit(0)
    return _School(
        roll["student_id"],
        dates.to_numpy(),
        *_opened(times, dates, max(len(calendars), 1)),
        _taken(day, dates, rooms),
        roll.select(near.cast(pl.Int32).alias("near"))["near"].to_numpy(),
        _Stays(*(stays[name].cast(kind).to_numpy() for name, kind in _STAYS_OF.items())),
    )


#: What stretches are made of; numbers that are looked up are as wide as NumPy's own.
_STAYS_OF = {
    "pupil": pl.Int64, "from_no": pl.Int32, "to_no": pl.Int32, "calendar": pl.Int64, "room": pl.Int64,
}  # fmt: skip


def _opened(times: pl.DataFrame, dates: pl.Series, calendars: int) -> tuple[Flags, Flags]:
    at = dates.search_sorted(times["date_no"].cast(pl.Int32)).to_numpy()
    calendar = times["calendar"].to_numpy()
    opened = np.zeros((len(dates), calendars), np.bool_)
    back = np.zeros_like(opened)
    opened[at, calendar] = True
    back[at, calendar] = times["back"].to_numpy() == 1
    return opened, back


def _taken(day: Day, dates: pl.Series, rooms: pl.DataFrame) -> NDArray[np.uint8] | None:
    """Halves of a day taken, dates x classes; None where every mark is sent."""
    if day.batch.attendance_mode == "full":
        return None
    calls = nw.to_native(
        day.cut("roll_calls").select("class_ref", "date_no", halves=marks.halves())
    )
    told = calls.join(rooms.lazy(), on="class_ref").collect()
    told = told.filter(pl.col("date_no").is_in(dates.implode()))
    at = dates.search_sorted(told["date_no"].cast(pl.Int32)).to_numpy()
    count = max(len(rooms), 1)
    halves = np.bincount(at * count + told["room"].to_numpy(), told["halves"], len(dates) * count)
    return np.minimum(halves, days.WHOLE).astype(np.uint8).reshape(len(dates), count)


def _marks(day: Day, school: _School) -> tuple[Marked, Beside]:
    """The marks of school days as a matrix; beside it those of other days."""
    rows = _collected(day.cut("attendance").select("student_id", "date_no", "mark"))
    pupil, on_no = places_in(school.students, rows["student_id"]), rows["date_no"].to_numpy()
    known = pupil >= 0
    if not known.all():
        pupil, on_no, rows = pupil[known], on_no[known], rows.filter(pl.Series(known))
    at, code = _at(school.dates, on_no), rows["mark"].to_numpy().astype(np.uint16) + np.uint16(1)
    inside = at >= 0
    beside = Beside(pupil[~inside], on_no[~inside], said_of(code[~inside]))
    if len(beside.pupil):
        at, pupil, code = at[inside], pupil[inside], code[inside]
    count = len(school.students)
    return marked(at * count + pupil, code, len(school.dates), count), beside


def _at(dates: Whole, asked: Whole) -> Places:
    """The place of each day in ``dates``, -1 where it is none of them."""
    if not len(dates) or not len(asked):
        return np.full(len(asked), -1, np.intp)
    first = int(min(dates[0], asked.min()))
    place = np.full(int(max(dates[-1], asked.max())) - first + 1, -1, np.intp)
    place[dates - first] = np.arange(len(dates))
    return place.take(asked - first)


# --- what each sort weighs --------------------------------------------------------------------


def _kinds(
    day: Day, told: Marked, dates: Whole, sorts: Codes, often: NDArray[np.int64]
) -> tuple[Codes, Kinds]:
    """Sorts numbered anew without gaps (0: no row), in their place, and what each weighs on each date; how
    ``often`` there is each."""
    used = 1 + np.flatnonzero(often[1:])
    renumbered = np.zeros(len(often), np.uint16)
    renumbered[used] = np.arange(1, len(used) + 1)
    code, rest = np.divmod(used - 1, SORTS)
    presumed, back = np.divmod(rest, 2)
    each = pl.DataFrame({name: values[code] for name, values in told.sums.items()})
    each = each.with_columns(
        pl.Series("missing", presumed, pl.Int64), pl.Series("back", back, pl.Int64), gone=pl.lit(0)
    ).with_row_index("kind", offset=1)
    on = pl.DataFrame({"date_no": pl.Series(dates).cast(pl.Int64)}).with_row_index("at")
    on = on.with_columns(weekday=pl.col("date_no").cast(pl.Int32).cast(pl.Date).dt.weekday())
    rows = each.join(on, how="cross")
    weighed: Frame = days.weighed(nw.from_native(rows.lazy()), day.number)
    frame = _collected(weighed.select("at", "kind", *days.COLUMNS))
    for row in sorts:  # one by one, each stays near
        row[:] = renumbered.take(row)
    return sorts, Kinds.of(frame, len(dates), len(used) + 1)
