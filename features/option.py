"""Options that several commands share: a day, as people write it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import typer

from features.wording import Unfit

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})/(\d{1,2})/(\d{1,2})|(\d{4})(\d{2})(\d{2})")


def day(text: str | datetime) -> datetime:
    """2026-11-20, 2026/11/20 or 20261120; nothing that could mean two days."""
    if isinstance(text, datetime):
        return text
    found = _DAY.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        year, month, of_month = (int(part) for part in found.groups() if part)
        return datetime(year, month, of_month)  # noqa: DTZ001 - a day, not a moment
    except ValueError:
        raise Unfit("不是日期，请写成 2026-11-20", "is no day; write 2026-11-20") from None


def day_option(*names: str, help: str) -> Any:
    """An option that takes a day."""
    return typer.Option(*names, parser=day, metavar="YYYY-MM-DD", help=help)
