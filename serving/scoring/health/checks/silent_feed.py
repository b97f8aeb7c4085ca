"""Feeds from which nothing new has become known for longer than usual, counted in school days.

A single class that is silent is a duty alert of its own school; here is what no ladder of duties covers.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from features.tables import TABLES
from serving.scoring.health.finding import Finding, Severity
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "silent_feed"
ATTENDANCE = "attendance"
_EN = {
    "activity": "engagement logs",
    "grades": "results",
    "poverty": "household economy register",
    "left_behind": "left-behind register",
    "disability": "disability register",
    "aid": "aid",
    "assignments": "assignments",
}


def look(grounds: Grounds) -> list[Finding]:
    """One finding a silent school's attendance, one a table that is silent somewhere else."""
    if not grounds.in_term:
        return []
    feeds = grounds.feeds.sort("table", "school_id")
    own = feeds.filter(pl.col("table") == ATTENDANCE)
    found = [
        _attendance(grounds, row, s) for row in own.iter_rows(named=True) if (s := _level(row))
    ]
    others = feeds.filter(
        pl.col("table") != ATTENDANCE,
        # a feed that came once has no rhythm yet: its next day is not late
        pl.col("usual") > 0,
        pl.col("silent") >= limit("silent_feed", "least"),
        pl.col("silent") > limit("silent_feed", "times") * pl.col("usual"),
    )
    for (table,), rows in others.group_by("table", maintain_order=True):
        found.append(_other(grounds, str(table), rows))
    return found


def _level(row: dict[str, Any]) -> Severity | None:
    """Of a school's attendance: act, look, or nothing."""
    large = row["classes"] >= limit("silent_attendance", "classes")
    after = limit("silent_attendance", "days" if large else "days_small")
    if row["silent"] >= after:
        return "act"
    near = limit("silent_attendance", "look") if large else limit("silent_attendance", "days")
    return "look" if row["silent"] >= near else None


def _attendance(grounds: Grounds, row: dict[str, Any], severity: Severity) -> Finding:
    name, days = grounds.school(row["school_id"]), row["silent"]
    return Finding(
        "silent_attendance",
        severity,
        f"{name}已有{days}个上课日没有任何考勤上报（最近一次{row['last_on']}）。"
        "下一步：请当日联系该校学籍管理员，先补报考勤，再重新生成名单；补报前该校学生的估计不可靠。",
        f"{name}: no attendance reported for {days} school days (last on {row['last_on']}). Next: "
        "call the "
        "school's clerk today, have attendance reported, then make the list again; until then "
        "estimates of "
        "the school's pupils cannot be relied on.",
        {"days": days, "school_id": row["school_id"]},
    )


def _other(grounds: Grounds, table: str, rows: pl.DataFrame) -> Finding:
    schools = [grounds.school(s) for s in rows["school_id"].to_list() if s]
    zh = (
        f"（{'、'.join(schools[:5])}{f'等{len(schools)}所' if len(schools) > 5 else ''}）"
        if schools
        else ""
    )
    en = f" ({', '.join(schools[:5])}{', ...' if len(schools) > 5 else ''})" if schools else ""
    days, usual = int(rows["silent"].max() or 0), int(rows["usual"].max() or 0)  # type: ignore[arg-type]
    return Finding(
        "silent_feed",
        "look",
        f"“{TABLES[table].zh}”{zh}已有{days}个上课日没有新记录，以往最长间隔{usual}个上课日。"
        "下一步：核对来源系统和导入任务；已停用的来源请在本地说明中记下。",
        f"{_EN.get(table, table)}{en}: nothing new for {days} school days, {usual} at most before. "
        "Next: check "
        "the source system and the import job; note a source that has been given up.",
        {"table": table, "days": days, "usual": usual},
    )
