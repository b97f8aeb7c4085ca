"""ISO weeks as people write them: ``2026-W47``. They sort as text."""

from __future__ import annotations

import re
from datetime import date, timedelta

from features.refusal import Refusal

_FORM = re.compile(r"(\d{4})-W(\d{2})")


def iso_week(day: date) -> str:
    """The ISO week that holds ``day``; the last days of December may belong to the next year."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def monday(week: str) -> date:
    """The first day of an ISO week; ``Refusal`` where the text is none."""
    match = _FORM.fullmatch(week)
    try:
        if match is None:
            raise ValueError(week)
        return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError as error:
        raise Refusal(
            "周次写法有误：请写成 2026-W47。", "A week is written like 2026-W47."
        ) from error


def shift(week: str, weeks: int) -> str:
    """The week so many weeks later (or earlier)."""
    return iso_week(monday(week) + timedelta(weeks=weeks))
