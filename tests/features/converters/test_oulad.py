"""Laws of the Open University converter, on tiny files made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.batch import Batch
from features.converters.oulad import convert, day_zero
from features.refusal import Refusal
from features.tables import TABLES
from tests.features.converters.factories import (
    assessment,
    clicks,
    handed_in,
    oulad,
    person,
)


def made(tmp_path: Path, people: Sequence[Mapping[str, Any]], **more: Any) -> Path:
    out = tmp_path / "out"
    convert(oulad(tmp_path / "src", people, **more), out)
    return out


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    path = folder / f"{table}.parquet"
    return pl.read_parquet(path).to_dicts() if path.exists() else []


def test_days_without_activity_are_absences(tmp_path: Path) -> None:
    """Every day from day 0 to the end is a row: present with activity, absent without."""
    out = made(tmp_path, [person(7)], daily=[clicks(7, -2, quiz=1), clicks(7, 4, url=2)], length=5)
    marks = {row["date"].day: row["status"] for row in rows(out, "attendance")}
    assert marks == {1: "absent", 2: "absent", 3: "absent", 4: "absent", 5: "present", 6: "absent"}


@pytest.mark.parametrize(
    ("registered", "left", "first", "last"),
    [(-5.0, None, 1, 11), (3.0, None, 4, 11), (-5.0, 2.0, 1, 3), (None, 6.0, 1, 7)],
)
def test_attendance_runs_from_registration_to_leaving(
    tmp_path: Path, registered: float | None, left: float | None, first: int, last: int
) -> None:
    """No mark stands before registration or after leaving; the day of leaving is the last."""
    someone = person(7, date_registration=registered, date_unregistration=left)
    days = [row["date"].day for row in rows(made(tmp_path, [someone]), "attendance")]
    assert days == list(range(first, last + 1))


def test_every_fact_of_a_day_is_known_that_day(tmp_path: Path) -> None:
    """Marks, activity and leaving are known on their own day, so rows tell nothing beforehand."""
    out = made(
        tmp_path,
        [person(7, date_unregistration=4.0, final_result="Withdrawn")],
        daily=[clicks(7, 1, quiz=3)],
    )
    dated = [(r["known_on"], r["date"]) for t in ("attendance", "activity") for r in rows(out, t)]
    dated += [(r["known_on"], r["happened_on"]) for r in rows(out, "status_changes")]
    assert len(dated) == 7
    assert all(known == day for known, day in dated)


def test_leaving_is_a_status_and_not_an_end_of_enrolment(tmp_path: Path) -> None:
    """A dated withdrawal is a dropped_out row on its day, before day 0 and without Withdrawn too."""
    out = made(
        tmp_path,
        [
            person(7, date_unregistration=-3.0),
            person(8, date_unregistration=2.0, final_result="Fail"),
        ],
    )
    assert [
        (r["student_id"], r["happened_on"], r["kind"]) for r in rows(out, "status_changes")
    ] == [
        ("AAA-2013J-7", date(2013, 9, 28), "dropped_out"),
        ("AAA-2013J-8", date(2013, 10, 3), "dropped_out"),
    ]
    assert all("end_on" not in row for row in rows(out, "enrolments"))
    assert {r["student_id"] for r in rows(out, "attendance")} == {"AAA-2013J-8"}


def test_the_undated_withdrawn_are_in_no_table(tmp_path: Path) -> None:
    """Who withdrew on no known day is not converted, and the report counts them."""
    folder = oulad(
        tmp_path / "src",
        [person(7), person(8, final_result="Withdrawn", disability="Y")],
        daily=[clicks(8, 1, quiz=3)],
        submissions=[handed_in(1, 8, 3, 50.0)],
    )
    made_ = convert(folder, tmp_path / "out")
    assert "1 条" in made_.notes[0][0]
    for name in made_.rows:
        assert "AAA-2013J-8" not in str(rows(tmp_path / "out", name)), name


def test_a_missing_registration_counts_from_day_zero_or_leaving(tmp_path: Path) -> None:
    """Without a day of registration the roll begins on day 0, or on the day of leaving if earlier."""
    people = [
        person(7, date_registration=None),
        person(8, date_registration=None, date_unregistration=-20.0),
    ]
    starts = {
        r["student_id"][-1]: r["start_on"] for r in rows(made(tmp_path, people), "enrolments")
    }
    assert starts == {"7": date(2013, 10, 1), "8": date(2013, 9, 11)}


def test_activity_is_kept_by_kind_also_before_day_zero(tmp_path: Path) -> None:
    """Clicks are rows by kind with their count; kinds without clicks are no rows."""
    out = made(tmp_path, [person(7)], daily=[clicks(7, -2, quiz=4, url=1), clicks(7, 0, other=2)])
    assert [(r["date"].isoformat(), r["kind"], r["count"]) for r in rows(out, "activity")] == [
        ("2013-09-29", "quiz", 4),
        ("2013-09-29", "url", 1),
        ("2013-10-01", "other", 2),
    ]


def test_a_mark_is_a_correction_known_a_week_after_handing_in(tmp_path: Path) -> None:
    """Work is known as handed in on its day, without a score; its score a week later, same key."""
    out = made(tmp_path, [person(7)], submissions=[handed_in(1, 7, 2, 61.0)])
    first, second = rows(out, "grades")
    key = [*TABLES["grades"].key, "happened_on", "due_on"]
    assert [first[k] for k in key] == [second[k] for k in key]
    assert (first["known_on"], first["score"]) == (date(2013, 10, 3), None)
    assert (second["known_on"], second["score"]) == (date(2013, 10, 10), 61.0)
    assert (first["exam"], first["subject"], first["due_on"]) == (
        "assignment",
        "1",
        date(2013, 10, 4),
    )


def test_work_without_a_score_has_no_second_row(tmp_path: Path) -> None:
    """A score that the files do not hold is not written as a correction."""
    out = made(tmp_path, [person(7)], submissions=[handed_in(1, 7, 2, None)])
    assert [row["score"] for row in rows(out, "grades")] == [None]


def test_a_banked_mark_is_no_handed_in_work(tmp_path: Path) -> None:
    """A mark carried over is one row with exam banked, known from registration at the earliest."""
    late = person(7, date_registration=2.0)
    (row,) = rows(
        made(tmp_path, [late], submissions=[handed_in(1, 7, -1, 70.0, banked=1)]), "grades"
    )
    assert (row["exam"], row["score"], row["known_on"]) == ("banked", 70.0, date(2013, 10, 3))


def test_set_work_has_its_day_and_is_known_from_the_start(tmp_path: Path) -> None:
    """Assessments with a date are assignments; undated exams and exams nobody is recorded in are not."""
    work = [
        assessment(1, "TMA", 3.0),
        assessment(2, "Exam", None),
        assessment(3, "Exam", 9.0),
        assessment(4, "Exam", 9.0),
    ]
    out = made(tmp_path, [person(7)], work=work, submissions=[handed_in(4, 7, 9, 80.0)])
    found = [
        (r["subject"], r["kind"], r["due_on"], r["known_on"]) for r in rows(out, "assignments")
    ]
    assert found == [
        ("1", "TMA", date(2013, 10, 4), date(2013, 10, 1)),
        ("4", "Exam", date(2013, 10, 10), date(2013, 10, 1)),
    ]


@pytest.mark.parametrize(
    ("band", "decile", "poor"),
    [("0-10%", "1", 1), ("10-20", "2", 1), ("20-30%", "3", 0), (None, None, 0)],
)
def test_the_poorest_fifth_of_areas_stands_for_a_register(
    tmp_path: Path, band: str | None, decile: str | None, poor: int
) -> None:
    """Bands 0-20 % are rows of poverty from registration on; the decile is an attribute."""
    out = made(tmp_path, [person(7, imd_band=band), person(8)])
    mine = [r for r in rows(out, "poverty") if r["student_id"].endswith("-7")]
    held = {
        r["name"]: r["value"] for r in rows(out, "attributes") if r["student_id"].endswith("-7")
    }
    assert len(mine) == poor
    assert held.get("deprivation_decile") == decile


def test_what_is_known_of_a_person_is_known_from_registration(tmp_path: Path) -> None:
    """Disability, deprivation and attributes are known on the day of registration."""
    out = made(tmp_path, [person(7, disability="Y", imd_band="0-10%")])
    known = {r["known_on"] for t in ("disability", "poverty", "attributes") for r in rows(out, t)}
    assert known == {date(2013, 9, 21)}
    assert {r["name"]: r["value"] for r in rows(out, "attributes")} == {
        "previous_attempts": "0",
        "studied_credits": "60",
        "education_level": "3",
        "deprivation_decile": "1",
    }


def test_sex_is_restricted_and_region_and_age_nowhere(tmp_path: Path) -> None:
    """Sex is in students_restricted only; region, age band and final result are in no table."""
    out = made(tmp_path, [person(7)])
    assert rows(out, "students_restricted") == [{"student_id": "AAA-2013J-7", "sex": "2"}]
    written = {path.stem: str(rows(out, path.stem)) for path in out.glob("*.parquet")}
    for word in ("Wales", "0-35", "Pass"):
        assert not [name for name, text in written.items() if word in text]


def test_the_extract_says_what_it_is(tmp_path: Path) -> None:
    """batch.toml reads back: area, day of receipt, outcome, attributes that a model may use."""
    batch = Batch.read(made(tmp_path, [person(7)]))
    assert (batch.area, batch.received_on) == ("oulad-2013J", date(2013, 10, 18))
    assert (batch.outcome, batch.alerts, batch.population) == (("dropped_out",), False, "any")
    assert set(batch.attributes) == {
        "previous_attempts", "studied_credits", "education_level", "deprivation_decile",
    }  # fmt: skip


def test_nothing_known_after_the_day_of_receipt_is_written(tmp_path: Path) -> None:
    """Leaving and work dated after the day of receipt are not in the extract, and are counted."""
    folder = oulad(
        tmp_path / "src",
        [person(7, date_unregistration=300.0)],
        submissions=[handed_in(1, 7, 200, 50.0)],
    )
    made_ = convert(folder, tmp_path / "out")
    assert {"status_changes", "grades"}.isdisjoint(made_.rows)
    assert made_.notes[2][1].startswith("1 withdrawals")


def test_every_column_is_the_contracts(tmp_path: Path) -> None:
    """Every table and column written is named in the contract, and no required one is missing."""
    people = [person(7, disability="Y", imd_band="0-10%", date_unregistration=4.0)]
    out = made(
        tmp_path, people, daily=[clicks(7, 1, quiz=3)], submissions=[handed_in(1, 7, 2, 61.0)]
    )
    for path in out.glob("*.parquet"):
        held = set(pl.read_parquet_schema(path))
        assert held <= set(TABLES[path.stem].names), path.stem
        assert set(TABLES[path.stem].key) - {"county_code", "grade"} <= held, path.stem


def test_the_public_csv_files_read_the_same(tmp_path: Path) -> None:
    """The original CSV files, with the log not yet summed, give the same tables as the summed Parquet."""
    people = [person(7), person(8, imd_band=None, date_unregistration=3.0)]
    daily = [clicks(7, 1, quiz=3, other=2), clicks(8, 0, url=1)]
    source = oulad(tmp_path / "src", people, daily=daily, submissions=[handed_in(1, 7, 2, 61.0)])
    public = tmp_path / "csv"
    public.mkdir()
    for path in source.glob("*.parquet"):
        if path.stem != "studentVle_daily":
            pl.read_parquet(path).write_csv(public / f"{path.stem}.csv", null_value="?")
    course = {"code_module": ["AAA"] * 3, "code_presentation": ["2013J"] * 3}
    sites = {"id_site": [1, 2, 3], "activity_type": ["quiz", "glossary", "url"]}
    pl.DataFrame(course | sites).write_csv(public / "vle.csv")
    log = {
        "id_student": [7, 7, 7, 8],
        "id_site": [1, 1, 2, 3],
        "date": [1, 1, 1, 0],
        "sum_click": [1, 2, 2, 1],
    }
    pl.DataFrame({k: [v[0]] * 4 for k, v in course.items()} | log).write_csv(
        public / "studentVle.csv"
    )
    convert(source, tmp_path / "a")
    convert(public, tmp_path / "b")
    for path in (tmp_path / "a").glob("*.parquet"):
        assert rows(tmp_path / "a", path.stem) == rows(tmp_path / "b", path.stem), path.stem


def test_two_conversions_write_the_same_bytes(tmp_path: Path) -> None:
    """The same files give the same extract, byte for byte."""
    people = [person(n, imd_band="0-10%") for n in range(20)]
    folder = oulad(tmp_path / "src", people, daily=[clicks(n, 1, quiz=3) for n in range(20)])
    for name in ("a", "b"):
        convert(folder, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


@pytest.mark.parametrize(
    ("word", "said"),
    [("2013B", "2013-02-01"), ("2014J", "2014-10-01"), ("2014X", None), ("B", None)],
)
def test_day_zero(word: str, said: str | None) -> None:
    """Day 0 is 1 February for B, 1 October for J; any other word is refused."""
    if said is None:
        with pytest.raises(Refusal):
            day_zero(word)
    else:
        assert day_zero(word).isoformat() == said


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    """A folder without a file, a file without a column, a torn file: each refused by its name."""
    folder = oulad(tmp_path / "src", [person(7)])
    pl.read_parquet(folder / "courses.parquet").drop("module_presentation_length").write_parquet(
        folder / "courses.parquet"
    )
    with pytest.raises(Refusal) as refused:
        convert(folder, tmp_path / "out")
    assert "module_presentation_length" in refused.value.zh
    (folder / "courses.parquet").write_bytes(b"PAR1 torn")
    with pytest.raises(Refusal, match=r"courses\.parquet"):
        convert(folder, tmp_path / "out")
    (folder / "courses.parquet").unlink()
    (folder / "studentVle_daily.parquet").unlink()
    with pytest.raises(Refusal) as refused:
        convert(folder, tmp_path / "out")
    assert all(name in refused.value.en for name in ("courses", "studentVle", "vle"))
    assert not (tmp_path / "out").exists()


def test_an_unknown_presentation_is_refused_with_those_held(tmp_path: Path) -> None:
    """Asking for a presentation that is not there names those that are."""
    with pytest.raises(Refusal) as refused:
        convert(oulad(tmp_path / "src", [person(7)]), tmp_path / "out", ["2019J"])
    assert "2013J" in refused.value.zh


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """An extract is replaced only with overwrite; a folder with other files or a file never."""
    folder, out = oulad(tmp_path / "src", [person(7)]), tmp_path / "out"
    convert(folder, out)
    with pytest.raises(Refusal, match="--overwrite"):
        convert(folder, out)
    convert(folder, out, overwrite=True)
    (out / "batch.toml").unlink()
    with pytest.raises(Refusal):
        convert(folder, out, overwrite=True)
    assert (out / "students.parquet").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refusal):
        convert(folder, tmp_path / "file", overwrite=True)
