"""Indicators and estimates against the weeks before, by effect size; what the calendar moves, a year apart.

Steady indicators need a person where the effect is large enough and the weeks before never differed so
among themselves. The others are only compared with the same season of last year, where there is one.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit
from serving.scoring.health.profile import SCORE
from serving.scoring.health.stats import Level, Shift, cohen_h, shift

CODE = "drift"
#: A year ago: three weeks about the same day, two at least.
YEAR, ABOUT, LEAST_YEARS = 364, 10, 2
#: So many indicators are named in a sentence, the rest counted.
NAMED = 4


def look(grounds: Grounds) -> list[Finding]:
    """Steady indicators, shares without a value, estimates, and what moves by season."""
    by_name = {
        str(name): rows.sort("as_of")
        for (name,), rows in grounds.indicators.group_by("name", maintain_order=True)
    }
    moved, missing, season = [], [], []
    for name, rows in by_name.items():
        if name in grounds.steady:
            moved += _moved(grounds, name, rows)
            missing += _missing(grounds, name, rows)
        elif name != SCORE:
            season += _season(grounds, name, rows)
    found = [_say_moved(grounds, moved), _say_missing(grounds, missing)]
    found += [_say_season(grounds, season), _score(grounds, by_name.get(SCORE))]
    return [finding for finding in found if finding is not None]


def _levels(rows: pl.DataFrame) -> dict[date, Level]:
    enough = rows.filter(
        pl.col("known") >= limit("reference", "pupils"), pl.col("mean").is_finite()
    )
    return {
        row["as_of"]: Level(row["known"], row["mean"], row["sd"] or 0.0)
        for row in enough.iter_rows(named=True)
    }


def _against_weeks(grounds: Grounds, rows: pl.DataFrame, *, unbroken: bool) -> Shift | None:
    """This week against earlier ones, the last left out: a change needs two weeks to show fully."""
    levels = _levels(rows)
    if unbroken:
        levels = {day: level for day, level in levels.items() if day in grounds.unbroken}
    now = levels.get(grounds.as_of)
    before = [levels[d] for d in sorted(levels) if d < grounds.as_of - timedelta(days=7)]
    before = before[-int(limit("reference", "weeks")) :]
    if now is None or len(before) < limit("reference", "least"):
        return None
    return shift(now, before)


def _moved(grounds: Grounds, name: str, rows: pl.DataFrame) -> list[tuple[str, Shift]]:
    register = grounds.steady[name] == "register"
    kind = grounds.steady[name]
    told = _against_weeks(grounds, rows, unbroken=not register)
    if told is None or told.surprise < limit(kind, "surprise"):
        return []
    large = abs(told.effect) >= limit(kind, "smd")
    flagged = register and abs(told.h) >= limit("indicator", "h")
    return [(name, told)] if large or flagged else []


def _missing(grounds: Grounds, name: str, rows: pl.DataFrame) -> list[tuple[str, float]]:
    """Share of pupils with a value, against the same weeks."""
    share = rows.filter(pl.col("pupils") >= limit("reference", "pupils")).select(
        "as_of", (pl.col("known") / pl.col("pupils")).alias("share")
    )
    known = dict(share.iter_rows())
    if grounds.steady[name] != "register":
        known = {day: value for day, value in known.items() if day in grounds.unbroken}
    now = known.get(grounds.as_of)
    before = [known[d] for d in sorted(known) if d < grounds.as_of - timedelta(days=7)]
    before = before[-int(limit("reference", "weeks")) :]
    if now is None or len(before) < limit("reference", "least"):
        return []
    h = cohen_h(now, sum(before) / len(before))
    return [(name, now)] if h <= -limit(grounds.steady[name], "missing_h") else []


def _season(grounds: Grounds, name: str, rows: pl.DataFrame) -> list[tuple[str, Shift]]:
    levels = _levels(rows)
    middle = grounds.as_of - timedelta(days=YEAR)
    before = [lev for day, lev in levels.items() if abs((day - middle).days) <= ABOUT]
    now = levels.get(grounds.as_of)
    if now is None or len(before) < LEAST_YEARS:
        return []
    told = shift(now, before)
    large = abs(told.effect) >= limit("indicator", "season_smd")
    return [(name, told)] if large and told.surprise >= limit("register", "surprise") else []


def _score(grounds: Grounds, rows: pl.DataFrame | None) -> Finding | None:
    told = None if rows is None else _against_weeks(grounds, rows, unbroken=True)
    if told is None or abs(told.effect) < limit("indicator", "score_smd"):
        return None
    if told.surprise < limit("register", "surprise"):
        return None
    up = told.effect > 0
    return Finding(
        "drift_score",
        "look",
        f"估计值整体{'上移' if up else '下移'}（效应量{told.effect:+.2f}）。"
        "下一步：先看本页其他条目是否说明数据有变化；没有时请分析员用 baoxue evaluate 核对模型。",
        f"Estimates as a whole moved {'up' if up else 'down'} (effect {told.effect:+.2f}). Next: see "
        "whether another line here says that the data changed; if none does, an analyst checks the model "
        "with baoxue evaluate.",
        {"effect": told.effect, "surprise": told.surprise},
    )


def _names(grounds: Grounds, names: list[str]) -> tuple[str, str]:
    labels = [grounds.labels.get(n, (n, n)) for n in names]
    zh = "、".join(f"“{zh}”" for zh, _ in labels[:NAMED])
    en = ", ".join(f'"{en}"' for _, en in labels[:NAMED])
    more = len(labels) - NAMED
    return (f"{zh}等{len(labels)}项", f"{en} and {more} more") if more > 0 else (zh, en)


def _figures(found: list[tuple[str, Shift]]) -> dict[str, float | str | None]:
    return {f"{name}.{what}": getattr(told, what)
            for name, told in found for what in ("before", "now", "effect", "surprise")}  # fmt: skip


def _largest(found: list[tuple[str, Shift]]) -> list[tuple[str, Shift]]:
    return sorted(found, key=lambda one: (-abs(one[1].effect), one[0]))


def _say_moved(grounds: Grounds, found: list[tuple[str, Shift]]) -> Finding | None:
    if not found:
        return None
    found = _largest(found)
    zh, en = _names(grounds, [name for name, _ in found])
    top = found[0][1]
    return Finding(
        "drift_indicator",
        "act",
        f"全县学生的{zh}与前几周相比明显不同（首项平均{top.before:.3g}→{top.now:.3g}）。"
        "下一步：请数据管理人员核对最近一次导入的来源、代码对照和登记册；确认有误时撤销该次导入"
        "（baoxue import --undo），更正后重新导入。",
        f"{en}: clearly different from the weeks before (the first on average {top.before:.3g} -> "
        f"{top.now:.3g}). Next: whoever keeps the data checks source, code mapping and registers of the "
        "last import; if it was wrong, undo it (baoxue import --undo) and import again.",
        _figures(found),
    )


def _say_missing(grounds: Grounds, found: list[tuple[str, float]]) -> Finding | None:
    if not found:
        return None
    zh, en = _names(grounds, [name for name, _ in found])
    least = min(share for _, share in found)
    return Finding(
        "drift_missing",
        "act",
        f"{zh}有数值的学生比前几周少得多（最低只有{least:.0%}）。"
        "下一步：请核对最近一次导入是否缺表、缺列或缺学校，补齐后重新导入。",
        f"{en}: far fewer pupils have a value than in the weeks before (lowest {least:.0%}). Next: check "
        "whether the last import lacks a table, a column or schools; complete it and import again.",
        dict(found),
    )


def _say_season(grounds: Grounds, found: list[tuple[str, Shift]]) -> Finding | None:
    if not found:
        return None
    found = _largest(found)
    zh, en = _names(grounds, [name for name, _ in found])
    return Finding(
        "drift_season",
        "look",
        f"{zh}与去年同期相比差别较大（这些指标本来随校历变化，只与去年同期比）。"
        "下一步：核对校历是否已导入、今年的记录方式是否有变。",
        f"{en}: rather different from the same weeks of last year (they move with the calendar, so they "
        "are compared with nothing else). Next: check that the calendar is imported and whether "
        "recording "
        "changed this year.",
        _figures(found),
    )
