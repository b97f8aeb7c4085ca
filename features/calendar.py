"""Which day is a school day, for whom, in which term. Date arithmetic only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import polars as pl

SCOPES = ("county_code", "school_id", "grade", "class_id")
#: A break of this many days without school begins a return (weekends are two or three).
BREAK_DAYS = 7
RETURN_DAYS = 5
#: The estimated national two-term year (province dates differ: they are data, imported as `calendar`).
AUTUMN_FROM, AUTUMN_TO = (9, 1), (1, 18)
SPRING_AFTER_FESTIVAL, SPRING_TO, GRADE9_TO = 17, (7, 6), (6, 20)


@dataclass(frozen=True)
class CalendarDays:
    """School days by calendar, and which class follows which calendar.

    ``days``: calendar_id, date, date_no (days since 1970), ord (1, 2, ... within the calendar), term,
    term_start_no, weekday (1 Monday .. 7), back (1 on the first five days after a break).
    ``classes``: class_key, calendar_id. ``estimated``: no calendar was imported.
    """

    days: pl.DataFrame
    classes: pl.DataFrame
    estimated: bool


def is_workday(day: date) -> bool:
    """A working day in China: make-up Saturdays count, holidays do not.

    Years whose holidays are not yet published fall back to Monday to Friday.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def spring_festival(year: int) -> date:
    """First day of the published Spring Festival holiday of ``year`` (about 1 February if unpublished)."""
    for offset in range(60):
        day = date(year, 1, 15) + timedelta(days=offset)
        try:
            holiday, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            break
        if holiday and name == "Spring Festival":
            return day
    return date(year, 2, 1)


def _estimated_term(day: date) -> str | None:
    year = day.year
    if day >= date(year, *AUTUMN_FROM):
        return f"{year}-{year + 1}-1"
    if day <= date(year, *AUTUMN_TO):
        return f"{year - 1}-{year}-1"
    start = spring_festival(year) + timedelta(days=SPRING_AFTER_FESTIVAL)
    return f"{year - 1}-{year}-2" if start <= day <= date(year, *SPRING_TO) else None


def estimated(start: date, end: date) -> pl.DataFrame:
    """Calendar rows of the contract for the national two-term year between two days, both counted.

    Grade 9 ends with the entrance examination, about 20 June.
    """
    rows: list[dict[str, object]] = []
    for n in range((end - start).days + 1):
        day = start + timedelta(days=n)
        term = _estimated_term(day)
        if term is None or not is_workday(day):
            continue
        rows.append({"date": day, "grade": None, "term": term, "is_school_day": 1})
        if date(day.year, *GRADE9_TO) < day <= date(day.year, *SPRING_TO):
            rows.append({"date": day, "grade": "9", "term": term, "is_school_day": 0})
    schema: dict[str, pl.DataType] = {
        "date": pl.Date(),
        "grade": pl.String(),
        "term": pl.String(),
        "is_school_day": pl.Int8(),
    }
    frame = pl.DataFrame(rows, schema=schema)
    empty = [pl.lit(None, pl.String).alias(c) for c in SCOPES if c != "grade"]
    return frame.with_columns(*empty)


def _speaking(scopes: pl.DataFrame, classes: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """class_key, scope: which classes each scope speaks of, by what it names. A province has scopes by the
    thousand and classes by the hundred thousand: they are never all held against each other."""
    named = [pl.col(c).is_not_null().alias(f"{c}_named") for c in SCOPES]
    own = classes.select("class_key", *SCOPES)
    for told, some in scopes.with_columns(named).group_by([f"{c}_named" for c in SCOPES]):
        names = [c for c, there in zip(SCOPES, told, strict=True) if there]
        wanted = some.select("scope", *names)
        pairs = own.join(wanted, on=names) if names else own.join(wanted, how="cross")
        yield pairs.select("class_key", "scope")


def _patterns(rows: pl.DataFrame, classes: pl.DataFrame) -> pl.DataFrame:
    """class_key, calendar_id, scope: the scopes of the calendar rows that speak of each class."""
    scopes = rows.select(SCOPES).unique().sort(SCOPES, nulls_last=False).with_row_index("scope")
    none = classes.select("class_key").clear().with_columns(scopes["scope"].clear())
    pairs = pl.concat([none, *_speaking(scopes, classes)])
    pairs = pairs.join(scopes.rename({c: f"{c}_scope" for c in SCOPES}), on="scope")
    pairs = pairs.sort("class_key", "scope")
    ids = pairs.group_by("class_key").agg(
        pl.col("scope").cast(pl.String).str.join("+").alias("calendar_id")
    )
    # the more a scope names, the more it prevails: class, then grade and school, then county
    weight = sum(
        pl.col(f"{c}_scope").is_not_null().cast(pl.Int32) * 2**n for n, c in enumerate(SCOPES)
    )
    return pairs.join(ids, on="class_key").select(
        "class_key", "calendar_id", "scope", weight.alias("weight"), *[f"{c}_scope" for c in SCOPES]
    )


def _school_days(rows: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    scopes = rows.select(SCOPES).unique().sort(SCOPES, nulls_last=False).with_row_index("scope")
    rows = rows.join(scopes, on=list(SCOPES), how="inner", nulls_equal=True)
    one = patterns.select("calendar_id", "scope", "weight").unique()
    return (
        one.join(rows, on="scope")
        .sort("calendar_id", "date", "weight", descending=[False, False, True])
        .unique(["calendar_id", "date"], keep="first", maintain_order=True)
        .filter(pl.col("is_school_day") == 1)
        .select("calendar_id", "date", "term")
    )


def _numbered(days: pl.DataFrame) -> pl.DataFrame:
    """Day numbers, ordinals, the first day of the term, and the days after a break."""
    by = "calendar_id"
    no = pl.col("date").cast(pl.Int32)
    gap = no - no.shift(1).over(by)
    starts = (gap > BREAK_DAYS) | gap.is_null()
    count = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    return (
        days.sort(by, "date")
        .with_columns(
            no.alias("date_no"),
            count.over(by).alias("ord"),
            pl.col("date").dt.weekday().cast(pl.Int32).alias("weekday"),
            no.min().over(by, "term").alias("term_start_no"),
            starts.cast(pl.Int32).cum_sum().over(by).alias("stretch"),
        )
        .with_columns(
            # the first days of all records are no return: nothing is known of what came before
            ((count.over(by, "stretch") <= RETURN_DAYS) & (pl.col("stretch") > 1))
            .cast(pl.Int32)
            .alias("back")
        )
        .drop("stretch")
    )


def resolve(rows: pl.DataFrame, classes: pl.DataFrame, *, start: date, end: date) -> CalendarDays:
    """School days for every class.

    ``rows``: the contract's `calendar` (may be empty: then the national year between ``start`` and
    ``end`` is estimated). ``classes``: class_key, county_code, school_id, grade (text), class_id.
    """
    is_estimated = rows.is_empty()
    if is_estimated:
        rows = estimated(start, end)
    for name in SCOPES:
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, pl.String).alias(name))
    rows = rows.with_columns(pl.col("grade").cast(pl.String))
    classes = classes.with_columns(pl.col("grade").cast(pl.String))
    patterns = _patterns(rows, classes)
    days = _numbered(_school_days(rows, patterns))
    return CalendarDays(days, patterns.select("class_key", "calendar_id").unique(), is_estimated)
