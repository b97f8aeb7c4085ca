"""Which groups a pupil belonged to on each day: to judge a model by, never to make one of.

The frame made here meets a model's figures and nothing else: it is no input, it is in no bundle and on no
list. What is not recorded is empty and belongs neither to a group nor to the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import narwhals as nw
import polars as pl

from features.asof import follow, known
from features.facts import Facts

KEYS = ("area", "student_id", "as_of")
#: 汉族 as written in GB/T 3304 and in words.
HAN = ("01", "1", "HA", "汉", "汉族")
GIRL, BOARDS = "2", "2"


@dataclass(frozen=True)
class Group:
    """A group and its rest, as people call them. ``either``: the rest is a group of its own as well, so nobody
    of the two may be troubled more in vain."""

    name: str
    zh: str
    en: str
    rest_zh: str = "其他学生"
    rest_en: str = "other pupils"
    either: bool = False


SINGLE = (
    Group("left_behind", "留守登记学生", "pupils registered as left behind"),
    Group("disability", "残疾登记学生", "pupils with a registered disability"),
    Group("poverty", "家庭经济困难登记学生", "pupils of registered poor households"),
    Group("ethnicity", "少数民族学生", "pupils of ethnic minorities", "汉族学生", "Han pupils"),
    Group("boarding", "住校学生", "boarders", "走读学生", "day pupils", either=True),
    Group("migrant", "随迁子女", "children of migrant workers"),
    Group("sex", "女生", "girls", "男生", "boys", either=True),
)
NAMES = tuple(group.name for group in SINGLE)
_PAIRED = "+"


def _both(a: Group, b: Group) -> Group:
    name = f"{a.name}{_PAIRED}{b.name}"
    return Group(name, f"{a.zh}中的{b.zh}", f"{a.en} who are also {b.en}")


PAIRS = tuple(_both(a, b) for a, b in combinations(SINGLE, 2))
ALL = {group.name: group for group in (*SINGLE, *PAIRS)}


def member(rows: pl.DataFrame, name: str) -> pl.Series | None:
    """True in the group (or in both of a pair), False in the rest, empty where not recorded.

    None where ``rows`` do not say.
    """
    parts = name.split(_PAIRED)
    if not set(parts) <= set(rows.columns):
        return None
    # neither of a pair is known to be both unless both are recorded
    there = pl.all_horizontal(pl.col(p).is_not_null() for p in parts)
    return rows.select(pl.when(there).then(pl.all_horizontal(parts)).alias(name))[name]


def groups_of(
    facts: Sequence[Facts],
    days: Sequence[date],
    *,
    until: date | None = None,
    among: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """area, student_id, as_of and one Boolean column a group of ``NAMES``, for who was enrolled.

    Registers and enrolments are read as known on each day; sex, ethnicity and migration have no
    second clock. Ids are the lasting ones known by ``until`` (default: the last day), as in the rows
    that a model learns from. ``among``: rows with these keys; of other pupils nothing is said (where rows
    were thinned, a province's weeks of everybody are not held).
    """
    last = until or max(days, default=date.min)
    parts = []
    for one in facts:
        own = _personal(one, last).collect()
        for day in sorted(set(days)):
            told = _on(one, day, until=last, own=own)
            if among is not None:
                told = told.join(among, on=list(KEYS), how="semi", maintain_order="left")
            parts.append(told)
    keys = {"area": pl.String, "student_id": pl.String, "as_of": pl.Date}
    empty = pl.DataFrame(schema={**keys, **dict.fromkeys(NAMES, pl.Boolean)})
    return pl.concat([empty, *parts])


def _read(facts: Facts, table: str, *, day: date, until: date) -> pl.LazyFrame:
    aliases = known(facts.scan("student_aliases"), until)
    rows = known(facts.scan(table), day)
    told: pl.LazyFrame = follow(nw.from_native(rows), nw.from_native(aliases)).to_native()
    return told


def _in_force(day: date) -> pl.Expr:
    return (pl.col("start_on") <= day) & (pl.col("end_on").is_null() | (pl.col("end_on") >= day))


def _enrolled(facts: Facts, day: date, until: date) -> pl.LazyFrame:
    """One row a pupil enrolled on the day, with ``boarding``."""
    rows = _read(facts, "enrolments", day=day, until=until).filter(_in_force(day))
    newest = rows.sort("start_on", "known_on", "school_id").group_by("student_id")
    return newest.agg(boarding=(pl.col("boarding") == BOARDS).last())


def _listed(facts: Facts, table: str, *, day: date, until: date) -> pl.LazyFrame:
    rows = _read(facts, table, day=day, until=until).filter(_in_force(day))
    return rows.select("student_id", pl.lit(True).alias(table)).unique()


def _personal(facts: Facts, until: date) -> pl.LazyFrame:
    kept = _read(facts, "students_restricted", day=until, until=until)
    own = _read(facts, "students", day=until, until=until)
    said = kept.group_by("student_id").agg(
        ethnicity=~pl.col("ethnicity").drop_nulls().last().is_in(HAN),
        sex=pl.col("sex").drop_nulls().last() == GIRL,
    )
    moved = own.group_by("student_id").agg(migrant=pl.col("migrant_child").max() == 1)
    return moved.join(said, on="student_id", how="full", coalesce=True)


def _on(facts: Facts, day: date, *, until: date, own: pl.DataFrame) -> pl.DataFrame:
    frame = _enrolled(facts, day, until)
    for table in ("left_behind", "disability", "poverty"):
        listed = _listed(facts, table, day=day, until=until)
        frame = frame.join(listed, on="student_id", how="left")
        # 未登记不等于没有: a register that holds nobody says nothing of anybody
        frame = frame.with_columns(
            pl.when(pl.col(table).any()).then(pl.col(table).fill_null(False))
        )
    frame = frame.join(own.lazy(), on="student_id", how="left")
    told = frame.with_columns(area=pl.lit(facts.batch.area), as_of=pl.lit(day))
    return told.select(*KEYS, *NAMES).sort("student_id").collect()
