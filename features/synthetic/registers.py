"""Dated registers of support: household economy, left-behind and care, disability, teaching at home."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from features.synthetic.draws import Array, Bools, frame, pick
from features.synthetic.effects import Effects
from features.synthetic.moves import Days, hide_later
from features.synthetic.names import SURNAMES, adult_names
from features.synthetic.pupils import Pupils
from features.synthetic.terms import Span

#: 2026 names of the categories and rough weights (assumption).
_POVERTY = (
    "防止返贫致贫对象",
    "低保",
    "低保边缘",
    "特困",
    "刚性支出困难",
    "脱贫户",
    "脱贫不稳定户",
)
_POVERTY_WEIGHTS = (0.16, 0.30, 0.12, 0.03, 0.05, 0.26, 0.08)
_SOURCES = ("农业农村部门", "民政部门", "学校申报")


def poverty(people: Pupils, where: Span, rng: np.random.Generator) -> pl.DataFrame:
    """The ``poverty`` table: some new within the span, some ended, ends learned weeks later."""
    who = np.flatnonzero(people.poor)
    start = _starts(where, len(who), rng, new=0.12)
    end, learned, _ = _ends(start, where, rng, share=0.12)
    resolved = rng.random(len(who)) < 0.2
    rows = frame(
        {
            "student_id": people.ids[who],
            "category": pick(rng, _POVERTY, len(who), _POVERTY_WEIGHTS),
            "start_on": start,
            "end_on": end,
            "end_known_on": learned,
            "risk_status": np.where(resolved, "resolved", "open").astype(object),
            "source": pick(rng, _SOURCES, len(who)),
            "checked_on": _checked(start, where, rng),
            "known_on": start + rng.integers(3, 45, len(who)),
        }
    )
    return _known(rows, where)


def left_behind(
    people: Pupils, where: Span, effects: Effects, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``left_behind`` table: the school register for all, the civil standard for part of them."""
    who = np.flatnonzero(people.left_kind > 0)
    start = _starts(where, len(who), rng, new=0.25)
    end, learned, _ = _ends(start, where, rng, share=0.15)
    s = effects.shares
    weights = [s[f"carer_{name}"] for name in ("grandparents", "relatives", "parent", "none")]
    carer = pick(rng, ("grandparents", "relatives", "parent", "none"), len(who), weights)
    one = people.left_kind[who] == 1
    carer[one & (rng.random(len(who)) < 0.9)] = "parent"
    rows = frame(
        {
            "student_id": people.ids[who],
            "standard": np.full(len(who), "register", dtype=object),
            "kind": people.left_kind[who].astype(str).astype(object),
            "start_on": start,
            "carer": carer,
            "end_on": end,
            "end_known_on": learned,
            "checked_on": _checked(start, where, rng),
            "known_on": start + rng.integers(0, 60, len(who)),
        }
    )
    civil = (people.left_kind[who] == 2) | (carer == "none")
    second = rows.filter(pl.Series(civil & (rng.random(len(who)) < 0.85))).with_columns(
        standard=pl.lit("civil"), known_on=pl.col("known_on").dt.offset_by("20d")
    )
    return _known(pl.concat([rows, second]), where)


def care(people: Pupils, where: Span, rng: np.random.Generator) -> pl.DataFrame:
    """The ``care`` table: written entrustment for part of those whose parents are both away."""
    who = np.flatnonzero((people.left_kind == 2) & (rng.random(len(people)) < 0.7))
    start = _starts(where, len(who), rng, new=0.3)
    contact = np.maximum(start, np.datetime64(where.last) - rng.integers(10, 120, len(who)))
    known = np.maximum(start, contact) + rng.integers(0, 6, len(who))
    rows = frame(
        {
            "student_id": people.ids[who],
            "start_on": start,
            "entrusted_to": adult_names(rng, pick(rng, tuple(SURNAMES), len(who))),
            "relation": pick(
                rng, ("祖父母", "外祖父母", "亲属", "邻居"), len(who), (0.6, 0.29, 0.08, 0.03)
            ),
            "written_notice_on": start,
            "last_parent_contact_on": contact,
            "known_on": known,
        }
    )
    return rows.filter(pl.col("known_on") <= where.last)


