"""The clock of the command line: pure code is told the day, commands look at it."""

from __future__ import annotations

from datetime import date, datetime

from features.refusal import Refusal


def today_here() -> date:
    """The day on this machine's clock."""
    return datetime.now().astimezone().date()


def check_day(day: date, today: date) -> None:
    """Refuse an ``--as-of`` that has not come: nothing can be known of it, and it would stand as the newest."""
    if day > today:
        raise Refusal(
            f"--as-of {day} 不能晚于今天（{today}）。请给出今天或更早的日期；"
            "今天的日期不对时，请先校正本机日期。",
            f"--as-of {day} must not lie after today ({today}). Give today or an earlier day; if today is "
            "another day, set this machine's clock first.",
        )
