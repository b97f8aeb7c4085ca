"""The grid, and what is asked of it: sums over windows, runs, weekdays, how each pupil stands, the rows.

Every question goes over the dates in turn, each time for all pupils at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.indicator import WINDOWS, Part
from features.prepare.days import COLUMNS
from features.prepare.grid.marked import SILENT, UNSAID
from features.prepare.stand import LAST_DAYS

Array = NDArray[np.int64]
Flags = NDArray[Any]
Places = NDArray[np.intp]
#: Stands for no number.
NOTHING = np.iinfo(np.int64).min
#: A pupil's last day of all, attended, known.
_LAST = ("on_no", "attended_no", "known_no")


@dataclass(frozen=True)
class Kinds:
    """By column of ``days``, date and kind of day: the number of that row, ``NOTHING`` where null."""

    values: dict[str, Array]

    @classmethod
    def of(cls, frame: pl.DataFrame, dates: int, kinds: int) -> Kinds:
        """From rows ``at`` (date), ``kind`` and the columns."""
        at, kind = frame["at"].to_numpy(), frame["kind"].to_numpy()
        values = {}
        for name in COLUMNS:
            table = np.full((dates, kinds), NOTHING, np.int64)
            table[at, kind] = frame[name].cast(pl.Int64).fill_null(NOTHING).to_numpy()
            values[name] = table
        return cls(values)


@dataclass(frozen=True)
class Beside:
    """Marks of days that are no school days by any calendar: whose, when, what (see ``Grid.said``)."""

    pupil: Places
    on_no: NDArray[np.int32]
    said: NDArray[np.uint8]


@dataclass(frozen=True)
class Grid:
    """``kinds``: dates x pupils, the kind of each pupil's day, 0 where there is no row; ``said``: the same of
    what its marks say, a place in ``marks.SAYS_MORE``; ``UNSAID`` without a status, ``SILENT`` without a mark.

    ``students`` ascending; ``dates`` (days since 1970) ascending.
    """

    students: pl.Series
    dates: NDArray[np.int32]
    kinds: NDArray[np.uint16]
    said: NDArray[np.uint8]
    beside: Beside
    told: Kinds

    def only(self, students: pl.Series) -> Grid:
        """The same for some pupils."""
        own = self.students.is_in(students.implode())
        keep = own.to_numpy()
        place = np.cumsum(keep) - 1
        near = keep[self.beside.pupil]
        beside = Beside(
            place[self.beside.pupil[near]], self.beside.on_no[near], self.beside.said[near]
        )
        return Grid(
            self.students.filter(own), self.dates, self.kinds[:, keep], self.said[:, keep], beside,
            self.told,
        )  # fmt: skip

    def _frame(self, keep: Flags | Array, columns: dict[str, Array]) -> pl.DataFrame:
        who = (
            self.students.filter(pl.Series(keep))
            if keep.dtype == bool
            else self.students.gather(keep)
        )
        return pl.DataFrame({"student_id": who, **columns})

    def _kind(self, at: int) -> Places:
        """Everyone's kind on a date, as NumPy looks things up: it would widen smaller numbers at every look."""
        return np.asarray(self.kinds[at], np.intp)

    def _true(self, name: str, at: int, kind: Places) -> Flags:
        """Who has a day on the date with ``name`` above zero."""
        return np.asarray((self.told.values[name][at] > 0).take(kind))

    # --- parts --------------------------------------------------------------------------------

    def parts(self, parts: Iterable[Part], today: int, term_start: pl.Series) -> pl.DataFrame:
        """student_id and one column a part, for who has any day; ``term_start`` (pupils) by pupil.

        The same as a group_by over the rows: a sum over no day is 0, the largest of none is null.
        """
        parts, starts = sorted(parts), term_start.to_numpy()
        found = {
            part.name: np.full(len(self.students), _START[part.how], np.int64) for part in parts
        }
        for at, date_no in enumerate(self.dates):
            kind = self._kind(at)
            for what, asked in _by_column(parts).items():
                inside = [(p, self._inside(p, int(date_no), today, starts)) for p in asked]
                self._add(self.told.values[what][at], kind, inside, found)
        keep: Flags = np.asarray((self.kinds > 0).any(axis=0))
        frame = self._frame(keep, {name: values[keep] for name, values in found.items()})
        empty = [
            pl.when(pl.col(p.name) != _START[p.how]).then(pl.col(p.name)).alias(p.name)
            for p in parts
            if p.how != "sum"
        ]
        return frame.with_columns(empty)

    def _inside(self, part: Part, date_no: int, today: int, term_start: Array) -> Flags | bool:
        if part.window == "all":
            return True
        if part.window == "term":
            inside = term_start <= date_no
            return bool(inside.any()) and (True if inside.all() else inside)
        after, until = WINDOWS[part.window]
        return today - after < date_no <= today - until

    def _add(
        self,
        by_kind: Array,
        kind: Places,
        asked: list[tuple[Part, Flags | bool]],
        found: dict[str, Array],
    ) -> None:
        asked = [(part, inside) for part, inside in asked if inside is not False]
        if not asked:
            return
        for how in {part.how for part, _ in asked}:
            value = np.where(by_kind == NOTHING, _START[how], by_kind).take(kind)
            for part, inside in asked:
                if part.how != how:
                    continue
                own = value if inside is True else np.where(inside, value, _START[how])
                _FOLD[how](found[part.name], own, out=found[part.name])

    # --- runs ---------------------------------------------------------------------------------

    def spells(self) -> pl.DataFrame:
        """Runs of absence and of unexplained days, as ``prepare.spells`` gives them."""
        found = [self._spells(kind) for kind in ("absent", "unexplained")]
        names = [
            f"{k}_{c}" for k in ("absent", "unexplained") for c in ("length", "current", "spell")
        ]
        frame = pl.concat(found, how="diagonal")
        return frame.select(
            "student_id",
            "on_no",
            "last_no",
            *[pl.col(c).fill_null(0).cast(pl.Int64) for c in names],
        )

    def _spells(self, kind: str) -> pl.DataFrame:
        who, first, last, length, current = self._runs(f"{kind}_day")
        return self._frame(who, {
            "on_no": first, "last_no": last, f"{kind}_length": length,
            f"{kind}_current": length * current, f"{kind}_spell": np.ones_like(length),
        })  # fmt: skip

    def _runs(self, flag: str, least: int = 1) -> list[Array]:
        """Runs of at least so many days in the order in which they end: whose, on which day ``least`` were
        complete, last day, length in days, 1 if it still goes on. Unknown days neither extend nor break."""
        return [np.concatenate(each) for each in zip(*self._ending(flag, least), strict=True)]

    def _ending(self, flag: str, least: int) -> Iterator[tuple[Array, ...]]:
        """``_runs`` date by date."""
        length, complete, last = (np.zeros(len(self.students), np.int64) for _ in range(3))
        for at, date_no in enumerate(self.dates):
            kind = self._kind(at)
            known, hit = self._true("known_day", at, kind), self._true(flag, at, kind)
            broken = known & ~hit
            over = np.flatnonzero(broken & (length >= least))
            yield over, complete[over], last[over], length[over], np.zeros_like(over)
            length[broken] = 0
            hit &= known
            length += hit
            complete[hit & (length == least)] = date_no
            last[hit] = date_no
        left = np.flatnonzero(length >= least)
        yield left, complete[left], last[left], length[left], np.ones_like(left)

    def reached(self, run: int) -> pl.DataFrame:
        """student_id, on_no, last_no: days on which ``run`` consecutive unexplained days were complete, and
        the last day of that run so far."""
        who, complete, last, _, _ = self._runs("unexplained_day", run)
        return self._frame(who, {"on_no": complete, "last_no": last})

    # --- weekdays, standings, rows ------------------------------------------------------------

    def attended(self, since: pl.Series) -> pl.DataFrame:
        """student_id, weekday (day number modulo 7), days attended from the pupil's day ``since`` on."""
        first = since.to_numpy()
        counts = np.zeros((7, len(self.students)), np.int64)
        for at, date_no in enumerate(self.dates):
            counts[date_no % 7] += self._true("present", at, self._kind(at)) & (first <= date_no)
        weekday, who = np.nonzero(counts)
        return self._frame(who, {"weekday": weekday, "days": counts[weekday, who]})

    def seen(self, recent_from: int) -> pl.DataFrame:
        """Who has any day: its last, the last attended and the last known (day numbers, else null), whole
        unexplained days among the last twenty, halves known and expected from ``recent_from`` on."""
        count = len(self.students)
        names = (*_LAST, "unexplained_20", "known_4w", "expected_4w")
        out = {name: np.zeros(count, np.int64) for name in names}
        rows = np.zeros(count, np.int64)
        for at in range(len(self.dates) - 1, -1, -1):
            kind, date_no = self._kind(at), int(self.dates[at])
            there = kind > 0
            rows += there
            out["unexplained_20"] += self._true("unexplained_day", at, kind) & (rows <= LAST_DAYS)
            flags = (there, self._true("present", at, kind), self._true("known", at, kind))
            for name, flag in zip(_LAST, flags, strict=True):
                np.maximum(out[name], flag * date_no, out=out[name])
            if date_no >= recent_from:
                for name in ("known", "expected"):
                    by_kind = np.maximum(self.told.values[name][at], 0)
                    out[f"{name}_4w"] += by_kind.take(kind)
        frame = self._frame(rows > 0, {name: values[rows > 0] for name, values in out.items()})
        return frame.with_columns(pl.when(pl.col(c) > 0).then(pl.col(c)).alias(c) for c in _LAST)

    def shown(self, today: int) -> pl.DataFrame:
        """Every day that was expected or marked, from the first on which somebody was expected, in order:
        student_id, on_no, said (null where marks say nothing), known (halves; null where none is expected)."""
        expected = self.kinds > 0
        some = expected.any(axis=1)
        first = int(np.argmax(some) if some.any() else np.searchsorted(self.dates, today))
        since = int(self.dates[first]) if some.any() else today
        who, at = np.nonzero((expected[first:] | (self.said[first:] < SILENT)).T.copy())
        at += first
        kind = self.kinds[at, who].astype(np.intp)
        of_school = pl.DataFrame({
            "who": who, "on_no": self.dates[at].astype(np.int64), "said": self.said[at, who],
            "known": self.told.values["known"][at, kind], "kind": kind,
        })  # fmt: skip
        near = (self.beside.on_no >= since) & (self.beside.on_no <= today)
        other = pl.DataFrame({
            "who": self.beside.pupil[near], "on_no": self.beside.on_no[near].astype(np.int64),
            "said": self.beside.said[near],
        }).group_by("who", "on_no").agg(pl.col("said").min())  # fmt: skip
        rows = of_school
        if len(other):
            rows = pl.concat([of_school, other], how="diagonal").sort("who", "on_no")
        return rows.select(
            self.students.gather(rows["who"]),
            "on_no",
            pl.when(pl.col("said") < UNSAID).then("said").alias("said"),
            pl.when(pl.col("kind") > 0).then("known").alias("known"),
        )

    def rows(self, since: int = 0) -> pl.DataFrame:
        """The rows themselves from day number ``since`` on: student_id, on_no and the columns."""
        first = int(np.searchsorted(self.dates, since))
        at, who = np.nonzero(self.kinds[first:])
        kind = self.kinds[first:][at, who]
        numbers = {name: self.told.values[name][first:][at, kind] for name in COLUMNS}
        frame = self._frame(who, numbers | {"on_no": self.dates[first:][at].astype(np.int64)})
        return frame.with_columns(
            pl.when(pl.col(c) != NOTHING).then(pl.col(c)).alias(c) for c in COLUMNS
        )


_START = {"sum": 0, "max": np.iinfo(np.int64).min + 1, "min": np.iinfo(np.int64).max}
_FOLD = {"sum": np.add, "max": np.maximum, "min": np.minimum}


def _by_column(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.what, []).append(part)
    return found
