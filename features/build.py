"""Tables and a day and the catalogue in, the indicator frame out: the same for training and serving.

A planner, not a list of queries: the parts that indicators name are gathered by prepared table, equal parts
once, so each table is reduced in one pass; then the values, then what is said against peers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from features.catalogue import Catalogue, load
from features.engines import open_session
from features.facts import Facts
from features.indicator import WINDOWS, Columns, Indicator, Part
from features.prepare import PORTION, Day, Share, in_shares, one_row, prepared_tables
from features.prepare.day import Frame, beside
from features.workers import each

KEYS = ("student_id", "as_of", "school_id", "class_id", "grade")
#: Digits kept: engines and threads differ in the last bits of a mean, and a list must not.
DIGITS = 9
#: What one number alone is, however it would be taken together with others.
_OF_ONE = ("max", "min")

col, when = nw.col, nw.when


def _inside(part: Part, day: Day, clock: str) -> nw.Expr:
    """True for rows whose own day lies in the part's window."""
    if part.window == "term":
        return col(clock) >= col("term_start_no")
    after, until = WINDOWS[part.window]
    return (col(clock) > day.number - after) & (col(clock) <= day.number - until)


def _masked(part: Part, day: Day, clock: str) -> nw.Expr:
    """A part's numbers inside its window, nothing outside."""
    value = col(part.what)
    if part.window != "all":
        value = when(_inside(part, day, clock)).then(value)
    return value.alias(part.name)


def reduced(frame: Frame, parts: Iterable[Part], day: Day, clock: str) -> Frame:
    """student_id and one column a part, of rows that carry ``term_start_no``; one group_by for all."""
    parts = sorted(parts)
    # masked first and summed then: engines add up plain columns at half the cost of expressions
    frame = frame.select("student_id", *[_masked(part, day, clock) for part in parts])
    return frame.group_by("student_id").agg(
        *[getattr(col(part.name), part.how)() for part in parts]
    )


def _pass(day: Day, table: str, parts: Iterable[Part]) -> Frame:
    """One pass over one prepared table for all its parts."""
    parts = sorted(parts)
    ready = day.reduced(table, parts)
    if ready is not None:
        return ready.join(day.pupils.select("student_id"), on="student_id")
    frame = prepared_tables()[table](day)
    if one_row(table) and all(part.window == "all" and part.how in _OF_ONE for part in parts):
        return day.persist(frame.select("student_id", **{p.name: col(p.what) for p in parts}))
    names = beside(frame)
    clock = "on_no" if "on_no" in names else "on"
    own = day.pupils.select("student_id", term_start=col("term_start_no"))
    frame = frame.join(own, on="student_id", how="inner")
    if "term_start_no" not in names:
        frame = frame.with_columns(term_start_no=col("term_start"))
    return day.persist(reduced(frame, parts, day, clock))


def _parts(catalogue: Catalogue) -> dict[str, set[Part]]:
    by_table: dict[str, set[Part]] = {}
    for indicator in catalogue:
        for part in indicator.parts:
            by_table.setdefault(part.table, set()).add(part)
    return by_table


def _values(frame: Frame, indicators: Iterable[Indicator], as_of: date) -> Frame:
    """One column an indicator: Float64, NaN read as no number."""
    values = {i.name: i.value(Columns(as_of, i.peers)) for i in indicators}
    # one expression for all columns, not a handful for each: they are planned anew for every portion
    return frame.with_columns(**values).with_columns(col(*values).cast(nw.Float64).fill_nan(None))


def _stages(catalogue: Catalogue) -> list[list[Indicator]]:
    """First what stands alone, then peers, each after what it uses."""
    left = list(catalogue)
    done: set[str] = set()
    stages: list[list[Indicator]] = []
    while left:
        ready = [i for i in left if set(i.uses) <= done and (done or i.peers == "none")]
        if not ready:
            raise ValueError(f"indicators wait for each other: {[i.name for i in left]}")
        stages.append(ready)
        done |= {i.name for i in ready}
        left = [i for i in left if i.name not in done]
    return stages


def _beside_peers(day: Day, frame: Frame, stage: list[Indicator]) -> Frame:
    """The values of a stage over peers, computed beside the wide frame and joined to it.

    A window carries every column of its frame through each sort: only what is asked for goes along.
    """
    needed = {part.name for i in stage for part in i.parts} | {
        name for i in stage for name in i.uses
    }
    narrow = frame.select("student_id", "school_id", "class_key", "grade", *sorted(needed))
    # not every engine keeps an order, and a sum of floats depends on it: peers are summed in the same one
    narrow = narrow.sort("student_id")
    values = day.persist(_values(narrow, stage, day.as_of))
    return day.session.beside(frame, [values.select("student_id", *[i.name for i in stage])])


def _said(catalogue: Catalogue, as_of: date) -> list[nw.Expr]:
    said = []
    for indicator in catalogue:
        fields = indicator.says(Columns(as_of, indicator.peers))
        said += [e.alias(f"{indicator.name}__{name}") for name, e in fields.items()]
    return said


