"""The police's household registry: mostly the same children, with the errors that matching must find."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.synthetic.draws import Array, Ints, frame, pick, words
from features.synthetic.ids import identity_numbers
from features.synthetic.names import adult_names, pupil_names
from features.synthetic.places import CLUSTERS_A_CHUNK, Cluster
from features.synthetic.pupils import Pupils
from features.synthetic.terms import Span

#: Characters often taken for each other on paper or by sound.
ALIKE = {
    "婷": "亭",
    "轩": "宣",
    "睿": "瑞",
    "颖": "影",
    "琳": "林",
    "晨": "辰",
    "雨": "宇",
    "佳": "嘉",
    "涵": "函",
    "泽": "择",
}


def registry(
    people: Pupils, lot: list[Cluster], where: Span, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``household_registry`` table.

    About 4 % of pupils are missing from it, 1 % stand under another number, 2 % under another name or
    day of birth; about 3 % of its rows are children on no roll: moved, empty, duplicate, deceased, or
    really not in school.
    """
    own = np.flatnonzero((people.numbers != None) & (rng.random(len(people)) < 0.96))  # noqa: E711
    mine = _rows(people, own, _lot(lot), rng)
    other = _others(people, lot, where, rng)
    rows = pl.concat([mine, other]).unique("person_id", keep="first", maintain_order=True)
    n = len(rows)
    town = np.array([c.township for c in lot], dtype=object)
    village = np.char.zfill((200 + rng.integers(1, 20, n)).astype(str), 3).astype(object)
    at = rng.integers(0, len(lot), n)
    names = rows["name"].to_numpy().astype(object)
    return rows.with_columns(
        address_code=words(town[at] + village),
        address=words(np.array([c.name for c in lot], dtype=object)[at] + "镇"),
        household_no=pl.Series(rng.integers(10**8, 10**9, n)).cast(pl.String),
        head_name=words(adult_names(rng, names)),
    )


def _rows(people: Pupils, own: Ints, place: int, rng: np.random.Generator) -> pl.DataFrame:
    number, name = people.numbers[own].copy(), people.names[own].copy()
    born = people.born[own].copy()
    wrong = np.flatnonzero(rng.random(len(own)) < 0.01)
    again = identity_numbers(
        people.county[own[wrong]], born[wrong], 900 + place * 6 + rng.integers(0, 6, len(wrong))
    )
    number[wrong] = again.to_numpy()
    for k in np.flatnonzero(rng.random(len(own)) < 0.15):
        name[k] = "".join(ALIKE.get(ch, ch) for ch in name[k])
    other_day = rng.random(len(own)) < 0.001
    born[other_day] = born[other_day] + 1
    status = pick(rng, ("registered", "moved", "empty"), len(own), (0.985, 0.01, 0.005))
    return _frame(number, name, np.where(people.male[own], "1", "2"), born, status)


def _others(
    people: Pupils, lot: list[Cluster], where: Span, rng: np.random.Generator
) -> pl.DataFrame:
    n = int(np.ceil(0.03 * len(people)))
    county = rng.choice(people.county, n)
    age = rng.integers(6, 16, n)
    born = np.datetime64(where.last) - age * 365 - rng.integers(1, 365, n)
    male = rng.random(n) < 0.5
    serial = 950 + 6 * _lot(lot) + 2 * rng.integers(0, 3, n) + male
    number = identity_numbers(county, born, serial).to_numpy().astype(object)
    status = pick(
        rng,
        ("registered", "moved", "empty", "duplicate", "deceased"),
        n,
        (0.35, 0.35, 0.15, 0.1, 0.05),
    )
    names = pupil_names(rng, n, rng.random(n) < 0.08)
    return _frame(number, names, np.where(male, "1", "2"), born, status)


def _frame(number: Array, name: Array, sex: Array, born: Array, status: Array) -> pl.DataFrame:
    return frame(
        {
            "person_id": number,
            "name": name,
            "sex": sex.astype(object),
            "birth_date": born.astype("datetime64[D]"),
            "status": status,
        }
    )


def _lot(lot: list[Cluster]) -> int:
    """The lot's place in its county (0-7): each has its own serials, so numbers never meet."""
    return lot[0].within // CLUSTERS_A_CHUNK
