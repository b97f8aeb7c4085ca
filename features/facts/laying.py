"""A store's folder grows by layers: only what a layer speaks of is written anew.

The folder is a private copy in the making (its files may be links to an older store's: they are replaced,
never written into). Big tables go part by part, a few million rows at a time; small ones whole.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features import calendar
from features.facts.arriving import Arrived, arriving
from features.facts.files import write_atomically, write_table
from features.facts.fold import (
    Coming,
    Layer,
    fold_dated,
    fold_plain,
    lay,
    nothing,
    numbered,
    span_of,
)
from features.facts.numbers import NUMBER, Numbers
from features.facts.parts import EMPTY, PARTED, Parted, days_of
from features.facts.rooms import class_calendars, with_class_keys
from features.memory import give_back
from features.sources.turns import in_turn
from features.tables import TABLES, polars_schema

#: First and last day of every part of every big table.
RANGES = "parts.json"
#: Tables on which the calendar of a class, and so its enrolments, depend.
_ROOMS = ("enrolments", "classes", "schools", "calendar")
#: Tables that are finished when all layers are laid.
_LAST = (*_ROOMS, "assignments")

Ranges = dict[str, dict[str, tuple[str, str]]]


def read_ranges(folder: Path) -> Ranges:
    """First and last day of every part of every big table of a store, as ISO days."""
    path = folder / RANGES
    found: Ranges = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def link(source: Path, target: Path) -> None:
    """All files of a store in another folder, as links where the file system has them."""
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        new = target / path.relative_to(source)
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, new)
        except OSError:
            shutil.copyfile(path, new)


def _about_pupils(name: str) -> bool:
    """True where every row is of one pupil."""
    return "student_id" in TABLES[name].names and "old_student_id" not in TABLES[name].names


class Site:
    """A store in the making in ``folder``: empty, or linked from the store it lies upon."""

    def __init__(self, folder: Path) -> None:
        """Reads what is there."""
        self.folder = folder
        self.first = not (folder / "students.parquet").exists()
        self.numbers = Numbers() if self.first else Numbers.read(folder)
        self.ranges = read_ranges(folder)
        #: Tables that others are made of at the end; the others are written as soon as they are laid.
        self._held: dict[str, pl.DataFrame] = {}

    def lay(self, layers: Sequence[Layer]) -> None:
        """Everything the layers say, one after the other; then what is derived from several tables."""
        if self.first:
            for name, parted in PARTED.items():
                write_table(parted.empty(), self.folder / name / f"{EMPTY}.parquet")
        for layer in layers:
            self.numbers.add_people(layer, [n for n in TABLES if n not in PARTED])
            for name in TABLES:
                if name in PARTED and name in layer.tables:
                    self._lay_parts(PARTED[name], layer)
                elif name in layer.tables:
                    self._lay_whole(name, layer)
        self._finish()

    def _lay_parts(self, parted: Parted, layer: Layer) -> None:
        name = parted.name
        lying = self.ranges.setdefault(name, {})
        span = span_of(layer, name) if lying else None
        left = {
            part
            for part, (first, last) in lying.items()
            if span and first <= span[1].isoformat() and last >= span[0].isoformat()
        }

        def lay_one(arrived: Arrived) -> None:
            rows = parted.keyed(arrived.rows())
            self._lay_part(
                parted, arrived.part, Coming(rows, layer.received_on, parted.clock, span)
            )

        with tempfile.TemporaryDirectory(dir=self.folder.parent, prefix=".split-") as room:
            file = layer.files.get(name)
            come = arriving(layer.tables[name], file, parted, self.numbers, aside=Path(room))
            # a week is read while both hands lay parts of the one before
            for _ in in_turn(lay_one, _with_the_silent(come, left, parted), ahead=1):
                pass
        give_back()

    def _lay_part(self, parted: Parted, part: str, coming: Coming) -> None:
        path = self.folder / parted.name / f"{part}.parquet"
        if path.exists():
            stored = parted.keyed(pl.read_parquet(path, columns=parted.narrow_columns))
        else:
            stored = nothing(coming.rows)
        laid = lay(stored, coming, parted.key)
        if laid is None:
            return
        del stored
        first, last = days_of(laid, parted.clock)
        self.ranges[parted.name][part] = (first.isoformat(), last.isoformat())
        write_table(parted.wide(parted.ordered(laid), self.numbers), path)
        (path.parent / f"{EMPTY}.parquet").unlink(missing_ok=True)

    def _state(self, name: str) -> pl.DataFrame:
        """A small table as the fold left it: those about pupils with ``pupil_no`` and in its order, then, as
        the others, by key and known_on."""
        if name in self._held:
            return self._held[name]
        bookkeeping = ("vanished", "until") if TABLES[name].dated else ()
        own = (NUMBER,) if _about_pupils(name) else ()
        columns = [*polars_schema(name), *bookkeeping, *own]
        return pl.read_parquet(self._path(name), columns=columns)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def _keep(self, name: str, rows: pl.DataFrame) -> None:
        if name in _LAST:
            self._held[name] = rows
        else:
            write_table(numbered(rows), self._path(name))

    def _lay_whole(self, name: str, layer: Layer) -> None:
        there = name in self._held or self._path(name).exists()
        stored = self._state(name) if there else None
        if stored is not None and _about_pupils(name) and TABLES[name].dated and not layer.full:
            laid = self._lay_few(stored, name, layer)
        else:
            laid = self._fold(stored, name, layer)
        if laid is not None and (stored is None or not laid.equals(stored)):
            self._keep(name, laid)

    def _fold(self, stored: pl.DataFrame | None, name: str, layer: Layer) -> pl.DataFrame | None:
        known = stored if stored is None else stored.drop(NUMBER, strict=False)
        laid = (fold_dated if TABLES[name].dated else fold_plain)(known, layer, name)
        return self.numbers.by_number(laid) if laid is not None and _about_pupils(name) else laid

    def _lay_few(self, stored: pl.DataFrame, name: str, layer: Layer) -> pl.DataFrame | None:
        """A layer that takes nothing back, upon the pupils it speaks of; all others' rows stay as they lie."""
        spoken = self.numbers.of(
            layer.tables[name].select("student_id").unique().collect()["student_id"]
        )
        mine = stored[NUMBER].is_in(spoken.implode())
        laid = self._fold(stored.filter(mine), name, layer)
        if laid is None:
            return None
        return pl.concat([stored.filter(~mine), laid]).sort(NUMBER, maintain_order=True)

    def _finish(self) -> None:
        for name in TABLES if self.first else ():
            if name not in PARTED and name not in self._held and not self._path(name).exists():
                self._keep(name, self._empty(name))
        if "assignments" in self._held:
            ref = pl.concat_str("school_id", "class_id", separator="|").alias("class_ref")
            self._held["assignments"] = self._held["assignments"].with_columns(ref)
        if any(name in self._held for name in _ROOMS) or self._state("calendar").is_empty():
            self._resolve()
        for name, rows in self._held.items():
            write_table(numbered(rows), self._path(name))
        if self.numbers.grown:
            self.numbers.write(self.folder)
        write_atomically(self.folder / RANGES, json.dumps(self.ranges, indent=1, sort_keys=True))

    def _empty(self, name: str) -> pl.DataFrame:
        rows = pl.DataFrame(schema=polars_schema(name))
        rows = nothing(rows) if TABLES[name].dated else rows
        return self.numbers.by_number(rows) if _about_pupils(name) else rows

    def _resolve(self) -> None:
        """The calendar of every class, for enrolments to name."""
        enrolments = with_class_keys(self._state("enrolments"), self._state("classes"))
        start, end = self._span(enrolments)
        days = calendar.resolve(
            self._state("calendar"),
            class_calendars(enrolments, self._state("schools")),
            start=start,
            end=end,
        )
        write_table(days.days, self.folder / "calendar_days.parquet")
        self._held["enrolments"] = enrolments.join(
            days.classes, on="class_key", how="left", maintain_order="left"
        )

    def _span(self, enrolments: pl.DataFrame) -> tuple[date, date]:
        """First and last day of which an estimated calendar has to speak."""
        days = [
            date.fromisoformat(day)
            for name in ("attendance", "roll_calls", "activity")
            for ends in self.ranges.get(name, {}).values()
            for day in ends
        ]
        if len(enrolments):
            days += days_of(enrolments, "start_on")
        if not days:
            return date(2020, 9, 1), date(2020, 9, 1)
        return min(days), max(days) + timedelta(days=365)


def _with_the_silent(come: Iterable[Arrived], left: set[str], parted: Parted) -> Iterator[Arrived]:
    """The parts that rows have come for, then those of ``left`` that none came for."""
    for arrived in come:
        left.discard(arrived.part)
        yield arrived
    for part in sorted(left):
        none = pl.DataFrame(schema=polars_schema(parted.name))
        yield Arrived(part, [parted.narrow(none, Numbers())])
