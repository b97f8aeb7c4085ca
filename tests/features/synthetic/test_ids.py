"""Laws of invented identifiers and names."""

from __future__ import annotations

from datetime import date

import numpy as np

from features.synthetic import households, ids, names, places
from features.synthetic.county import LAST_DAY
from features.synthetic.draws import rank_within, stream
from features.synthetic.effects import load_effects
from features.synthetic.pupils import make_pupils
from features.synthetic.terms import span
from tests.features.synthetic.conftest import Made


def valid(number: str) -> bool:
    """GB 11643 by the other road: the weighted sum with the check digit is 1 modulo 11."""
    values = [10 if ch == "X" else int(ch) for ch in number]
    return sum(v * pow(2, 17 - k, 11) for k, v in enumerate(values)) % 11 == 1


def test_numbers_are_valid_and_nobodys(made: Made) -> None:
    """All identity numbers have a right check digit, the day of birth inside, and province 99."""
    pupils = made.read("students")
    for student, number, born in pupils.select("student_id", "id_number", "birth_date").iter_rows():
        stem = student[1:]
        assert student[0] in "GJ"
        assert valid(stem)
        assert stem.startswith("99")
        assert stem[6:14] == f"{born:%Y%m%d}"
        assert number in (None, stem)
    assert all(valid(n) for n in made.read("household_registry")["person_id"])


def test_numbers_are_unique_in_a_large_county() -> None:
    """No two pupils and no two people of the registry share a number, across lots and counties."""
    where, effects = span(LAST_DAY, 2), load_effects("city")
    pupils, people, counties = [], [], set()
    for lot in places.chunks(140_000):
        made = make_pupils(lot, where, effects, seed=1)
        pupils += made.ids.tolist()
        rng = stream(1, lot[0].number, "households")
        people += households.registry(made, lot, where, rng)["person_id"].to_list()
        counties |= {c.county for c in lot}
    assert counties == {0, 1}
    assert len(set(pupils)) == len(pupils)
    assert len(set(people)) == len(people)


def test_the_registry_has_errors_to_find(made: Made) -> None:
    """Some pupils are missing from the registry, some have other names, some people are on no roll."""
    pupils, people = made.read("students"), made.read("household_registry")
    both = pupils.join(people, left_on="id_number", right_on="person_id", suffix="_registry")
    assert 0.9 * len(pupils) < len(both) < len(pupils)
    assert 0 < (both["name"] != both["name_registry"]).sum() < 0.1 * len(both)
    assert set(people["status"].unique()) == {
        "registered",
        "moved",
        "empty",
        "duplicate",
        "deceased",
    }


def test_names_hold_rare_characters() -> None:
    """Names include characters outside the basic plane, double surnames and names with a middle dot."""
    rng = np.random.default_rng(1)
    text = names.pupil_names(rng, 20_000, rng.random(20_000) < 0.05).tolist()
    assert all(1 < len(name) < 12 for name in text)
    assert any(ord(ch) > 0xFFFF for name in text for ch in name)
    assert any("·" in name for name in text)
    assert any(name.startswith("欧阳") for name in text)


def test_temporary_numbers_have_their_form() -> None:
    """L, area, day of birth, four digits."""
    found = ids.temporary_numbers(
        np.array([0]), np.array([date(2015, 2, 3)], "datetime64[D]"), np.array([7])
    )
    assert found.to_list() == ["L990121201502030007"]


def test_phones_and_schools_cannot_be_real() -> None:
    """Phone numbers begin with 120, school codes hold province 99."""
    assert all(
        p.startswith("120") and len(p) == 11 for p in ids.phones(np.random.default_rng(1), 50)
    )
    assert ids.school_code("21", 4) == "2199000005"


def test_rank_within_counts_inside_groups() -> None:
    """Ranks restart in every group and follow the rows."""
    assert rank_within(np.array([5, 2, 5, 5, 2])).tolist() == [0, 0, 1, 2, 1]
    assert rank_within(np.array([], dtype=int)).tolist() == []
