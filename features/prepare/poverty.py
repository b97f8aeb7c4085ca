"""``poverty``: one row a pupil, what the household register says on the day.

0/1: ``listed`` (any entry in force), ``monitored`` (防止返贫致贫监测, risk not resolved),
``subsistence`` (低保, 特困), ``new`` (entered in the last 90 days), ``stale`` (neither entered
nor checked for a year); ``days`` since the first entry in force (0 for who is not listed);
``new_no``, ``seen_no`` (days since 1970, null for who is not listed).
"""

from __future__ import annotations

import narwhals as nw

from features.prepare.day import Day, Frame
from features.prepare.registers import common, entries, live, on_pupils, with_stale

NEW_DAYS = 90
#: Households under watch against falling (back) into poverty; names before and since 2026.
MONITORED = ["防止返贫致贫对象", "脱贫不稳定户", "边缘易致贫户", "突发严重困难户"]
SUBSISTENCE = ["低保", "特困"]
col = nw.col

ONE_ROW = True


def prepare(day: Day) -> Frame:
    """One row a pupil of the cohort."""
    rows = entries(day, "poverty")
    risk = col("risk_status").fill_null("open") == "open"
    mine = rows.group_by("student_id").agg(
        **common(day, new_days=NEW_DAYS),
        monitored=live(col("category").is_in(MONITORED) & risk),
        subsistence=live(col("category").is_in(SUBSISTENCE)),
    )
    return on_pupils(day, rows, with_stale(day, mine), blank=("new_no", "seen_no"))
