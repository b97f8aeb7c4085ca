"""A day's frames out of facts laid over each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.batch import Batch
from features.facts import Facts
from features.facts.fold import Layer
from features.facts.store import lay_facts
from features.prepare.marks import SAYS_MORE
from features.tables import TABLES
from serving.scoring.rules import load_duties
from serving.services.today import read_today
from tests.features.indicators.world import frame

AUTUMN, FRIDAY = date(2026, 9, 1), date(2026, 11, 20)
TEMPORARY, LASTING = "L1", "G1"


def row(student_id: str, **more: Any) -> dict[str, Any]:
    """An enrolment since autumn."""
    return {
        "student_id": student_id, "school_id": "A", "class_id": "1", "grade": "7", "start_on": AUTUMN,
        "known_on": AUTUMN, **more,
    }  # fmt: skip


def facts(
    folder: Path,
    *extracts: tuple[date, list[dict[str, Any]], list[dict[str, Any]]],
    attendance: Sequence[dict[str, Any]] = (),
) -> Facts:
    """Full extracts, each with the day it was received, its enrolments and its aliases; and marks."""
    layers = []
    for received, enrolments, aliases in extracts:
        people = sorted({e["student_id"] for e in enrolments})
        tables = {
            "schools": [{"school_id": "A", "name": "A"}],
            "classes": [{"school_id": "A", "class_id": "1", "school_year": "2026", "grade": "7"}],
            "students": [{"student_id": s, "name": s} for s in people],
            "enrolments": enrolments,
            "student_aliases": aliases,
            "attendance": list(attendance),
        }
        framed = {name: frame(name, rows).lazy() for name, rows in tables.items() if rows}
        layers.append(Layer(framed, received, True))
    lay_facts(layers, folder)
    batch = Batch(area="small", received_on=extracts[-1][0], id_scheme="any")
    return Facts(folder, batch, "small", ("small",))


def vanished(known: Facts, day: date) -> list[tuple[str, date]]:
    """Of whom it is told that the row vanished, and since when."""
    found = read_today(known, day, load_duties(None)).alerts
    rows = found.filter(found["code"] == "row_vanished").select("student_id", "since").rows()
    return sorted(rows)


NOVEMBER = date(2026, 11, 10)
ALIAS = {"old_student_id": TEMPORARY, "student_id": LASTING, "known_on": NOVEMBER}


def test_a_temporary_row_that_gave_way_to_the_lasting_one_has_not_vanished(tmp_path: Path) -> None:
    """Enrolled under the lasting number, the pupil is no vanished row under the temporary one."""
    known = facts(
        tmp_path,
        (AUTUMN, [row(TEMPORARY), row("b")], []),
        (NOVEMBER, [row(LASTING, known_on=NOVEMBER), row("b")], [ALIAS]),
    )
    assert vanished(known, FRIDAY) == []


@pytest.mark.parametrize(
    ("known_on", "name"), [(NOVEMBER, LASTING), (date(2026, 11, 30), TEMPORARY)]
)
def test_a_temporary_row_that_vanished_is_told_under_the_number_known_then(
    tmp_path: Path, known_on: date, name: str
) -> None:
    """Without another enrolment the row is told under the lasting number, once that is known."""
    known = facts(
        tmp_path,
        (AUTUMN, [row(TEMPORARY), row("b")], []),
        (NOVEMBER, [row("b")], [ALIAS | {"known_on": known_on}]),
    )
    assert vanished(known, FRIDAY) == [(name, NOVEMBER)]


def test_last_years_row_hides_no_vanishing(tmp_path: Path) -> None:
    """One row each school year: that last year's is still there explains nothing."""
    last = row("a", start_on=date(2025, 9, 1), end_on=date(2026, 7, 3), known_on=date(2025, 9, 1))
    known = facts(
        tmp_path,
        (AUTUMN, [last, row("a"), row("b")], []),
        (NOVEMBER, [last, row("b")], []),
    )
    assert vanished(known, FRIDAY) == [("a", NOVEMBER)]


def test_every_status_of_the_contract_can_be_shown() -> None:
    """Each code that a mark of attendance may have has its place among those that say more or less, once."""
    (status,) = [one for one in TABLES["attendance"].columns if one.name == "status"]
    assert sorted(SAYS_MORE) == sorted(status.codes or ())


def test_of_two_half_days_the_one_that_says_more_is_shown(tmp_path: Path) -> None:
    """A morning at school and an afternoon away without leave are one day, shown as the afternoon."""
    halves = [("am", "present"), ("pm", "unexcused")]
    marks = [
        {
            "student_id": "a", "date": FRIDAY, "session": session, "status": status, "known_on": FRIDAY,
        }
        for session, status in halves
    ]  # fmt: skip
    known = facts(tmp_path, (FRIDAY, [row("a")], []), attendance=marks)
    shown = read_today(known, FRIDAY, load_duties(None)).marks
    assert shown.filter(shown["on"] == FRIDAY).rows() == [("a", FRIDAY, "unexcused")]
