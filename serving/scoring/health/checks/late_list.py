"""Whether a list was published lately."""

from __future__ import annotations

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "late_list"


def look(grounds: Grounds) -> list[Finding]:
    """Act where the newest list is older than a week and a weekend, in term time."""
    days = (grounds.today - grounds.as_of).days
    if days <= limit("list", "days") or not grounds.in_term:
        return []
    return [
        Finding(
            "late_list",
            "act",
            f"最近一份名单的数据截至{grounds.as_of}，已过{days}天。"
            "下一步：查看定时任务的记录，导入新数据后运行 baoxue weekly。",
            f"The newest list is of {grounds.as_of}, {days} days ago. Next: look at the "
            "scheduler's log, import "
            "new data and run baoxue weekly.",
            {"days": days},
        )
    ]
