"""Whose rows are asked for, where a city is taken some schools at a time; and how they are found in the store.

The store lies by pupil numbers, school after school: the rows of some schools stand in few stretches of it, and
whoever names those stretches reads little else.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce

import narwhals as nw
import polars as pl

#: A pupil's number in the store, beside the id in every table about pupils.
NUMBER = "pupil_no"
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

    def numbers(self, *, beside: bool) -> pl.Series:
        """The numbers of the schools' pupils, or of everybody beside them too, sorted."""
        rows = self.people if beside else self.people.filter("own")
        return rows[NUMBER].unique().sort()


def _once(people: pl.DataFrame) -> pl.Series:
    return people["student_id"].unique().sort()


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


def within(numbers: pl.Series) -> nw.Expr:
    """True for rows that lie in the stretches of ``numbers``: theirs, and some others' between them."""
    told = [(nw.col(NUMBER) >= a) & (nw.col(NUMBER) <= z) for a, z in stretches(numbers)]
    return reduce(lambda one, other: one | other, told, nw.lit(value=False))