def frame_of(day: Day, catalogue: Catalogue, *, details: bool = False) -> Frame:
    """Lazy: the cohort with one column an indicator (and what the sentences need)."""
    pupils = day.pupils.select(
        "student_id",
        "school_id",
        "class_id",
        "class_key",
        "grade",
        "term_start_no",
        "enrolled_on_no",
    )
    passes = [_pass(day, table, parts) for table, parts in sorted(_parts(catalogue).items())]
    frame = day.session.beside(pupils, passes)
    for stage in _stages(catalogue):
        alone = all(i.peers == "none" for i in stage)
        wider = _values(frame, stage, day.as_of) if alone else _beside_peers(day, frame, stage)
        frame = day.persist(wider)
    extra = _said(catalogue, day.as_of) if details else []
    if extra:
        # what is said of peers are sums of floats, too
        frame = frame.sort("student_id").with_columns(*extra)
    said = [f"{i.name}__{n}" for i in catalogue for n in i.says(Columns(day.as_of, i.peers))]
    return frame.select(
        "student_id", "school_id", "class_id", "grade", *catalogue.names, *(said if details else [])
    )


def _finish(rows: pl.DataFrame, as_of: date, catalogue: Catalogue) -> pl.DataFrame:
    texts = pl.col("student_id", "grade").cast(pl.String)
    # before ids are texts: those of a share are an Enum of sorted ones, in that order already
    rows = rows.sort("student_id").with_columns(pl.lit(as_of).alias("as_of"), texts)
    # adding 0.0 turns a negative zero into zero
    rounded = [pl.col(n).cast(pl.Float64).round(DIGITS) + 0.0 for n in catalogue.names]
    # what sentences name is rounded alike: a run made again must be the same bytes
    said = [n for n, kind in rows.schema.items() if "__" in n and kind.is_float()]
    rounded += [pl.col(n).round(DIGITS) + 0.0 for n in said]
    return rows.with_columns(rounded)


def details_of(day: Day, catalogue: Catalogue) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``build_details`` on a day already opened, whose prepared tables others may use too."""
    rows = _finish(
        day.session.collect(frame_of(day, catalogue, details=True)), day.as_of, catalogue
    )
    said = [c for c in rows.columns if c not in {*KEYS, *catalogue.names}]
    return rows.select(*KEYS, *catalogue.names), rows.select("student_id", *said)


def build_details(
    facts: Facts, as_of: date, *, engine: str = "polars", catalogue: Catalogue | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The indicator frame, and per pupil the values that sentences name (``INDICATOR__field``)."""
    session = open_session(engine)
    try:
        return details_of(Day(facts, as_of, session), catalogue or load(facts.batch.attributes))
    finally:
        session.close()


def build(
    facts: Facts, as_of: date, *, engine: str = "polars", catalogue: Catalogue | None = None
) -> pl.DataFrame:
    """The indicator frame of the cohort as of ``as_of``, ordered by student_id.

    Columns: student_id, as_of, school_id, class_id, grade, then one Float64 column an indicator (null where
    there is no evidence, never NaN). An empty county gives a frame without rows.
    """
    catalogue = catalogue or load(facts.batch.attributes)
    return _built(facts, as_of, catalogue, engine=engine)


def _built(
    facts: Facts, as_of: date, catalogue: Catalogue, *, engine: str, share: Share | None = None
) -> pl.DataFrame:
    session = open_session(engine)
    try:
        rows = session.collect(frame_of(Day(facts, as_of, session, share=share), catalogue))
    finally:
        session.close()
    return _finish(rows, as_of, catalogue).select(*KEYS, *catalogue.names)


def build_shares(
    facts: Facts,
    as_of: date,
    most: int,
    *,
    engine: str = "polars",
    catalogue: Catalogue | None = None,
) -> Iterator[pl.DataFrame]:
    """The rows of ``build`` some whole schools at a time, about ``most`` pupils, each frame ordered by itself.

    Memory follows ``most`` and not the area. Engines that hold nothing here give all at once.
    """
    catalogue = catalogue or load(facts.batch.attributes)
    for share in in_shares(facts, as_of, most) if engine == "polars" else (None,):
        yield _built(facts, as_of, catalogue, engine=engine, share=share)


def build_by(
    workers: int,
    facts: Facts,
    as_of: date,
    *,
    most: int = PORTION,
    catalogue: Catalogue | None = None,
) -> Iterator[pl.DataFrame]:
    """``build_shares`` on Polars by so many processes at the same time: the same frames in the same order.

    ``catalogue``: of the folder's indicators; they are told by name.
    """
    names = (catalogue or load(facts.batch.attributes)).names
    told = _Told(facts, as_of, names)
    return each(told.build, in_shares(facts, as_of, most), workers=workers)


@dataclass(frozen=True)
class _Told:
    """What another process is told to build: indicators by name."""

    facts: Facts
    as_of: date
    names: tuple[str, ...]

    def build(self, share: Share | None) -> pl.DataFrame:
        """The frame of a share."""
        catalogue = load(self.facts.batch.attributes).only(self.names)
        return _built(self.facts, self.as_of, catalogue, engine="polars", share=share)


__all__ = ["KEYS", "build", "build_by", "build_details", "build_shares", "details_of", "frame_of"]
