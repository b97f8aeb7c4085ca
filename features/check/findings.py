"""What a check found: every fault with place and remedy, and the counts by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from features.check.rule import Rule
from features.check.rules import load
from features.check.settle import Tally
from features.tables import TABLES

#: Rows listed per rule, table and column in text; all of them are in `Report.faults`.
LISTED = 10
#: The same for JSON and XLSX.
LISTED_FILE = 10_000


@dataclass(frozen=True)
class Fault:
    """One breach: where (file, table, row as seen in the file, column), what, and how to mend it."""

    rule: str
    level: str
    table: str | None
    file: str | None
    row: int | None
    column: str | None
    header: str | None
    message_zh: str
    message_en: str
    remedy_zh: str
    remedy_en: str

    def message(self, lang: str) -> str:
        """The sentence in ``lang``."""
        return self.message_en if lang == "en" else self.message_zh

    def remedy(self, lang: str) -> str:
        """What to do, in ``lang``."""
        return self.remedy_en if lang == "en" else self.remedy_zh

    def place(self, lang: str) -> str:
        """Where it is, in ``lang``: file, row, column."""
        if lang == "en":
            row = f", row {self.row}" if self.row else ""
            return f"{self.file or 'the folder'}{row}{f', {self.header}' if self.header else ''}"
        row = f"第{self.row}行" if self.row else ""
        column = f"“{self.header}”列" if self.header else ""
        return f"{self.file or '文件夹'}{' ' if row or column else ''}{row}{column}"


@dataclass(frozen=True)
class Group:
    """All breaches of one rule in one column: rows as seen in the file (None: no row), values."""

    rule: str
    table: str | None
    file: str | None
    column: str | None
    header: str | None
    rows: tuple[int, ...] | np.ndarray | None
    shown: pl.Series | None
    words: dict[str, object]

    @property
    def count(self) -> int:
        """How many rows (1 where it is no matter of rows)."""
        return 1 if self.rows is None else len(self.rows)

    def faults(self, limit: int | None = None) -> Iterator[Fault]:
        """Each breach, at most ``limit``."""
        rows = [None] if self.rows is None else self.rows[:limit]
        for place, row in enumerate(rows):
            value = None if self.shown is None else self.shown[place]
            yield self._fault(None if row is None else int(row), value)

    def _fault(self, row: int | None, value: object) -> Fault:
        rule = load()[self.rule]
        words = self._words(row, value)
        return Fault(
            self.rule, rule.level, self.table, self.file, row, self.column, self.header,
            rule.zh.format_map(words["zh"]), rule.en.format_map(words["en"]),
            rule.remedy_zh.format_map(words["zh"]), rule.remedy_en.format_map(words["en"]),
        )  # fmt: skip

    def _words(self, row: int | None, value: object) -> dict[str, dict[str, object]]:
        table = TABLES.get(self.table or "")
        words: dict[str, object] = {"row": row, "name": self.column or self.table, **self.words}
        zh, en = dict(words), dict(words)
        zh["said"] = "" if value is None else f"（{str(value)[:40]}）"
        en["said"] = "" if value is None else f" ({str(value)[:40]})"
        zh["label"], en["label"] = (table.zh, table.name) if table else (self.table, self.table)
        if table and self.column:
            column = table.column(self.column)
            zh["label"], en["label"] = column.zh, column.name
            for said in (zh, en):
                said["low"], said["high"] = _bound(column.low), _bound(column.high)
            zh["codes_zh"] = "、".join(
                words[0] if words else key for key, words in column.codes.items()
            )
            en["codes_en"] = ", ".join(column.codes)
        return {"zh": zh, "en": en}


def _bound(value: float | None) -> str:
    return "∞" if value is None else f"{value:g}"


@dataclass(frozen=True)
class Findings:
    """What a check found. ``groups`` hold faults and warnings alike, most important first.

    ``refused_tables`` name refused tables, and files that are no table but mean to be one
    ('attendence.csv', 'batch.toml'; '.' for a folder without tables).
    """

    groups: tuple[Group, ...]
    tallies: tuple[Tally, ...]
    refused_tables: tuple[str, ...]
    notes: tuple[tuple[str, str], ...] = ()

    def _of(self, level: str) -> tuple[Group, ...]:
        return tuple(group for group in self.groups if load()[group.rule].level == level)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, each with its place and its remedy."""
        return tuple(f for group in self._of("fault") for f in group.faults())

    @property
    def first(self) -> Fault | None:
        """The first of ``faults``, without making the others."""
        return next((f for group in self._of("fault") for f in group.faults(1)), None)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """Every warning: said, never a reason to refuse."""
        return tuple(f for group in self._of("warning") for f in group.faults())

    @property
    def counts(self) -> dict[str, int]:
        """Faults by rule."""
        return self._count("fault")

    @property
    def warning_counts(self) -> dict[str, int]:
        """Warnings by rule."""
        return self._count("warning")

    def _count(self, level: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for group in self._of(level):
            found[group.rule] = found.get(group.rule, 0) + group.count
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def exit_code(self) -> int:
        """0 without faults, else 1."""
        return 1 if self._of("fault") else 0

    def rule(self, name: str) -> Rule:
        """The rule of that name."""
        return load()[name]
