"""Who there is: pupils with their lasting traits, schools, classes and grades by school year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from features.synthetic.draws import Array, Bools, Floats, Ints, blank, frame, rank_within, stream
from features.synthetic.effects import Effects
from features.synthetic.ids import county_code, identity_numbers, phones, temporary_numbers
from features.synthetic.names import adult_names, pupil_names
from features.synthetic.places import KINDS, Cluster, school_ids, share_of
from features.synthetic.terms import Span

CLASS_SIZE = 46


@dataclass(frozen=True)
class Pupils:
    """Arrays over the pupils of a lot (n) and the covered school years (y).

    ``grade`` n x y, 0 where the pupil is in no grade that year; ``school`` n x y, index into
    ``school_codes``; ``class_no`` n x y from 1; traits are latent unless a table shows them.
    """

    ids: npt.NDArray[np.object_]
    numbers: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    male: Bools
    born: npt.NDArray[np.datetime64]
    cluster: Ints
    county: Ints
    entry: Ints
    over_age: Ints
    grade: Ints
    school: Ints
    class_no: Ints
    school_codes: npt.NDArray[np.object_]
    ability: Floats
    poor: Bools
    left_kind: Ints
    mother_away: Bools
    ill_family: Bools
    distress: Floats
    mother_schooling: Floats
    siblings: Ints
    boarder: Bools
    distance_km: Floats
    disabled: Bools
    home_taught: Bools
    minority: Bools
    earlier_return: Bools

    def __len__(self) -> int:
        """How many pupils."""
        return len(self.ids)

    def class_codes(self, year: int) -> npt.NDArray[np.object_]:
        """The class ids of a school year (index), such as 0703."""
        both = self.grade[:, year] * 100 + self.class_no[:, year]
        return pl.Series(both).cast(pl.String).str.zfill(4).to_numpy().astype(object)

    def class_key(self, year: int) -> Ints:
        """One number per school, grade and class of that school year."""
        key = (self.school[:, year] * 10 + self.grade[:, year]) * 100 + self.class_no[:, year]
        return np.asarray(key)


class Scene(NamedTuple):
    """The pupils of a lot, the days covered, the coefficients: what every table is made from."""

    people: Pupils
    where: Span
    effects: Effects


def make_pupils(lot: list[Cluster], where: Span, effects: Effects, *, seed: int) -> Pupils:
    """The pupils of one lot of townships."""
    number = lot[0].number
    rng = stream(seed, number, "pupils")
    cluster, entry = _cohorts(lot, where)
    n = len(cluster)
    county = np.array([c.county for c in lot])[cluster]
    within = np.array([c.within for c in lot])[cluster]
    shares = effects.shares
    male = rng.random(n) < shares["boys"]
    over_age = _over_age(rng, n, shares)
    born = _born(rng, cluster * 100_000 + entry * 2 + male, entry, over_age)
    serial = (within * 3 + over_age) * 2 + np.where(male, 1, 2)
    numbers = identity_numbers(county, born, serial).to_numpy().astype(object)
    prefix = np.where(rng.random(n) < shares["no_identity_number"], "J", "G").astype(object)
    minority = rng.random(n) < 0.15
    codes = np.array([code for c in lot for code in school_ids(c)], dtype=object)
    grade = _grades(entry, where)
    share = effects.after["moves_school_in_summer"]
    school, class_no = _seats(rng, cluster, entry, grade, share=share)
    traits = _traits(rng, grade, effects)
    return Pupils(
        ids=prefix + numbers,
        numbers=blank(numbers, prefix == "J"),
        names=pupil_names(rng, n, minority & (rng.random(n) < 0.5)),
        male=male, born=born, cluster=cluster, county=county, entry=entry, over_age=over_age,
        grade=grade, school=school, class_no=class_no, school_codes=codes, minority=minority,
        ability=_ability(rng, traits["left_kind"], over_age), **traits,
    )  # fmt: skip


def _cohorts(lot: list[Cluster], where: Span) -> tuple[Ints, Ints]:
    """Cluster (position in the lot) and year of entering grade 1, for every pupil of the span."""
    last = where.years[-1]
    parts = []
    for position, c in enumerate(lot):
        for back in range(9 + len(where.years) - 1):
            size = c.pupils // 9 + (1 <= back + 1 <= c.pupils % 9)
            parts.append((position, last - back, size))
    sizes = [p[2] for p in parts]
    return np.repeat([p[0] for p in parts], sizes), np.repeat([p[1] for p in parts], sizes)


def _over_age(rng: np.random.Generator, n: int, shares: dict[str, float]) -> Ints:
    u = rng.random(n)
    two = u < shares["over_age_two"]
    return np.where(two, 2, (u < shares["over_age_two"] + shares["over_age_one"]).astype(int))


def _born(
    rng: np.random.Generator, group: Ints, entry: Ints, over_age: Ints
) -> npt.NDArray[np.datetime64]:
    """Six years old by 31 August of the entry year; never two of a group on one day while under 365."""
    shuffled = rng.permutation(len(group))
    rank = np.empty(len(group), dtype=np.int64)
    rank[shuffled] = rank_within(group[shuffled])
    start = (entry - 7 - over_age - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 8
    # 144 is prime to 365: neighbours in rank are born far apart
    return np.asarray(start.astype("datetime64[D]") + (rank * 144) % 365)


def _traits(rng: np.random.Generator, grade: Ints, effects: Effects) -> dict[str, Array]:
    n, shares, profile = len(grade), effects.shares, effects.profile
    junior = grade.max(axis=1) >= 7
    away = np.where(junior, shares["left_behind_junior"], shares["left_behind_primary"])
    away = away * profile.left_behind_times
    left = rng.random(n) < away
    both = rng.random(n) < shares["both_parents_of_left_behind"]
    boards = np.where(junior, shares["boarder_junior"], shares["boarder_primary"])
    poor = rng.random(n) < profile.poor
    boarder = rng.random(n) < boards
    far = np.where(boarder, 9.0, 2.0)
    disabled = rng.random(n) < shares["disabled"]
    return {
        "poor": poor,
        "left_kind": np.where(left, np.where(both, 2, 1), 0),
        "mother_away": rng.random(n) < 0.3,
        "ill_family": rng.random(n) < shares["ill_family"] * np.where(poor, 2.0, 0.85),
        "distress": rng.standard_normal(n),
        "mother_schooling": rng.standard_normal(n) - 0.4 * poor,
        "siblings": rng.poisson(0.9, n),
        "boarder": boarder,
        "distance_km": np.round(np.minimum(rng.lognormal(0, 0.6, n) * far, 60), 1),
        "disabled": disabled,
        "home_taught": disabled & (rng.random(n) < shares["home_teaching_of_disabled"]),
        "earlier_return": rng.random(n) < effects.after["earlier_return_share"] * junior,
    }


def _ability(rng: np.random.Generator, left_kind: Ints, over_age: Ints) -> Floats:
    # both parents away: about -5 percentile points (Zhang et al. 2014 J Dev Econ) = -0.13 sd
    return np.asarray(
        rng.standard_normal(len(left_kind)) - 0.13 * (left_kind == 2) - 0.35 * over_age
    )


def _grades(entry: Ints, where: Span) -> Ints:
    grade = np.array(where.years)[None, :] - entry[:, None] + 1
    return np.where((grade >= 1) & (grade <= 9), grade, 0)


def _seats(
    rng: np.random.Generator, cluster: Ints, entry: Ints, grade: Ints, *, share: float
) -> tuple[Ints, Ints]:
    """School and class number by school year; ``share`` change schools over a summer."""
    n = len(cluster)
    base = cluster * len(KINDS)
    primary = rng.choice(len(KINDS), n, p=share_of("primary"))
    junior = rng.choice(len(KINDS), n, p=share_of("junior"))
    # pupils of the nine-year school stay there
    junior = np.where((primary == 2) & (rng.random(n) < 0.9), 2, junior)
    school = np.empty_like(grade)
    class_no = np.empty_like(grade)
    cohort = entry - entry.min()
    first = _Classes(base + primary, cohort), _Classes(base + junior, cohort)
    for y in range(grade.shape[1]):
        place = np.where(grade[:, y] >= 7, junior, primary)
        if y:
            place = _moved(rng, place, grade[:, y], share)
            primary = np.where(grade[:, y] < 7, place, primary)
            junior = np.where(grade[:, y] >= 7, place, junior)
        school[:, y] = base + place
        stage = np.where(
            grade[:, y] >= 7, first[1].numbers(school[:, y]), first[0].numbers(school[:, y])
        )
        class_no[:, y] = stage
    return school, class_no


def _moved(rng: np.random.Generator, place: Ints, grade: Ints, share: float) -> Ints:
    """Some change to another school of their stage in the township over the summer."""
    goes = rng.random(len(place)) < share
    other = np.where(grade >= 7, np.where(place == 2, 3, 2), (place + 1) % 3)
    return np.where(goes & (grade > 1) & (grade != 7), other, place)


class _Classes:
    """Class numbers given once a stage, so that nobody changes class because another pupil moved."""

    def __init__(self, school: Ints, cohort: Ints) -> None:
        self._cohort = cohort
        self._wide = int(cohort.max()) + 1
        group = school * self._wide + cohort
        self._counts = np.bincount(group)
        self._rank = rank_within(group)

    def numbers(self, school: Ints) -> Ints:
        """1, 2, ... for pupils who now sit in ``school``."""
        group = school * self._wide + self._cohort
        counts = np.where(
            group < len(self._counts), self._counts[np.minimum(group, len(self._counts) - 1)], 0
        )
        classes = np.maximum(1, -(-counts // CLASS_SIZE))
        return np.asarray(self._rank % classes + 1)


def students(people: Pupils, lot: list[Cluster], effects: Effects, *, seed: int) -> pl.DataFrame:
    """The ``students`` table."""
    rng = stream(seed, lot[0].number, "students")
    n = len(people)
    village = rng.integers(1, 20, n)
    town = np.array([c.township for c in lot], dtype=object)[people.cluster]
    place = np.array([c.name for c in lot], dtype=object)[people.cluster]
    relation = np.where(
        people.left_kind == 2, "祖父母", np.where(rng.random(n) < 0.55, "母亲", "父亲")
    )
    return frame(
        {
            "student_id": people.ids,
            "name": people.names,
            "id_number": people.numbers,
            "birth_date": people.born,
            "residence_code": town + np.char.zfill((200 + village).astype(str), 3).astype(object),
            "address": place + "镇" + village.astype(str).astype(object) + "村",
            "guardian_name": adult_names(rng, people.names),
            "guardian_relation": relation.astype(object),
            "guardian_phone": phones(rng, n),
            "distance_km": people.distance_km,
            "migrant_child": (rng.random(n) < effects.shares["migrant"]).astype(np.int8),
        }
    )


def restricted(people: Pupils, lot: list[Cluster], *, seed: int) -> pl.DataFrame:
    """The ``students_restricted`` table: for the fairness audit only."""
    rng = stream(seed, lot[0].number, "restricted")
    n = len(people)
    other = rng.integers(2, 57, n)
    home = np.array([county_code(c) for c in people.county], dtype=object)
    return frame({
            "student_id": people.ids,
            "sex": np.where(people.male, "1", "2").astype(object),
            "ethnicity": np.where(people.minority, np.char.zfill(other.astype(str), 2), "01").astype(object),
            "hukou_code": home,
            "orphan": (rng.random(n) < 0.002).astype(np.int8),
            "unattended": (rng.random(n) < 0.003).astype(np.int8),
        }
    )  # fmt: skip


def aliases(
    people: Pupils, where: Span, effects: Effects, rng: np.random.Generator
) -> pl.DataFrame:
    """The ``student_aliases`` table: temporary numbers that became full ones during the first term, as far
    as it has gone: who would get the full one later goes by it from the start."""
    share = effects.shares["temporary_number"]
    who = np.flatnonzero((rng.random(len(people)) < share) & (people.grade[:, 0] > 0))
    old = temporary_numbers(people.county[who], people.born[who], rng.integers(0, 10_000, len(who)))
    known = where.days[0] + rng.integers(5, 60, len(who))
    rows = frame({"old_student_id": old, "student_id": people.ids[who], "known_on": known})
    return rows.filter(pl.Series(known <= where.days[-1]))
