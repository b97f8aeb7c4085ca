"""Which share of the expected sessions is known: the county, and schools where it fell."""

from __future__ import annotations

import polars as pl

from serving.scoring.health.checks.marks import SPAN
from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "coverage"
#: A fall of fewer points than this is said of no school.
POINTS = 0.10


def look(grounds: Grounds) -> list[Finding]:
    """The week's share; whether the county fell; which schools did."""
    held = grounds.marks.filter(pl.col("expected") > 0)
    weeks = held["as_of"].unique().sort().to_list()
    if not weeks or weeks[-1] != grounds.as_of:
        return []
    earlier = weeks[:-SPAN][-int(limit("reference", "weeks")) :]
    now = _shares(held.filter(pl.col("as_of").is_in(weeks[-SPAN:])))
    before = _shares(held.filter(pl.col("as_of").is_in(earlier)))
    both = now.join(before, on="school_id", suffix="_before")
    here = _whole(held, weeks[-SPAN:])
    past = _whole(held, earlier) if len(earlier) >= limit("reference", "least") else None
    if past is not None and here < limit("coverage", "act") * past:
        return [_fell(here, past)]
    fallen = both.filter(
        pl.col("share") < limit("coverage", "look") * pl.col("share_before"),
        pl.col("share") <= pl.col("share_before") - POINTS,
    ).sort("school_id")
    found = [_note(here)]
    if past is not None and fallen.height:
        found.append(_schools(grounds, fallen))
    return found


def _shares(rows: pl.DataFrame) -> pl.DataFrame:
    sums = rows.group_by("school_id").agg(pl.col("known", "expected").sum())
    return sums.select("school_id", (pl.col("known") / pl.col("expected")).alias("share"))


def _whole(rows: pl.DataFrame, weeks: list[object]) -> float:
    own = rows.filter(pl.col("as_of").is_in(weeks))
    return float(own["known"].sum()) / float(own["expected"].sum())


def _note(share: float) -> Finding:
    return Finding(
        "coverage",
        "note",
        f"近两周应到时段中有{share:.0%}已知出勤情况。其余为考勤未报（不等于到校）。",
        f"Of the sessions due in these two weeks {share:.0%} are known; the rest was not taken "
        "(not the same "
        "as present).",
        {"share": share},
    )


def _fell(here: float, past: float) -> Finding:
    return Finding(
        "coverage_fell",
        "act",
        f"全县考勤已知的比例由{past:.0%}降到{here:.0%}。"
        "下一步：核对考勤系统接口和最近一次导入；补齐前请以必查提醒为主，不要只看估计。",
        f"The share of known sessions in the whole county fell from {past:.0%} to {here:.0%}. "
        "Next: check the "
        "attendance interface and the last import; until then go by the duty alerts, not by "
        "estimates alone.",
        {"share": here, "before": past},
    )


def _schools(grounds: Grounds, fallen: pl.DataFrame) -> Finding:
    names = [grounds.school(s) for s in fallen["school_id"].to_list()]
    return Finding(
        "coverage_school",
        "look",
        f"以下学校考勤已知的比例明显下降：{'、'.join(names)}（按学校编号排列）。"
        "下一步：请学籍管理员核对未报的班级并补报。",
        f"The share of known sessions clearly fell in: {', '.join(names)} (by school number). "
        "Next: the schools' "
        "clerks look for classes not reported and report them.",
        {"schools": fallen.height},
    )
