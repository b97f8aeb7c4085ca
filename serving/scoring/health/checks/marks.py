"""What is marked in a fortnight against the weeks before: late, early, with leave, unexplained.

A code mapping that changed shows here first: leave that vanishes, or lateness that doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit
from serving.scoring.health.stats import Rate, rate

CODE = "marks"
#: Weeks taken together: fewer marks than a fortnight's say little in a small county.
SPAN = 2


@dataclass(frozen=True)
class Watched:
    """A kind of mark, its words, and when its rate is too far from the weeks before."""

    column: str
    zh: str
    en: str
    alarms: Callable[[Rate], bool]


def _risen(section: str) -> Callable[[Rate], bool]:
    return lambda r: r.ratio >= limit(section, "ratio") and r.surprise >= limit(section, "surprise")


def _vanished(r: Rate) -> bool:
    return r.ratio <= limit("excused", "below") and -r.surprise >= limit("excused", "surprise")


WATCHED = (
    Watched("late", "迟到", "late", _risen("late")),
    Watched("early", "早退", "left early", _risen("early")),
    Watched("excused", "请假（病假、事假）", "absent with leave", _vanished),
    Watched("unexplained", "旷课或缺勤待查", "absent unexplained", _risen("unexplained")),
)


def weekly(grounds: Grounds) -> pl.DataFrame:
    """The county's figures by week, oldest first, weeks with anything known only."""
    return (
        grounds.marks.group_by("as_of")
        .agg(pl.col("expected", "known", "days", *(w.column for w in WATCHED)).sum())
        .filter(pl.col("days") > 0)
        .sort("as_of")
    )


def look(grounds: Grounds) -> list[Finding]:
    """A finding a kind of mark."""
    weeks = weekly(grounds)
    if weeks.is_empty() or weeks["as_of"][-1] != grounds.as_of:
        return []
    now, before = weeks.tail(SPAN), weeks.head(max(weeks.height - SPAN, 0))
    before = before.tail(int(limit("reference", "weeks")))
    if before.height < limit("reference", "least"):
        return []
    found = []
    for one in WATCHED:
        told = rate(
            (float(now[one.column].sum()), float(now["days"].sum())),
            before.select(one.column, "days").rows(),
        )
        if one.alarms(told):
            found.append(_say(one, told))
    return found


def _say(one: Watched, told: Rate) -> Finding:
    before, now = 1000 * told.before, 1000 * told.now
    return Finding(
        f"marks_{one.column}",
        "act",
        f"近两周每1000人日记为“{one.zh}”的由{before:.1f}变为{now:.1f}。"
        "下一步：向学校或考勤系统核实记录方式、代码对照是否有变；是对照有误的，更正后重新导入。",
        f'Of 1000 pupil-days {now:.1f} are marked "{one.en}" in these two weeks, {before:.1f} before. '
        "Next: ask schools or the attendance system whether recording or the code mapping "
        "changed; if the "
        "mapping is wrong, mend it and import again.",
        {"before": told.before, "now": told.now, "ratio": told.ratio, "surprise": told.surprise},
    )
