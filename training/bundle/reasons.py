"""Contributions gathered by family and said in sentences with the pupil's own values.

A reason (依据) is a correlation that raised the estimate, never a cause. Registrations of poverty,
care and disability are summed into one number and never listed: they route help.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, TypeAlias

import polars as pl

from features.indicator import FAMILY_EN, FAMILY_ZH, Indicator
from features.sentence import render, tells_no_change
from training.bundle.manifest import Column
from training.bundle.score import Scored

#: A contribution below this (log-odds) is not worth a person's time to read.
LEAST = 1e-3
#: Sentences of one family at most.
SHOWN = 3
#: Families about the class and the season: part of the estimate, but nothing to look into with a pupil.
SURROUNDINGS = frozenset({"context"})


@dataclass(frozen=True)
class Reason:
    """One family's part in a pupil's estimate.

    ``contribution`` is the family's sum (log-odds; for a rule, points), ``own`` that of the
    indicator ``code`` whose sentence is shown; ``more`` are further sentences of the family that
    point the same way.
    """

    family: str
    code: str
    sentence: str
    contribution: float
    own: float
    changeable: bool
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What a pupil's page says: up to three listed reasons, what protects, background summed.

    ``bias + sum(families.values())`` is the margin; ``background`` is the part of it that comes
    from the background families and is never worded.
    """

    listed: tuple[Reason, ...]
    protective: tuple[Reason, ...]
    background: float
    families: Mapping[str, float] = field(default_factory=dict)


def words(
    column: Column,
    indicator: Indicator | None,
    values: Mapping[str, Any],
    lang: str,
    *,
    near: date | None = None,
) -> str | None:
    """The sentence about one indicator, or None where nothing is recorded to say it with.

    ``values`` holds the indicator's ``value`` and the fields its template wants. Where a field is
    missing (another system sent bare indicators) the label and the value are said. ``near``: the day of
    the list; dates of another year are said with theirs.
    """
    value = values.get("value")
    if value is None or math.isnan(float(value)):
        return None
    if indicator is not None:
        try:
            return render(indicator.en if lang == "en" else indicator.zh, values, lang, near=near)
        except KeyError:
            pass
    form = "percent" if column.unit == "share" else "num"
    said = {"value": value, "label": (column.label_en if lang == "en" else column.label_zh)}
    return render(
        "{label}: {value:" + form + "}." if lang == "en" else "{label}：{value:" + form + "}。",
        said | {"label": said["label"] or column.name},
        lang,
    )


def family_word(family: str, lang: str = "zh") -> str:
    """The family's name for people."""
    return (FAMILY_EN if lang == "en" else FAMILY_ZH).get(family, family)


#: A reason in Chinese, and its sentence in English.
Both: TypeAlias = tuple[Reason, str]


