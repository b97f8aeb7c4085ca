"""What an indicator is: one number about one pupil on one day, the expression and its words in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import narwhals as nw

Expr = nw.Expr
How = Literal["sum", "max", "min"]
Family = Literal[
    "attendance",
    "grades",
    "poverty",
    "left_behind",
    "disability",
    "mobility",
    "engagement",
    "context",
]
Peers = Literal["none", "class", "grade", "school"]

FAMILY_ZH: dict[str, str] = {
    "attendance": "出勤",
    "grades": "学业",
    "poverty": "家庭经济登记",
    "left_behind": "照护登记",
    "disability": "特殊教育支持",
    "mobility": "学籍变动",
    "engagement": "学习参与",
    "context": "班级与时段",
}
FAMILY_EN: dict[str, str] = {
    "attendance": "attendance",
    "grades": "grades",
    "poverty": "household economy register",
    "left_behind": "care register",
    "disability": "special education support",
    "mobility": "moves",
    "engagement": "engagement",
    "context": "class and time of year",
}
#: Families that route help and are summed into one line: never a listed reason (trust, law).
BACKGROUND_FAMILIES = frozenset({"poverty", "left_behind", "disability"})

#: Windows in days before the as-of day D: (a, b) means D-a < on <= D-b. `term` and `all` are not in days.
WINDOWS: dict[str, tuple[int, int]] = {
    "1w": (7, 0),
    "2w": (14, 0),
    "4w": (28, 0),
    "8w": (56, 0),
    "p1w": (14, 7),
    "p2w": (28, 14),
    "p4w": (56, 28),
    "p4w_of_2w": (42, 14),
    "1y": (365, 0),
    "2y": (730, 0),
}
MIN_PEERS = 10


@dataclass(frozen=True, order=True)
class Part:
    """One number per pupil out of one pass over a prepared table; equal parts are computed once."""

    table: str
    what: str
    window: str = "all"
    how: How = "sum"

    @property
    def name(self) -> str:
        """The column that holds it (no dots: Spark reads them as paths)."""
        return f"{self.table}__{self.what}__{self.window}__{self.how}"


def inside(window: str, as_of: date, clock: str = "on") -> Expr:
    """True for rows whose own day lies in ``window`` before ``as_of`` (both ends counted)."""
    after, until = WINDOWS[window]
    mask = nw.col(clock) > nw.lit(as_of - timedelta(days=after))
    return mask & (nw.col(clock) <= nw.lit(as_of - timedelta(days=until)))


class Columns:
    """What ``value`` and ``says`` are given: part columns, other indicators, and peers."""

    def __init__(self, as_of: date, peers: Peers = "none") -> None:
        """``as_of`` is the day asked about; ``peers`` decides over whom ``mean`` and ``below`` go."""
        self.as_of = as_of
        self._over = {
            "class": ["class_key"], "grade": ["school_id", "grade"], "school": ["school_id"]
        }.get(peers, [])  # fmt: skip

    def __getitem__(self, part: Part) -> Expr:
        """The column of a part."""
        return nw.col(part.name)

    def indicator(self, name: str) -> Expr:
        """The column of another indicator that ``uses`` names, worked out before."""
        return nw.col(name)

    @property
    def today(self) -> Expr:
        """The as-of day as days since 1970."""
        return nw.lit((self.as_of - date(1970, 1, 1)).days)

    def count(self, name: str) -> Expr:
        """How many of the pupil's peers have a value."""
        return nw.col(name).count().over(self._over)

    def mean(self, name: str) -> Expr:
        """Mean over the pupil's peers; null where fewer than ten have a value."""
        return nw.when(self.count(name) >= MIN_PEERS).then(nw.col(name).mean().over(self._over))

    def mean_of(self, value: Expr) -> Expr:
        """Mean of an expression over the pupil's peers; null as in ``mean``."""
        enough = value.count().over(self._over) >= MIN_PEERS
        return nw.when(enough).then(value.mean().over(self._over))

    def standing_of(self, value: Expr) -> Expr:
        """As ``standing``, of an expression over part columns."""
        count = value.count().over(self._over)
        place = (value.rank("average").over(self._over) - 0.5) / count
        return nw.when((count >= MIN_PEERS) & ~value.is_null()).then(place)

    def standing(self, name: str) -> Expr:
        """Share of peers below the pupil, ties counted half: 0 lowest .. 1 highest; null as in ``mean``."""
        rank = nw.col(name).rank("average").over(self._over)
        return nw.when((self.count(name) >= MIN_PEERS) & ~nw.col(name).is_null()).then(
            (rank - 0.5) / self.count(name)
        )


def ratio(a: Expr, b: Expr) -> Expr:
    """a / b where b > 0, else null: nothing recorded is no number."""
    return nw.when(b > 0).then(a.cast(nw.Float64) / b.cast(nw.Float64))


def given(evidence: Expr, value: Expr) -> Expr:
    """``value`` where there is evidence, else null."""
    return nw.when(evidence > 0).then(value)


@dataclass(frozen=True)
class Example:
    """A small table in, a day, and what the indicator must be by pupil: test and handbook in one.

    ``tables`` maps a contract table's name to its rows (dicts of contract columns; what is left out is
    empty). Enrolments, classes and calendar are made by the test where an example does not give them.
    """

    tables: Mapping[str, tuple[Mapping[str, Any], ...]]
    as_of: date
    expect: Mapping[str, float | None]
    note: str = ""
    attendance_mode: Literal["full", "exceptions"] = "full"


def _no_values(_: Columns) -> dict[str, Expr]:
    return {}


@dataclass(frozen=True)
class Indicator:
    """One number about one pupil on one day.

    ``direction``: +1 when more of it never lowers the estimate, -1 when more never raises it, 0 free.
    ``zh``/``en``: a plain, correlational sentence with the pupil's own values ({value:...} and ``says``).
    """

    name: str
    family: Family
    parts: tuple[Part, ...]
    value: Callable[[Columns], Expr]
    label_zh: str
    label_en: str
    zh: str
    en: str
    unit: Literal["share", "days", "count", "score", "flag", "weeks", "number"] = "number"
    direction: Literal[-1, 0, 1] = 0
    changeable: bool = False
    peers: Peers = "none"
    #: Whose rows the prepared columns behind ``parts`` read beside the pupil's own (a z-score in class does).
    within: Peers = "none"
    uses: tuple[str, ...] = ()
    says: Callable[[Columns], dict[str, Expr]] = _no_values
    examples: tuple[Example, ...] = field(default=())

    @property
    def circle(self) -> Peers:
        """The widest circle of pupils whose rows may touch the number."""
        order: tuple[Peers, ...] = ("none", "class", "grade", "school")
        return max(self.peers, self.within, key=order.index)

    @property
    def background(self) -> bool:
        """True where it may route help but never be a listed reason."""
        return self.family in BACKGROUND_FAMILIES
