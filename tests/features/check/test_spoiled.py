"""Every spoiled extract gets a clear fault: place, sentence, remedy; nothing is half used."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.check import Checked, check_extract
from features.facts import import_extract
from features.refusal import Refusal
from tests.features.check.county import county, write
from tests.features.check.spoiled import SPOILED, Spoiled


def spoiled(folder: Path, case: Spoiled) -> Checked:
    rows = county()
    if case.edit:
        case.edit(rows)
    # so that one torn table does not hide behind another's refusal
    named = {"星座", "父母服刑"}
    strange = {n for body in rows.values() for row in body for n in row} & named
    if strange:
        _write_strange(folder, rows)
    else:
        write(folder, rows)
    if case.damage:
        case.damage(folder)
    return check_extract(folder)


def _write_strange(folder: Path, rows: dict[str, list[dict[str, object]]]) -> None:
    write(folder, {n: b for n, b in rows.items() if n != "students"})
    from tests.features.check.county import cells, write_csv

    body = rows["students"]
    write_csv(folder / "students.csv", list(body[0]), cells(body))


@pytest.mark.parametrize("case", SPOILED, ids=lambda case: case.name)
def test_a_spoiled_extract_is_named_with_its_place(case: Spoiled, tmp_path: Path) -> None:
    """The report names rule, table, row and column, and the exit code is 1 for faults."""
    report = spoiled(tmp_path, case).report
    listed = report.warnings if case.warning else report.faults
    found = [f for f in listed if f.rule == case.rule and f.table == case.table]
    assert found, report.to_text()
    if case.row is not None:
        assert case.row in {f.row for f in found}
    if case.column is not None:
        assert case.column in {f.column for f in found}
    assert report.exit_code == (0 if case.warning else 1), report.to_text()
    assert (case.table in report.refused_tables) == case.refused


@pytest.mark.parametrize("case", SPOILED, ids=lambda case: case.name)
def test_a_fault_says_what_and_how_in_both_languages(case: Spoiled, tmp_path: Path) -> None:
    """Sentence and remedy are filled in, in Chinese and in English; no template is left open."""
    report = spoiled(tmp_path, case).report
    for fault in (*report.faults, *report.warnings):
        for said in (fault.message_zh, fault.message_en, fault.remedy_zh, fault.remedy_en):
            assert said.strip()
            assert "{" not in said
            assert "None" not in said
        assert not any("一" <= c <= "鿿" for c in fault.remedy_en)
    assert case.rule in report.to_text("zh")
    assert case.rule in report.to_text("en")


@pytest.mark.parametrize(
    "case", [c for c in SPOILED if c.row and c.row > 1 and not c.refused and not c.warning],
    ids=lambda case: case.name,
)  # fmt: skip
def test_a_faulty_row_is_set_aside_and_the_rest_is_used(case: Spoiled, tmp_path: Path) -> None:
    """Accepted plus set aside is all that was read; only the faulty rows are missing."""
    checked = spoiled(tmp_path, case)
    tally = next(t for t in checked.report.tallies if t.table == case.table)
    assert tally.bad >= 1
    assert tally.accepted == checked.tables[str(case.table)].height
    assert tally.accepted + tally.bad + tally.identical + tally.unused == tally.rows


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds a clean extract."""
    home = tmp_path_factory.mktemp("home")
    import_extract(write(tmp_path_factory.mktemp("clean") / "extract", county()), home)
    return home


def _held(home: Path) -> dict[str, bytes]:
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


@pytest.mark.parametrize("case", [c for c in SPOILED if not c.warning], ids=lambda case: case.name)
def test_a_spoiled_extract_leaves_the_store_as_it_was(
    case: Spoiled, home: Path, tmp_path: Path
) -> None:
    """Importing what has a fault is refused in one sentence, and not a byte of the store changes."""
    spoiled(tmp_path, case)
    before = _held(home)
    with pytest.raises(Refusal):
        import_extract(tmp_path, home)
    assert _held(home) == before
