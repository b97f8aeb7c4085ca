"""What a source declares beyond the contract becomes an indicator; what it does not declare, none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from features.batch import Attribute, Batch
from features.build import build
from features.catalogue import load
from features.facts import Facts
from features.indicator import Example
from tests.features.indicators.world import Case, facts_of, new_folder

DAY = date(2026, 11, 6)
CREDITS = Attribute(direction=1, zh="修读学分", en="credits", in_class=True)


def _facts() -> Facts:
    """Pupil n of ten has n credits; pupil 0 has them corrected to 90, known only the day after."""
    rows = [
        {"student_id": f"p{n}", "name": name, "value": value, "known_on": date(2026, 9, 1)}
        for n in range(10)
        for name, value in (("credits", str(n)), ("colour", "green"))
    ]
    rows.append(
        {"student_id": "p0", "name": "credits", "value": "90", "known_on": date(2026, 11, 7)}
    )
    case = Case("x", 0, Example({"attributes": tuple(rows)}, DAY, {"p0": None}))
    facts = facts_of(case.rows(), mode="full", folder=new_folder())
    return replace(facts, batch=facts.batch.model_copy(update={"attributes": {"credits": CREDITS}}))


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_declared_number_is_an_indicator_as_it_was_known(engine: str) -> None:
    """The number known on the day, and its place in the class; an undeclared name is not read."""
    facts = _facts()
    declared = load(facts.batch.attributes)
    names = ("attribute_credits", "attribute_credits_standing")
    more = "departure_rate_alike"
    few = replace(declared, indicators=tuple(i for i in declared if i.name in names))
    frame = build(facts, DAY, engine=engine, catalogue=few)
    assert frame["attribute_credits"].to_list() == [float(n) for n in range(10)]
    assert frame["attribute_credits_standing"].to_list() == pytest.approx(
        [0.05 + n / 10 for n in range(10)]
    )
    assert [n for n in declared.names if n not in load().names] == [*names, more]
    alone = load({"credits": CREDITS.model_copy(update={"in_class": False})})
    assert [n for n in alone.names if n not in load().names] == ["attribute_credits"]
    assert declared.fingerprint != load().fingerprint


@pytest.mark.parametrize("name", ["sex", "Gender", "ethnicity", "民族", "hukou_code", "orphan"])
def test_a_restricted_name_cannot_be_declared(name: str) -> None:
    """Sex, ethnicity, hukou, orphan and unattended are refused as declared inputs."""
    with pytest.raises(ValidationError):
        Batch(attributes={name: CREDITS})
