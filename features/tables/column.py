"""What a column and a table of the contract are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Type = Literal["text", "code", "date", "int", "float", "flag"]
Kind = Literal["reference", "event", "interval", "state", "restricted"]
#: Shapes that a text must have; what each means is decided by the check.
Form = Literal[
    "student_id", "school_id", "person_id", "county", "place", "term", "school_year", "id"
]


@dataclass(frozen=True)
class Column:
    """One column: its English name is fixed, ``zh`` and ``aliases`` are headers read as well.

    ``codes`` maps each code to the Chinese words read for it; where ``open`` other words pass too.
    ``loose``: under ``population = "any"`` the code list is free. ``default`` fills what is empty.
    ``low``/``high`` bound numbers, both ends allowed. ``refers``: the table that must hold it.
    """

    name: str
    type: Type
    zh: str
    required: bool = False
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    aliases: tuple[str, ...] = ()
    form: Form | None = None
    open: bool = False
    loose: bool = False
    default: str | None = None
    low: float | None = None
    high: float | None = None
    refers: str | None = None
    note_zh: str = ""

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header under which the column is read, the English name first."""
        return (self.name, self.zh, *self.aliases)


@dataclass(frozen=True)
class Table:
    """One table: ``key`` names one fact, ``clock`` the column that says when it was so.

    ``own_days`` are the days a fact must have passed before it can be known: ``known_on`` defaults
    to the latest of them plus the batch's lag. A table is *dated* where it has ``known_on``.
    """

    name: str
    zh: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    clock: str | None = None
    kind: Kind = "event"
    restricted: bool = False
    aliases: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    note_zh: str = ""

    @property
    def dated(self) -> bool:
        """True where rows carry ``known_on`` and ``void``."""
        return any(column.name == "known_on" for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' English names in contract order."""
        return tuple(column.name for column in self.columns)

    @property
    def own_days(self) -> tuple[str, ...]:
        """Columns whose latest day is the first on which the fact can be known."""
        return self.days or ((self.clock,) if self.clock else ())

    def column(self, name: str) -> Column:
        """The column of that English name; ``KeyError`` where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def text(name: str, zh: str, *aliases: str, **more: object) -> Column:
    """A text column."""
    return Column(name, "text", zh, aliases=aliases, **more)  # type: ignore[arg-type]


def code(name: str, zh: str, codes: Mapping[str, tuple[str, ...]], **more: object) -> Column:
    """A column of codes."""
    return Column(name, "code", zh, codes=codes, **more)  # type: ignore[arg-type]


def day(name: str, zh: str, *aliases: str, **more: object) -> Column:
    """A date column."""
    return Column(name, "date", zh, aliases=aliases, **more)  # type: ignore[arg-type]


def flag(name: str, zh: str, *aliases: str, **more: object) -> Column:
    """A 0/1 column, 否/是 in Chinese."""
    yes_no = {"0": ("否", "无", "不是", "非"), "1": ("是", "有")}
    return Column(name, "flag", zh, aliases=aliases, codes=yes_no, **more)  # type: ignore[arg-type]


def number(name: str, zh: str, *aliases: str, **more: object) -> Column:
    """A measure (Float64)."""
    return Column(name, "float", zh, aliases=aliases, **more)  # type: ignore[arg-type]


def count(name: str, zh: str, *aliases: str, **more: object) -> Column:
    """A count (Int32)."""
    return Column(name, "int", zh, aliases=aliases, **more)  # type: ignore[arg-type]


def student_id(**more: object) -> Column:
    """The 全国学籍号, as every table calls it."""
    options: dict[str, object] = {"required": True, "form": "student_id", "refers": "students"}
    return text("student_id", "全国学籍号", "学籍号", "学籍主号", **(options | more))


def school_id(**more: object) -> Column:
    """The 学校标识码, as every table calls it."""
    options: dict[str, object] = {"required": True, "form": "school_id", "refers": "schools"}
    return text("school_id", "学校标识码", "学校代码", **(options | more))


def class_id(**more: object) -> Column:
    """The class within its school and year."""
    return text("class_id", "班号", "班级", "班级编号", form="id", **more)


def known_on() -> Column:
    """The day the fact became known."""
    return day("known_on", "获知日期", "登记日期", "录入日期")


def void() -> Column:
    """1 takes a fact back."""
    return flag("void", "作废", "撤销", default="0")


#: The last two columns of every dated table.
DATED = (known_on(), void())
