"""Extracts stored by what they say, laid over each other, taken back; and what is refused changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.asof import known
from features.build import build
from features.facts import import_extract, imports, open_areas, open_facts, undo
from features.facts.store import reopen
from features.refusal import Refusal

BATCH = """area = "{area}"
received_on = {received}
mode = "{mode}"
attendance_mode = "full"
id_scheme = "any"
population = "any"
"""
ROLL = "student_id,school_id,start_on,grade,class_id\n"


def extract(folder: Path, *, received: str, marks: Mapping[str, str], **batch: Any) -> Path:
    """A small extract in ``folder``: two pupils, and one mark a day given of the first."""
    folder.mkdir()
    settings = {"area": "x", "mode": "full"} | batch
    (folder / "batch.toml").write_text(
        BATCH.format(received=received, **settings), encoding="utf-8"
    )
    (folder / "attendance.csv").write_text(
        "student_id,date,status\n" + "".join(f"a,{d},{s}\n" for d, s in marks.items()),
        encoding="utf-8",
    )
    if settings["mode"] == "full":
        (folder / "schools.csv").write_text(
            "school_id,name,stage,county_code\n1,甲校,junior,990121\n", encoding="utf-8"
        )
        (folder / "classes.csv").write_text(
            "school_id,class_id,school_year,grade\n1,1,2026,7\n", encoding="utf-8"
        )
        (folder / "students.csv").write_text(
            "student_id,name,birth_date\na,甲,2013-01-01\nb,乙,2013-02-01\n", encoding="utf-8"
        )
        (folder / "enrolments.csv").write_text(
            ROLL + "a,1,2026-09-01,7,1\nb,1,2026-09-01,7,1\n", encoding="utf-8"
        )
    return folder


def snapshot(home: Path) -> dict[str, bytes]:
    """Every file under ``home``."""
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def test_the_same_extract_twice_is_one_import(tmp_path: Path) -> None:
    """Content decides: importing it again changes nothing."""
    home = tmp_path / "home"
    folder = extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"})
    first = import_extract(folder, home)
    before = snapshot(home)
    assert import_extract(folder, home) == first
    assert snapshot(home) == before


def test_a_delta_lies_upon_the_full_extract_before_it(tmp_path: Path) -> None:
    """After a delta both what it brings and what was there are known, each from its own day."""
    home = tmp_path / "home"
    import_extract(
        extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "unexplained"}), home
    )
    delta = extract(
        tmp_path / "b", received="2026-10-08", mode="delta",
        marks={"2026-09-02": "sick", "2026-10-08": "late"},
    )  # fmt: skip
    facts = open_facts([delta], home)
    assert len(imports(home)) == 1  # opened, not imported
    rows = known(facts.scan("attendance"), date(2026, 10, 7)).collect()
    assert rows["status"].to_list() == ["unexplained"]
    rows = known(facts.scan("attendance"), date(2026, 10, 8)).collect().sort("date")
    assert rows["status"].to_list() == ["sick", "late"]
    import_extract(delta, home)
    assert open_facts([delta], home).digest == facts.digest


def test_an_old_day_is_the_same_before_and_after_a_correction_arrives(tmp_path: Path) -> None:
    """A list made as of a past day is identical before and after later corrections arrive."""
    home = tmp_path / "home"
    day = date(2026, 9, 30)
    first = extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "unexplained"})
    before = build(open_facts([first], home), day)
    import_extract(first, home)
    second = extract(tmp_path / "b", received="2026-10-08", marks={"2026-09-02": "sick"})
    facts = open_facts([second], home)
    assert build(facts, day).equals(before)
    assert not build(facts, date(2026, 10, 8)).equals(build(facts, day))
    assert reopen(facts.extracts[:0] + facts.extracts, home).digest == facts.digest


def test_undo_takes_back_the_newest_import_and_only_that(tmp_path: Path) -> None:
    """The newest import can be taken back; an older one only after it; an unknown one is refused."""
    home = tmp_path / "home"
    a = import_extract(
        extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"}), home
    )
    b = import_extract(
        extract(tmp_path / "b", received="2026-10-08", marks={"2026-09-02": "late"}), home
    )
    with pytest.raises(Refusal, match="请先撤销较新的批次"):
        undo(home, a.id)
    assert undo(home, b.id).undone
    assert [e.id for e in imports(home) if not e.undone] == [a.id]
    with pytest.raises(Refusal, match="没有编号为"):
        undo(home, b.id)


def test_what_cannot_follow_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    """A delta with nothing under it, an older extract, a faulty one, a missing folder: refused, nothing stored."""
    home = tmp_path / "home"
    delta = extract(
        tmp_path / "d", received="2026-10-08", mode="delta", marks={"2026-09-02": "sick"}
    )
    with pytest.raises(Refusal):
        import_extract(delta, home)
    import_extract(
        extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"}), home
    )
    before = snapshot(home / "imports")
    older = extract(tmp_path / "o", received="2026-09-20", marks={"2026-09-02": "late"})
    with pytest.raises(Refusal, match="早于已导入批次"):
        import_extract(older, home)
    faulty = extract(tmp_path / "f", received="2026-10-20", marks={"2026-09-02": "吃饭"})
    with pytest.raises(Refusal, match="原有数据未变"):
        import_extract(faulty, home)
    with pytest.raises(Refusal, match="找不到数据文件夹"):
        import_extract(tmp_path / "nowhere", home)
    assert snapshot(home / "imports") == before


def test_faulty_rows_are_set_aside_only_when_asked(tmp_path: Path) -> None:
    """With --set-aside the good rows are stored and the faulty ones are not half used."""
    home = tmp_path / "home"
    marks = {f"2026-09-{d:02d}": "sick" for d in range(1, 29)} | {"2026-10-09": "吃饭"}
    folder = extract(tmp_path / "f", received="2026-10-20", marks=marks)
    import_extract(folder, home, set_aside=True)
    rows = open_facts([folder], home).scan("attendance").collect()
    assert set(rows["status"]) == {"sick"}
    assert len(rows) == 28


def test_areas_are_kept_apart(tmp_path: Path) -> None:
    """Two areas opened together are two facts; one command about one area refuses both."""
    home = tmp_path / "home"
    a = extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"})
    b = extract(tmp_path / "b", received="2026-10-01", marks={"2026-09-02": "late"}, area="y")
    assert [f.batch.area for f in open_areas([a, b], home)] == ["x", "y"]
    with pytest.raises(Refusal, match="分属不同地区"):
        open_facts([a, b], home)


def test_folders_of_one_area_are_laid_over_each_other(tmp_path: Path) -> None:
    """Two extracts of one area given together are read as the later upon the earlier."""
    home = tmp_path / "home"
    a = extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"})
    b = extract(tmp_path / "b", received="2026-10-08", marks={"2026-09-02": "late"})
    facts = open_facts([a, b], home)
    assert len(facts.extracts) == 2
    assert known(facts.scan("attendance"), date(2026, 10, 9)).collect()["status"].to_list() == [
        "late"
    ]
    assert known(facts.scan("attendance"), date(2026, 10, 2)).collect()["status"].to_list() == [
        "sick"
    ]


def test_an_empty_county_opens_and_has_no_rows(tmp_path: Path) -> None:
    """An extract without pupils is no error: every table exists and the frame is empty."""
    home = tmp_path / "home"
    folder = extract(tmp_path / "a", received="2026-10-01", marks={})
    for name in ("students", "enrolments"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    facts = open_facts([folder], home)
    assert build(facts, date(2026, 10, 1)).is_empty()
    assert facts.calendar_estimated


def test_a_delta_about_nobody_known_is_refused(tmp_path: Path) -> None:
    """A delta's marks are checked against the pupils that its area already holds."""
    home = tmp_path / "home"
    import_extract(
        extract(tmp_path / "a", received="2026-10-01", marks={"2026-09-02": "sick"}), home
    )
    delta = extract(
        tmp_path / "d", received="2026-10-08", mode="delta", marks={"2026-10-07": "late"}
    )
    text = (delta / "attendance.csv").read_text(encoding="utf-8")
    (delta / "attendance.csv").write_text(text + "stranger,2026-10-07,late\n", encoding="utf-8")
    with pytest.raises(Refusal, match=r"2 处错误（第一处：attendance\.csv）") as refused:
        import_extract(delta, home)
    assert "stranger" not in refused.value.zh + refused.value.en
