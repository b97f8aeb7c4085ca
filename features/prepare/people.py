"""Whose rows are asked for, where a city is taken some schools at a time; and how they are found in the store.

The store lies by pupil numbers, school after school: the rows of some schools stand in few stretches of it, and
whoever names those stretches reads little else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.facts import NUMBER

#: Stretches of numbers that are told apart; more would cost more to ask about than they save.
MOST_STRETCHES = 6


@dataclass(frozen=True)
class Share:
    """Whole schools of a city: ``schools``, and ``people`` (student_id, pupil_no, own): their pupils under
    every number they were sent by, and, not ``own``, whoever was ever in a class with one of them."""

    schools: pl.Series
    people: pl.DataFrame

    @cached_property
    def students(self) -> pl.Series:
        """The schools' pupils, sorted."""
        return _once(self.people.filter("own"))

    @cached_property
    def beside(self) -> pl.Series:
        """They and who stands beside them, sorted."""
        return _once(self.people)

    def of(self, *, beside: bool) -> Coded:
        """The schools' pupils, or everybody beside them too, as they are found in the store."""
        return self._everybody if beside else self._own

    def coded(self, ids: pl.Series) -> pl.Series:
        """Ids as they are told apart while the share is drawn; those of nobody of it are null."""
        return ids.cast(self._kind, strict=False)

    @cached_property
    def _kind(self) -> pl.Enum:
        return pl.Enum(self.beside)

    @cached_property
    def _everybody(self) -> Coded:
        return Coded.of(self.people, self._kind)

    @cached_property
    def _own(self) -> Coded:
        return Coded.of(self.people.filter("own"), self._kind)


@dataclass(frozen=True)
class Coded:
    """Pupils of a share: ``numbers`` in the store, sorted, each once, and whose each is.

    Ids are places in the list of everybody's (``pl.Enum``): they look and sort as texts do, and are told
    apart as whole numbers, in a tenth of the time.
    """

    numbers: pl.Series
    ids: pl.Series

    @classmethod
    def of(cls, people: pl.DataFrame, kind: pl.Enum) -> Coded:
        """From ``student_id``, ``pupil_no``."""
        rows = people.unique(NUMBER).sort(NUMBER)
        return cls(rows[NUMBER], rows["student_id"].cast(kind))

    @cached_property
    def within(self) -> nw.Expr:
        """True for rows that lie in the stretches of the numbers: theirs, and some others' between them."""
        return lies_in(NUMBER, stretches(self.numbers))

    def rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Of ``rows`` theirs, with ``student_id`` in place of ``pupil_no``."""
        if self.numbers.is_empty():
            return rows.clear().with_columns(self.ids.alias("student_id")).drop(NUMBER)
        first, place = self._place
        asked = rows[NUMBER].cast(pl.UInt32).to_numpy()
        # unsigned, numbers below the first come round to large ones: strangers, as those above the last are
        at = place[np.minimum(asked - first, len(place) - 1)]
        mine = at < len(self.numbers)
        if not mine.all():
            at, rows = at[mine], rows.filter(pl.Series(mine))
        return rows.with_columns(self.ids.gather(pl.Series(at)).alias("student_id")).drop(NUMBER)

    @cached_property
    def _place(self) -> tuple[np.uint32, NDArray[np.uint32]]:
        """The first number, and by number from it on whose it is; nobody's past the end of ``ids``. A look into
        a table for each of a term's marks, where halving would be twenty."""
        known = self.numbers.cast(pl.UInt32).to_numpy()
        place = np.full(int(known[-1] - known[0]) + 2, len(known), np.uint32)
        place[known - known[0]] = np.arange(len(known), dtype=np.uint32)
        return known[0], place


def _once(people: pl.DataFrame) -> pl.Series:
    return people["student_id"].unique().sort()


def spans(few: pl.Series, every: pl.Series, most: int = MOST_STRETCHES) -> list[tuple[str, str]]:
    """First and last of at most ``most`` stretches of ``every`` text in order that hold all of ``few``: engines
    skip what lies outside a stretch, and look at every row for a list."""
    order = pl.concat([every, few]).drop_nulls().unique().sort()
    places = order.search_sorted(few.drop_nulls().unique().sort())
    return [(order[a], order[z]) for a, z in stretches(places, most)]


def lies_in(column: str, ends: Iterable[tuple[object, object]]) -> nw.Expr:
    """True for rows whose ``column`` lies in one of the stretches, both ends counted; for none where there is
    none."""
    told = [(nw.col(column) >= a) & (nw.col(column) <= z) for a, z in ends]
    return reduce(lambda one, other: one | other, told or [nw.col(column).is_null()])


def stretches(numbers: pl.Series, most: int = MOST_STRETCHES) -> list[tuple[int, int]]:
    """First and last of at most ``most`` stretches that hold all of ``numbers`` (sorted, each once), parted
    at the widest gaps."""
    if numbers.is_empty():
        return []
    gaps = numbers.cast(pl.Int64).diff().fill_null(1)
    wide = gaps.to_frame("gap").with_row_index("at").filter(pl.col("gap") > 1)
    starts = [0, *wide.top_k(most - 1, by="gap")["at"].sort().to_list()]
    ends = [*(at - 1 for at in starts[1:]), len(numbers) - 1]
    return [(int(numbers[a]), int(numbers[z])) for a, z in zip(starts, ends, strict=True)]