class Teller:
    """Words contributions; built once per bundle and catalogue, then asked row by row."""

    def __init__(self, columns: Sequence[Column], catalogue: Iterable[Indicator]) -> None:
        """``catalogue`` gives the templates; a column it does not know is said by its label."""
        self.columns = tuple(columns)
        self.indicators = {one.name: one for one in catalogue}
        self.families: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            self.families.setdefault(column.family, []).append(at)
        self.hidden = frozenset(c.family for c in self.columns if c.background)
        self._unsaid = self.hidden | SURROUNDINGS
        self._numbers = {column.name: at for at, column in enumerate(self.columns)}

    def tell(
        self,
        scored: Scored,
        details: pl.DataFrame,
        *,
        lang: str = "zh",
        most: int = 3,
    ) -> list[Told]:
        """One Told a row; ``details`` (NAME, ``NAME__field``) is row for row with ``scored``.

        Where ``details`` say the day of the list (``as_of``), dates of another year have theirs.
        """
        return [
            self._one(sums, row, most=most)
            for sums, row in self._rows(scored, details, lang, SHOWN)
        ]

    def tell_briefly(
        self, scored: Scored, details: pl.DataFrame, *, most: int = 3
    ) -> list[tuple[tuple[Both, ...], float]]:
        """Row by row, as lists show it: what raises the estimate most, a sentence a reason in both languages,
        and the background's sum. The reasons, sentences and sum of ``tell``."""
        rows = self._rows(scored, details, "zh", 1)
        return [(self._raised(sums, row, most), self._background(sums)) for sums, row in rows]

    def _rows(
        self, scored: Scored, details: pl.DataFrame, lang: str, sentences: int
    ) -> Iterator[tuple[dict[str, float], _Row]]:
        named = self._named(details.columns)
        dated = details.schema.get("as_of") == pl.Date
        days = details["as_of"].to_list() if dated else [None] * len(scored)
        rows = details.iter_rows() if details.height else iter(((),) * len(scored))
        # as plain numbers, added up for all rows at once: a row is looked at number by number
        each = scored.contributions.tolist()
        added = [scored.contributions[:, at].sum(axis=1).tolist() for at in self.families.values()]
        by_row = zip(*added, strict=True) if added else [()] * len(each)
        for sums, parts, row, near in zip(by_row, each, rows, days, strict=True):
            told = dict(zip(self.families, sums, strict=True))
            yield told, _Row(named, row, parts, lang, sentences, near)

    def _named(self, names: Sequence[str]) -> dict[int, list[tuple[str, int]]]:
        """By input column the fields that sentences name, and where they stand in a row."""
        found: dict[int, list[tuple[str, int]]] = {}
        for place, name in enumerate(names):
            column, _, field_name = name.partition("__")
            if column in self._numbers:
                at = self._numbers[column]
                found.setdefault(at, []).append((field_name or "value", place))
        return found

    def _one(self, sums: dict[str, float], row: _Row, *, most: int) -> Told:
        return Told(
            listed=tuple(islice(self._said(self._by_size(sums, 1.0), sums, row), most)),
            protective=tuple(islice(self._said(self._by_size(sums, -1.0), sums, row), most)),
            background=self._background(sums),
            families=sums,
        )

    def _by_size(self, sums: Mapping[str, float], sign: float) -> list[str]:
        """The families that may be shown and whose sum is of this sign, the largest first."""
        own = [f for f, total in sums.items() if sign * total > LEAST and f not in self._unsaid]
        own.sort(key=lambda f: (-sums[f], f), reverse=sign < 0)
        return own

    def _background(self, sums: Mapping[str, float]) -> float:
        return float(sum(sums[f] for f in sums if f in self.hidden))

    def _raised(self, sums: Mapping[str, float], row: _Row, most: int) -> tuple[Both, ...]:
        listed = islice(self._said(self._by_size(sums, 1.0), sums, row), most)
        return tuple((reason, self._in_english(reason, row)) for reason in listed)

    def _in_english(self, reason: Reason, row: _Row) -> str:
        at = self._numbers[reason.code]
        indicator = self.indicators.get(reason.code)
        return words(self.columns[at], indicator, row.of(at), "en", near=row.near) or ""

    def _said(
        self, families: Sequence[str], sums: Mapping[str, float], row: _Row
    ) -> Iterator[Reason]:
        found = (self._reason(f, sums[f], row) for f in families)
        return (reason for reason in found if reason is not None)

    def _reason(self, family: str, total: float, row: _Row) -> Reason | None:
        sign, parts = (1.0 if total > 0 else -1.0), row.parts
        same = [at for at in self.families[family] if sign * parts[at] > LEAST]
        same.sort(key=lambda at: (-sign * parts[at], self.columns[at].name))
        grounds = ((at, self._ground(at, row)) for at in same)
        # no more are worded than are shown
        told = list(islice(((at, text) for at, text in grounds if text is not None), row.sentences))
        if not told:
            return None
        first = self.columns[told[0][0]]
        return Reason(
            family=family,
            code=first.name,
            sentence=told[0][1],
            contribution=total,
            own=parts[told[0][0]],
            changeable=first.changeable,
            more=tuple(dict.fromkeys(text for _, text in told[1:])),
        )

    def _ground(self, at: int, row: _Row) -> str | None:
        """The sentence, unless it would name a change where there is none to see."""
        column = self.columns[at]
        indicator = self.indicators.get(column.name)
        values = row.of(at)
        if indicator is not None and tells_no_change(indicator.zh, values):
            return None
        return words(column, indicator, values, row.lang, near=row.near)


@dataclass(frozen=True)
class _Row:
    """One pupil's values, found by input column, and ``parts`` of the estimate; in which language, and how
    many sentences a reason.

    ``near``: the day of the list, where it is known.
    """

    named: Mapping[int, Sequence[tuple[str, int]]]
    values: Sequence[Any]
    parts: Sequence[float]
    lang: str
    sentences: int
    near: date | None = None

    def of(self, at: int) -> dict[str, Any]:
        """``value`` and the fields of one input column."""
        said = {name: self.values[place] for name, place in self.named.get(at, ())}
        said.setdefault("value", None)
        return said
