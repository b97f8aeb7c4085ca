"""School days: what was imported prevails by what it names, and what was not is estimated."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from features.calendar import BREAK_DAYS, RETURN_DAYS, estimated, resolve
from features.tables import polars_schema

CLASSES = pl.DataFrame(
    {
        "class_key": ["s1|1", "s1|2", "s2|1"],
        "county_code": ["990121"] * 3,
        "school_id": ["s1", "s1", "s2"],
        "grade": ["7", "9", "7"],
        "class_id": ["1", "2", "1"],
    }
)
START, END = date(2025, 9, 1), date(2026, 8, 31)


def _rows(*rows: dict[str, object]) -> pl.DataFrame:
    schema = polars_schema("calendar")
    return pl.DataFrame([{**dict.fromkeys(schema), "term": "t", **r} for r in rows], schema=schema)


def _days(rows: pl.DataFrame, class_key: str) -> list[date]:
    result = resolve(rows, CLASSES, start=START, end=END)
    return (
        result.classes.filter(pl.col("class_key") == class_key)
        .join(result.days, on="calendar_id")["date"]
        .sort()
        .to_list()
    )


def test_the_more_a_row_names_the_more_it_prevails() -> None:
    """A class's own row beats the school's, which beats the grade-less county's."""
    day = date(2026, 3, 2)
    rows = _rows(
        {"date": day, "is_school_day": 1},
        {"date": day, "school_id": "s1", "is_school_day": 0},
        {"date": day, "school_id": "s1", "class_id": "2", "is_school_day": 1},
    )
    assert _days(rows, "s1|1") == []
    assert _days(rows, "s1|2") == [day]
    assert _days(rows, "s2|1") == [day]


def test_without_a_calendar_the_national_year_is_estimated_and_said_to_be() -> None:
    """Holidays and make-up days are published facts; terms without an import are estimates."""
    result = resolve(_rows().clear(), CLASSES, start=START, end=END)
    days = set(_days(_rows().clear(), "s1|1"))
    assert result.estimated
    assert date(2025, 10, 1) not in days
    assert date(2025, 10, 11) in days  # a Saturday worked for the National Day holiday
    assert date(2026, 2, 17) not in days  # Spring Festival
    assert date(2026, 7, 20) not in days
    assert 170 <= len(days) <= 210


def test_grade_nine_ends_with_the_entrance_examination() -> None:
    """After about 20 June grade 9 has no school days and grade 7 still has."""
    empty = _rows().clear()
    assert max(_days(empty, "s1|2")) <= date(2026, 6, 20)
    assert max(_days(empty, "s1|1")) > date(2026, 6, 25)


def test_an_unpublished_year_falls_back_to_monday_to_friday() -> None:
    """Far years have no published holidays: weekdays are taken and nothing fails."""
    rows = estimated(date(2049, 9, 1), date(2049, 9, 30))
    assert rows.filter(pl.col("grade").is_null())["date"].dt.weekday().max() == 5


@settings(max_examples=80, deadline=None)
@given(st.sets(st.integers(0, 200), min_size=1, max_size=60))
def test_ordinals_terms_and_returns_are_those_counted_by_hand(offsets: set[int]) -> None:
    """Ordinals count school days; the first five days after a long break are the return."""
    wanted = [START + timedelta(days=n) for n in sorted(offsets)]
    term = ["a" if d < date(2025, 12, 1) else "b" for d in wanted]
    rows = _rows(
        *[{"date": d, "term": t, "is_school_day": 1} for d, t in zip(wanted, term, strict=True)]
    )
    days = resolve(rows, CLASSES, start=START, end=END).days.sort("date")
    assert days["date"].to_list() == wanted
    assert days["ord"].to_list() == list(range(1, len(wanted) + 1))
    firsts = {t: min(d for d, u in zip(wanted, term, strict=True) if u == t) for t in term}
    epoch = date(1970, 1, 1)
    assert days["term_start_no"].to_list() == [(firsts[t] - epoch).days for t in term]
    back, since, first_stretch = [], 0, True
    for before, now in zip([None, *wanted[:-1]], wanted, strict=True):
        if before is not None and (now - before).days > BREAK_DAYS:
            since, first_stretch = 0, False
        since += 1
        back.append(int(since <= RETURN_DAYS and not first_stretch))
    assert days["back"].to_list() == back


def test_where_no_day_is_known_nobody_follows_a_calendar() -> None:
    """Records of a holiday alone: no school day, no class, and still every column."""
    told = resolve(_rows(), CLASSES, start=date(2025, 8, 1), end=date(2025, 8, 2))
    assert told.estimated
    assert (told.days.height, told.classes.height) == (0, 0)
    assert {"calendar_id", "date", "ord", "back"} <= set(told.days.columns)
