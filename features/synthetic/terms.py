"""Terms and school days of the synthetic county, with public holidays and make-up days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from features.calendar import is_workday
from features.refusal import Refusal
from features.synthetic.draws import Bools, Ints

#: First day of the lunar year (Purple Mountain Observatory's almanac).
SPRING_FESTIVAL = {
    2019: date(2019, 2, 5), 2020: date(2020, 1, 25), 2021: date(2021, 2, 12), 2022: date(2022, 2, 1),
    2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17),
    2027: date(2027, 2, 6), 2028: date(2028, 1, 26), 2029: date(2029, 2, 13), 2030: date(2030, 2, 3),
}  # fmt: skip
DAY = timedelta(days=1)
_CALENDAR = {
    "date": pl.Date, "grade": pl.String, "term": pl.String, "is_school_day": pl.Int8, "note": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One term: ``last_9`` is grade 9's last day (before 中考 in spring)."""

    code: str
    school_year: int
    number: int
    first: date
    last: date
    last_9: date


@dataclass(frozen=True)
class Span:
    """The days a county's records cover.

    ``days``: school days of grades 1-8 in order; ``open_9``: which of them grade 9 has too;
    ``term``, ``week``, ``year``: index of the day's term, week since ``first``, school year.
    """

    first: date
    last: date
    terms: tuple[Term, ...]
    years: tuple[int, ...]
    days: npt.NDArray[np.datetime64]
    open_9: Bools
    term: Ints
    week: Ints
    year: Ints

    @property
    def weeks(self) -> int:
        """How many calendar weeks are covered."""
        return ((self.last - self.first).days + 7) // 7

    def index(self, day: date) -> int:
        """The position of the first school day on or after ``day`` (``len(days)`` if there is none)."""
        return int(np.searchsorted(self.days, np.datetime64(day)))

    def month(self) -> Ints:
        """The month (0-11) of each day."""
        return self.days.astype("datetime64[M]").astype(np.int64) % 12


def terms_of(school_year: int) -> tuple[Term, Term]:
    """The two terms that begin in September of ``school_year``.

    Dates are set by province; these follow the usual distance to Spring Festival and are assumptions.
    """
    festival = SPRING_FESTIVAL[school_year + 1]
    name = f"{school_year}-{school_year + 1}"
    autumn = date(school_year, 9, 1)
    winter = _back(festival - 12 * DAY, weekday=4)
    spring = _forth(festival + 13 * DAY, weekday=0)
    summer = _back(date(school_year + 1, 7, 5), weekday=4)
    exam = date(school_year + 1, 6, 18)
    return (
        Term(f"{name}-1", school_year, 1, autumn, winter, winter),
        Term(f"{name}-2", school_year, 2, spring, summer, exam),
    )


def span(last: date, weeks: int) -> Span:
    """The span of ``weeks`` calendar weeks that ends in the week of ``last``.

    Raises ``Refusal`` where the span holds no school day or lies outside the known lunar years.
    """
    first = last - timedelta(days=last.weekday()) - timedelta(weeks=weeks - 1)
    years = tuple(range(_school_year(first), _school_year(last) + 1))
    if years[0] + 1 not in SPRING_FESTIVAL or years[-1] + 1 not in SPRING_FESTIVAL:
        raise Refusal(
            "示例县只能覆盖2018年9月至2030年8月；请换一个最后一天或减少周数。",
            "a sample covers September 2018 to August 2030; choose another last day or fewer weeks",
        )
    terms = tuple(t for y in years for t in terms_of(y) if t.first <= last and t.last >= first)
    rows = [
        (day, n, day <= term.last_9)
        for n, term in enumerate(terms)
        for day in _days(max(first, term.first), min(last, term.last))
        if is_workday(day)
    ]
    if not rows:
        raise Refusal(
            "所选时段没有上课日；请增加周数或换一个最后一天。",
            "there is no school day in that span; take more weeks or another last day",
        )
    days = np.array([r[0] for r in rows], dtype="datetime64[D]")
    return Span(
        first, last, terms, years, days,
        open_9=np.array([r[2] for r in rows]),
        term=np.array([r[1] for r in rows]),
        week=((days - np.datetime64(first)).astype(np.int64)) // 7,
        year=np.array([terms[r[1]].school_year for r in rows]),
    )  # fmt: skip


def calendar_rows(where: Span) -> pl.DataFrame:
    """The ``calendar`` table: every day of the covered school years' terms up to the running term's end."""
    rows: list[tuple[date, str | None, str, int, str | None]] = []
    for term in (t for y in where.years for t in terms_of(y) if t.first <= where.last):
        for day in _days(term.first, term.last):
            rows.append((day, None, term.code, int(is_workday(day)), _note(day)))
            if day > term.last_9 and is_workday(day):
                rows.append((day, "9", term.code, 0, "九年级已考完"))
    return pl.DataFrame(
        rows,
        schema=_CALENDAR,
        orient="row",
    )  # fmt: skip


def _note(day: date) -> str | None:
    weekend = day.weekday() > 4
    if is_workday(day):
        return "调休上课" if weekend else None
    return None if weekend else "法定节假日"


def _school_year(day: date) -> int:
    return day.year if day.month >= 9 else day.year - 1


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def _back(day: date, weekday: int) -> date:
    return day - timedelta(days=(day.weekday() - weekday) % 7)


def _forth(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
