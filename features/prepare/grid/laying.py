"""From stays, calendars, roll calls and marks to the sort of every pupil's every school day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.prepare import days, marks
from features.prepare.day import Day, Frame
from features.prepare.grid.grid import Grid, Kinds
from features.prepare.grid.marked import Marked, coded, marked

Flags = NDArray[np.bool_]
Whole = NDArray[np.int32]
Codes = NDArray[np.uint16]
Places = NDArray[np.intp]
#: Later than every day: the first day looked at of a pupil whose calendar has not begun.
NEVER = np.int32(2**31 - 1)
#: Presumed of a day: none, half or whole of it; times two for the days after a break.
SORTS = 6


@dataclass(frozen=True)
class _Stays:
    """Stretches in the order in which they begin: whose, until when, by which calendar, in which class."""

    pupil: Whole
    first: Whole
    last: Whole
    calendar: Whole
    room: Whole


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


def lay(day: Day) -> Grid:
    """The days of everyone on the roll as a grid; the same rows as ``days.prepare``."""
    school = _school(day)
    told = _marks(day, school)
    sorts = np.zeros((len(school.dates), len(school.students)), np.uint16)
    gone = _Gone(len(school.students), told)
    unclosed = told.sums["m_closed"] < days.WHOLE
    for at, (there, back, room) in enumerate(_walk(school)):
        # widened once: NumPy would do so at every look into a table
        code = told.codes[at].astype(np.intp)
        presumed: NDArray[np.uint8] | int = 0
        if school.taken is not None:
            presumed = gone.presumed(code, there, school.taken[at].take(room))
        near = there & (school.near_from <= school.dates[at]) & unclosed.take(code)
        sort = code * SORTS + presumed * 2 + back + 1
        sorts[at] = np.where(near, sort, 0)
    first = int(np.argmax(school.dates >= school.near_from.min())) if len(school.dates) else 0
    dates, sorts = school.dates[first:], sorts[first:]
    return Grid(school.students, dates, *_kinds(day, told, dates, sorts))


class _Gone:
    """With exceptions only: who has gone, after three whole unexplained days and until an explicit 出勤."""

    def __init__(self, pupils: int, told: Marked) -> None:
        sums = told.sums
        heard = sums["marked"] - sums["m_closed"]
        self._marked = sums["marked"].astype(np.uint8)
        self._heard = heard > 0
        self._lone = (sums["m_unexplained"] > 0) & (sums["m_unexplained"] == heard)
        self._returns = sums["m_back"] > 0
        self._gone = np.zeros(pupils, np.bool_)
        # unexplained on the last day heard of, on the one before it ...
        self._before = [np.zeros(pupils, np.bool_) for _ in range(1, days.GONE_AFTER)]

    def presumed(self, code: Places, there: Flags, taken: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Halves presumed present on the next date: taken, not marked, and the pupil had not gone."""
        marked = self._marked.take(code)
        missing = np.where(there & (taken > marked), taken - marked, 0).astype(np.uint8)
        heard = there & (self._heard.take(code) | (missing > 0))
        lone = self._lone.take(code) & (missing == 0)
        run = heard & lone
        for flags in self._before:
            run &= flags
        self._gone |= run
        self._gone &= ~(heard & self._returns.take(code))
        for n in range(len(self._before) - 1, 0, -1):
            self._before[n] = np.where(heard, self._before[n - 1], self._before[n])
        self._before[0] = np.where(heard, lone, self._before[0])
        missing[self._gone] = 0
        return missing


def _walk(school: _School) -> Iterator[tuple[Flags, Flags, Whole]]:
    """For every date in turn: who has school, for whom it follows a break, and everyone's class."""
    stays, count = school.stays, len(school.students)
    until = np.full(count, -1, np.int32)
    calendar, room = np.zeros(count, np.int32), np.zeros(count, np.int32)
    begun = 0
    for at, date_no in enumerate(school.dates):
        end = int(np.searchsorted(stays.first, date_no, side="right"))
        fresh, begun = slice(begun, end), end
        who = stays.pupil[fresh]
        # in the order in which they begin: of two stretches begun since, the later stays written
        until[who], calendar[who] = stays.last[fresh], stays.calendar[fresh]
        room[who] = stays.room[fresh]
        there = (until >= date_no) & school.open[at][calendar]
        yield there, there & school.back[at][calendar], room


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
        _Stays(*(stays[c].cast(pl.Int32).to_numpy() for c in _STAYS)),
    )


_STAYS = ("pupil", "from_no", "to_no", "calendar", "room")


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
    told = _collected(marks.taken(day)).join(rooms, on="class_ref")
    told = told.filter(pl.col("date_no").is_in(dates.implode()))
    taken = np.zeros((len(dates), max(len(rooms), 1)), np.uint8)
    at = dates.search_sorted(told["date_no"].cast(pl.Int32)).to_numpy()
    taken[at, told["room"].to_numpy()] = told["taken"].to_numpy()
    return taken


def _marks(day: Day, school: _School) -> Marked:
    pupils = len(school.students)
    numbered = pl.LazyFrame({"student_id": school.students}).with_row_index("pupil")
    times = pl.LazyFrame({"date_no": pl.Series(school.dates)}).with_row_index("at")
    rows: pl.LazyFrame = day.cut("attendance").to_native()
    cell = pl.col("at").cast(pl.Int64) * pupils + pl.col("pupil")
    cells = (
        coded(rows.select("student_id", "date_no", "session", "status"))
        .join(times, on="date_no")
        .join(numbered, on="student_id")
        .select("code", cell=cell)
        .collect()
    )
    return marked(cells, len(school.dates), pupils)


# --- what each sort weighs --------------------------------------------------------------------


def _kinds(day: Day, told: Marked, dates: Whole, sorts: Codes) -> tuple[Codes, Kinds]:
    """Sorts numbered anew without gaps (0: no row), and what each weighs on each date."""
    used = np.flatnonzero(np.bincount(sorts.ravel(), minlength=1))
    used = used[used > 0]
    renumbered = np.zeros(int(used.max(initial=0)) + 1, np.uint16)
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
    return renumbered[sorts], Kinds.of(frame, len(dates), len(used) + 1)
