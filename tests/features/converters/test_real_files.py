"""Laws of the Open University converter on the real files (skipped where they are absent)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.check import check_extract
from features.converters.oulad import convert
from tests.features.converters.factories import real_data

pytestmark = pytest.mark.realdata

KNOWN_BEFORE_DAY = ("attendance", "activity", "grades", "status_changes")


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2014B, converted once."""
    return convert(real_data(), tmp_path_factory.mktemp("oulad") / "2014B", ["2014B"]).folder


def read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def roll(folder: Path) -> pl.DataFrame:
    leaving = read(folder, "status_changes").select("student_id", left="happened_on")
    return read(folder, "enrolments").join(leaving, on="student_id", how="left")


@pytest.mark.parametrize(
    ("week", "n", "leaving"), [(4, 6506, 300), (8, 6207, 191), (12, 6019, 186), (16, 5833, 164)]
)
def test_the_published_counts_come_out(spring: Path, week: int, n: int, leaving: int) -> None:
    """Registered and not yet withdrawn at each week, and leaving in 28 days: counts computed elsewhere."""
    day = read(spring, "calendar")["date"].min() + timedelta(days=7 * week)  # type: ignore[operator]
    there = roll(spring).filter(
        (pl.col("start_on") <= day) & (pl.col("left").is_null() | (pl.col("left") > day))
    )
    assert there.height == n
    assert there.filter(pl.col("left") <= day + timedelta(days=28)).height == leaving


def test_no_mark_stands_after_leaving_or_outside_the_calendar(spring: Path) -> None:
    """Attendance ends with the day of leaving and lies on school days of the pupil's class."""
    marks = read(spring, "attendance").join(roll(spring), on="student_id")
    assert marks.filter(pl.col("date") > pl.col("left")).is_empty()
    assert marks.filter(pl.col("date") < pl.col("start_on")).is_empty()
    days = read(spring, "calendar").select("class_id", "date")
    assert marks.join(days, on=("class_id", "date"), how="anti").is_empty()


def test_keys_are_unique_as_known(spring: Path) -> None:
    """No key has two rows known on the same day."""
    for name, key in (
        ("attendance", ["student_id", "date"]),
        ("activity", ["student_id", "date", "kind"]),
        ("grades", ["student_id", "exam", "subject", "known_on"]),
        ("assignments", ["class_id", "subject"]),
        ("attributes", ["student_id", "name"]),
    ):
        assert not read(spring, name).select(key).is_duplicated().any(), name


def test_nothing_is_known_before_it_happened(spring: Path) -> None:
    """No row is known before its own day."""
    for name in KNOWN_BEFORE_DAY:
        frame = read(spring, name)
        clock = "date" if "date" in frame.columns else "happened_on"
        assert frame.filter(pl.col("known_on") < pl.col(clock)).is_empty(), name


def test_the_converted_extract_is_clean(spring: Path) -> None:
    """The product's own check accepts the converted extract without a fault."""
    report = check_extract(spring).report
    assert (report.exit_code, dict(report.counts)) == (0, {})