def disability(
    people: Pupils, where: Span, effects: Effects, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``disability`` table; the number of a certificate is the identity number, category and level."""
    who = np.flatnonzero(people.disabled)
    category = 1 + rng.choice(7, len(who), p=(0.10, 0.12, 0.06, 0.26, 0.28, 0.10, 0.08))
    level = 1 + rng.choice(4, len(who), p=(0.12, 0.25, 0.30, 0.33))
    start = _starts(where, len(who), rng, new=0.06)
    placement = _placements(people, effects, rng)
    placement[people.home_taught[who]] = "home_teaching"
    # waiting is a matter of weeks
    waits = placement == "waiting"
    recent = np.datetime64(where.last) - rng.integers(3, 60, len(who))
    start = np.where(waits, recent, start)
    number = people.numbers[who]
    certificate = [
        None if n is None else f"{n}{c}{k}" for n, c, k in zip(number, category, level, strict=True)
    ]
    rows = frame(
        {
            "student_id": people.ids[who],
            "category": category.astype(str).astype(object),
            "start_on": start,
            "level": level.astype(str).astype(object),
            "certificate_no": pl.Series(certificate, dtype=pl.String),
            "placement": placement,
            "checked_on": _checked(start, where, rng),
            "known_on": start + rng.integers(0, 90, len(who)),
        }
    )
    return rows.filter(pl.col("known_on") <= where.last).with_columns(_seen("checked_on", where))


def _placements(people: Pupils, effects: Effects, rng: np.random.Generator) -> Array:
    """Where pupils with a disability learn, before the severe few who are taught at home."""
    inclusive = effects.shares["inclusive"]
    return pick(
        rng, ("inclusive", "ordinary", "special_class", "waiting"), int(people.disabled.sum()),
        (inclusive, 1 - inclusive - 0.06, 0.04, 0.02),
    )  # fmt: skip


def home_teaching(people: Pupils, where: Span, rng: np.random.Generator) -> pl.DataFrame:
    """The ``home_teaching`` table: about two visits a month, for some fewer than planned."""
    who = np.flatnonzero(people.home_taught)
    every = np.where(rng.random(len(who)) < 0.25, 20, 10)
    visits = [
        (pupil, day)
        for pupil, step in zip(who, every, strict=True)
        for day in range(int(pupil) % 7, len(where.days), int(step))
        if rng.random() < 0.9 and people.grade[pupil, where.years.index(int(where.year[day]))] > 0
    ]
    if not visits:
        return pl.DataFrame()
    pupil, day = np.array(visits).T
    rows = frame(
        {
            "student_id": people.ids[pupil],
            "date": where.days[day],
            "periods": np.full(len(pupil), 2.0),
            "teacher": adult_names(rng, pick(rng, tuple(SURNAMES), len(pupil))),
            "guardian_signed": (rng.random(len(pupil)) < 0.92).astype(np.int8),
            "known_on": where.days[day] + rng.integers(0, 6, len(pupil)),
        }
    )
    return rows.filter(pl.col("known_on") <= where.last)


def _starts(where: Span, size: int, rng: np.random.Generator, *, new: float) -> Days:
    """First days of registration: most before the records begin, a share ``new`` within them."""
    before = np.datetime64(where.first) - rng.integers(20, 900, size)
    length = (where.last - where.first).days + 1
    within = np.datetime64(where.first) + rng.integers(0, length, size)
    return np.where(rng.random(size) < new, within, before)


def _ends(
    start: Days, where: Span, rng: np.random.Generator, *, share: float
) -> tuple[Days, Days, Bools]:
    """Ends for a share of the rows, learned two to ten weeks later; NaT elsewhere."""
    size = len(start)
    ended = rng.random(size) < share
    floor = np.maximum(start + 30, np.datetime64(where.first))
    end = floor + rng.integers(0, max((where.last - where.first).days, 1), size)
    learned = end + rng.integers(14, 75, size)
    nothing = np.datetime64("NaT")
    return np.where(ended, end, nothing), np.where(ended, learned, nothing), ended


def _checked(start: Days, where: Span, rng: np.random.Generator) -> Days:
    """The last check: this term for most, long ago for some, never for a few."""
    size = len(start)
    back = np.where(
        rng.random(size) < 0.75, rng.integers(5, 90, size), rng.integers(150, 420, size)
    )
    checked = np.maximum(np.datetime64(where.last) - back, start)
    return np.where(rng.random(size) < 0.08, np.datetime64("NaT"), checked)


def _seen(column: str, where: Span) -> pl.Expr:
    return pl.when(pl.col(column) <= where.last).then(column).alias(column)


def _known(rows: pl.DataFrame, where: Span) -> pl.DataFrame:
    """What the county knows on the last day."""
    ended = pl.col("end_on").is_not_null() & (pl.col("end_known_on") < pl.col("known_on"))
    rows = rows.with_columns(
        pl.when(ended).then("known_on").otherwise("end_known_on").alias("end_known_on"),
        _seen("checked_on", where),
    )
    rows = rows.with_columns(
        pl.when(pl.col("end_on").is_null())
        .then(date(9999, 1, 1))
        .otherwise("end_known_on")
        .alias("end_known_on")
    )
    return hide_later(rows, where.last, ("end_on", "end_known_on"))
