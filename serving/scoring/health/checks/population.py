"""How many pupils got an estimate, against earlier weeks of the same school year: county, schools, grades."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import polars as pl

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "population"
#: The school year begins in August: the cohort is another from then on.
YEAR_FROM_MONTH = 8
#: From here to its end classes finish, grade 9 first: fewer pupils are no fault.
YEAR_ENDS = (6, 15)


def look(grounds: Grounds) -> list[Finding]:
    """The county first; a school or grade only where the county as a whole stands."""
    if YEAR_ENDS <= (grounds.as_of.month, grounds.as_of.day) < (YEAR_FROM_MONTH, 1):
        return []
    year = grounds.as_of.year - (grounds.as_of.month < YEAR_FROM_MONTH)
    rows = grounds.pupils.filter(pl.col("as_of") >= date(year, YEAR_FROM_MONTH, 1))
    whole = _moved(rows.with_columns(pl.lit("").alias("key")), grounds)
    if whole:
        ((_, before, now),) = whole
        return [_say("全县", "the whole county", before=before, now=now)]
    schools = _moved(rows.with_columns(key="school_id"), grounds)
    grades = _moved(rows.with_columns(key="grade"), grounds)
    found = [_say(grounds.school(k), grounds.school(k), before=b, now=n) for k, b, n in schools]
    return found + [_say(f"{k}年级", f"grade {k}", before=b, now=n) for k, b, n in grades]


def _moved(rows: pl.DataFrame, grounds: Grounds) -> list[tuple[str, float, float]]:
    """(key, median of the weeks before, this week) of those that changed by too much."""
    sums = rows.group_by("key", "as_of").agg(pl.col("pupils").sum()).sort("key", "as_of")
    last = grounds.as_of - timedelta(days=7)
    weeks = sums.filter(pl.col("as_of") <= last)["as_of"].n_unique()
    if weeks < limit("population", "weeks") or grounds.as_of not in sums["as_of"]:
        return []
    found = []
    for (key,), own in sums.group_by("key", maintain_order=True):
        now = float(own.filter(pl.col("as_of") == grounds.as_of)["pupils"].sum())
        past = own.filter(pl.col("as_of") <= last)["pupils"].to_list()
        before = float(median(past)) if past else 0.0
        large = max(before, now) >= limit("population", "least")
        if large and abs(now - before) >= limit("population", "share") * before:
            found.append((str(key), before, now))
    return found


def _say(zh: str, en: str, *, before: float, now: float) -> Finding:
    return Finding(
        "population",
        "act",
        f"{zh}在估计范围内的学生由约{before:.0f}人变为{now:.0f}人。"
        "下一步：核对最近一次导入的在读登记（enrolments）是否缺班、缺校或重复，再看有无集中转学。",
        f"Pupils under estimate, {en}: about {before:.0f} before, {now:.0f} now. Next: check the "
        "enrolments of "
        "the last import for missing or doubled classes and schools, then for transfers of many at once.",
        {"before": before, "now": now},
    )
