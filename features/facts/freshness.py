"""How old an extract may be for a day: beyond it, silence in the data would pass for attendance.

An extract says nothing about the days after ``received_on``. A list drawn from it on a later day
looks as if nobody had been absent since, so it says so, and beyond a month it is not made at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from features.batch import Batch
from features.facts.store import Facts
from features.refusal import Refusal

#: Schools send an extract a week: later than that, at least one is missing.
WARN_AFTER_DAYS = 7
#: Then the window of four weeks, on which most indicators stand, and the week before it hold no fact.
REFUSE_AFTER_DAYS = 35


@dataclass(frozen=True)
class Stale:
    """An extract older than it should be, in both languages."""

    days: int
    zh: str
    en: str


def check_fresh(batch: Batch, as_of: date, *, unheard: int = 0) -> Stale | None:
    """What to say about an extract received before ``as_of``; None while it is fresh.

    ``unheard``: school days since it was received, up to ``as_of``; within the week they are what counts.

    Raises ``Refusal`` beyond ``REFUSE_AFTER_DAYS``. A batch without ``received_on`` is not judged.
    """
    received = batch.received_on
    days = (as_of - received).days if received else 0
    if days <= WARN_AFTER_DAYS:
        return _unheard(days, unheard, received, as_of) if days > 0 and unheard else None
    if days > REFUSE_AFTER_DAYS:
        raise Refusal(
            f"数据接收于 {received}（batch.toml 的 received_on），早于 {as_of} {days}天，超过"
            f"{REFUSE_AFTER_DAYS}天：其后的考勤都不在数据中，不能据此生成。请导入更新的数据批次，"
            f"或把 --as-of 改为 {received} 前后的日期。",
            f"The extract was received on {received} (received_on of batch.toml), {days} days before "
            f"{as_of}; more than {REFUSE_AFTER_DAYS} are not accepted, since nothing later is in it. "
            f"Import a newer extract, or choose an --as-of near {received}.",
        )
    return Stale(
        days,
        f"数据接收于 {received}，早于截至日期 {days}天；其后的考勤不在数据中（不等于到校）。"
        "请导入更新的数据批次后重新运行。",
        f"The extract was received on {received}, {days} days before the list's day; what happened "
        "since is not in it (not presence). Import a newer extract and run again.",
    )


def unheard(facts: Facts, as_of: date) -> int:
    """School days (of any calendar) after the extract was received, up to ``as_of``."""
    received = facts.batch.received_on
    if received is None or received >= as_of:
        return 0
    days = facts.scan("calendar_days").filter(
        pl.col("date").is_between(received, as_of, closed="right")
    )
    return int(days.select(pl.col("date").n_unique()).collect().item())


def _unheard(days: int, school_days: int, received: date | None, as_of: date) -> Stale:
    return Stale(
        days,
        f"数据接收于 {received}，此后到 {as_of} 的{school_days}个上课日的考勤不在数据中（不等于到校）。"
        "收到新的数据批次后，用它重新运行更准。",
        f"The extract was received on {received}: the {school_days} school days since, up to {as_of}, are not"
        " in it (not presence). With the next extract, run again.",
    )
