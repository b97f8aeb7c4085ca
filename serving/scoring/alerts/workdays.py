"""Working days of staff: make-up Saturdays count, public holidays do not."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from features.calendar import is_workday

_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def after(day: date, workdays: int) -> date:
    """The day so many working days after ``day``; 0 is the day itself or the next working day."""
    while not is_workday(day):
        day += _DAY
    for _ in range(workdays):
        day += _DAY
        while not is_workday(day):
            day += _DAY
    return day


@lru_cache(maxsize=4096)
def between(start: date, end: date) -> int:
    """Working days after ``start`` up to ``end``, the end counted."""
    return sum(is_workday(start + _DAY * n) for n in range(1, (end - start).days + 1))
