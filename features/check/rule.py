"""What a rule of the check is: its sentence, its remedy, and how its breaches are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl

from features.batch import Batch
from features.check.hits import Hits
from features.tables import Column

if TYPE_CHECKING:
    from features.check.sheet import Extract, Sheet

Level = Literal["fault", "warning"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A sentence and a remedy in both languages.

    ``level``: a fault sets its row aside (or refuses its table, where it has no row); a warning is
    only said. ``unused``: rows that are only warned about but not used (exams against the rules).
    Sentences may use ``{label}`` (the column), ``{value}``, and what the finder gives in ``words``.
    """

    name: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    level: Level = "fault"
    unused: bool = False


@dataclass(frozen=True, kw_only=True)
class ValueRule(Rule):
    """Looks at the distinct values of a column: ``wrong(values, column)`` is true where broken.

    ``values`` are clean texts whose first is null; null never breaks a value rule.
    """

    applies: Callable[[Column, Batch], bool]
    wrong: Callable[[pl.Series, Column], pl.Series]


@dataclass(frozen=True, kw_only=True)
class RowRule(Rule):
    """Looks at a whole table, or between tables, once all of them are typed.

    ``stage`` 1: within a row; 2: between rows of a table; 3: between tables. Rows already faulty in
    an earlier stage are passed over by the finders of stage 2.
    """

    stage: Literal[1, 2, 3]
    find: Callable[[Sheet, Extract], Iterator[Hits]]
