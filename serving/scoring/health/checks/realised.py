"""Past runs whose horizon is over: who of the listed had the outcome, and whether the estimates held."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from serving.scoring.health.checks.expected import implied
from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit
from serving.scoring.health.stats import share_interval

CODE = "realised"
#: Two-sided 95 %.
Z = 1.96


@dataclass(frozen=True)
class Realised:
    """Rows (a pupil in a week): ``listed``, ``hits`` among them, ``outcomes`` of all. Different pupils
    among the listed: ``pupils``, among the hits: ``found``. ``worth``: as many pupils listed for equally many
    weeks say as much.

    ``precision`` and ``recall`` are None where too few children are meant: from 1 to 4 are never shown,
    in no form."""

    listed: int
    hits: int
    outcomes: int
    pupils: int
    found: int
    worth: float

    @property
    def shown(self) -> bool:
        """Whether figures may be said."""
        few = 0 < self.found < limit("realised", "cell")
        return self.listed >= limit("realised", "least_listed") and not few

    @property
    def precision(self) -> float | None:
        """Of the listed, the share with the outcome."""
        return self.hits / self.listed if self.shown else None

    @property
    def recall(self) -> float | None:
        """Of those with the outcome, the share that was listed."""
        return self.hits / self.outcomes if self.shown and self.outcomes else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the precision, 95 %; a pupil listed for many weeks is one pupil, not many."""
        told = self.precision
        return None if told is None else share_interval(told * self.worth, self.worth)


def counted(settled: pl.DataFrame, chosen: pl.Expr | None = None) -> Realised:
    """Figures of settled rows; ``chosen``: who counts as listed (default: everyone listed)."""
    rows = settled.filter(pl.col("standing").is_in(["positive", "negative"]))
    hit = pl.col("standing") == "positive"
    listed = pl.col("listed") if chosen is None else chosen
    each = rows.group_by("student_id", maintain_order=True).agg(
        listed.sum().cast(pl.Float64).alias("listed"),
        (listed & hit).sum().cast(pl.Float64).alias("hits"),
        hit.sum().alias("all"),
    )
    taken = each.filter(pl.col("listed") > 0)
    return Realised(
        int(taken["listed"].sum()),
        int(taken["hits"].sum()),
        int(each["all"].sum()),
        taken.height,
        taken.filter(pl.col("hits") > 0).height,
        _worth(taken["listed"].to_numpy(), taken["hits"].to_numpy()),
    )


@dataclass(frozen=True)
class Alone:
    """Precision of the listed had nobody been visited, with its 95 % interval."""

    precision: float
    low: float
    high: float


def unvisited(settled: pl.DataFrame) -> Alone | None:
    """From the rows that no visit bears on, each standing for those like it; None where they are too few."""
    each = (
        settled.filter(pl.col("standing").is_in(["positive", "negative"]), "listed")
        .filter(pl.col("alone") > 0)
        .group_by("student_id", maintain_order=True)
        .agg(
            pl.col("alone").sum().alias("listed"),
            pl.col("alone").filter(pl.col("standing") == "positive").sum().alias("hits"),
        )
    )
    if each.filter(pl.col("hits") > 0).height < limit("realised", "cell"):
        return None
    listed, hits = each["listed"].to_numpy(), each["hits"].to_numpy()
    share, worth = float(hits.sum() / listed.sum()), _worth(listed, hits)
    return Alone(share, *share_interval(share * worth, worth))


def visited(settled: pl.DataFrame) -> bool:
    """Whether recorded visits bear on any row."""
    return bool((settled["alone"] != 1).any())


def _worth(listed: NDArray[np.float64], hits: NDArray[np.float64]) -> float:
    """How many pupils listed equally long would say as much: at most as many as there are.

    Kish's number for unequal weeks, and less where the variance of the share over pupils says so.
    """
    if len(listed) < 2:
        return float(len(listed))
    worth = float(listed.sum() ** 2 / (listed**2).sum())
    share = hits.sum() / listed.sum()
    off = hits - share * listed
    spread = float((off**2).sum()) / listed.sum() ** 2 * len(listed) / (len(listed) - 1)
    # a number of pupils: nobody reads its ninth digit, and sums differ there with the order of rows
    return round(min(worth, float(share * (1 - share)) / spread) if spread > 0 else worth, 6)


def by_week(settled: pl.DataFrame) -> dict[str, Realised]:
    """Week -> figures, oldest first."""
    weeks = settled.sort("week").group_by("week", maintain_order=True)
    return {str(week): counted(rows) for (week,), rows in weeks}


@dataclass(frozen=True)
class Held:
    """Mean probability said, share seen, and the interval of their difference."""

    said: float
    seen: float
    low: float
    high: float
    pupils: int
    outcomes: int


def held(settled: pl.DataFrame) -> Held | None:
    """Said against seen over all rows with a probability; the interval counts pupils, not rows.

    What is said is what comes if nobody goes there, so rows count as often as they stand for (``alone``).
    """
    rows = settled.filter(
        pl.col("standing").is_in(["positive", "negative"]),
        pl.col("probability").is_not_null(),
        pl.col("alone") > 0,
    )
    off_by = pl.col("probability") - (pl.col("standing") == "positive")
    each = rows.group_by("student_id").agg(
        (pl.col("alone") * off_by).sum().alias("off"),
        pl.col("alone").sum().alias("rows"),
        (pl.col("standing") == "positive").any().alias("out"),
    )
    if each.height < 2:
        return None
    total = float(each["rows"].sum())
    off = float(each["off"].sum()) / total
    error = (each["off"] - off * each["rows"]).to_numpy()
    spread = math.sqrt(float((error**2).sum()) * each.height / (each.height - 1)) / total
    said = float((rows["probability"] * rows["alone"]).sum()) / total
    return Held(
        said, said - off, off - Z * spread, off + Z * spread, each.height, int(each["out"].sum())
    )


def look(grounds: Grounds) -> list[Finding]:
    """What came of past lists; whether the estimates held; what alerts alone caught."""
    if grounds.settled.is_empty():
        return [_nothing_yet(grounds)]
    whole = counted(grounds.settled)
    found = [_precision(grounds.settled, whole)] if whole.shown else [_few(grounds)]
    alone = counted(grounds.settled, pl.col("listed") & ~pl.col("placed"))
    if alone.shown:
        found.append(_alerts(alone))
    told = held(grounds.settled)
    if told is not None and told.outcomes >= limit("realised", "least"):
        found.append(_calibration(told))
    return found


def _nothing_yet(grounds: Grounds) -> Finding:
    weeks = grounds.serving.horizon_weeks
    after_zh = "学年结束" if weeks is None else f"名单发布{weeks}周"
    after_en = "the school year's end" if weeks is None else f"{weeks} weeks"
    return Finding(
        "realised_none",
        "note",
        f"还没有到期的名单，实际命中率要在{after_zh}并收齐记录之后才能算出。",
        f"No list has come due yet: what was realised can be told {after_en} after a list, once "
        "records are in.",
    )


def _few(grounds: Grounds) -> Finding:
    del grounds
    return Finding(
        "realised_few",
        "note",
        "到期名单中涉及的人数过少，按规定不显示；人数足够后自动显示。",
        "Too few pupils are meant in the lists that came due; by rule nothing is shown until "
        "there are more.",
    )


_SHORT_ZH = (
    "明显低于当时的推算。下一步：请分析员用 baoxue evaluate 核对模型，"
    "必要时用 baoxue rollback 退回。"
)
_SHORT_EN = (
    " Clearly less than was implied then. Next: an analyst checks the model with baoxue evaluate and, "
    "if need be, takes it back with baoxue rollback."
)


def _precision(settled: pl.DataFrame, told: Realised) -> Finding:
    low, high = told.interval or (math.nan, math.nan)
    awaited = implied(settled.filter(pl.col("standing").is_in(["positive", "negative"])))
    gone_to = visited(settled)
    alone = unvisited(settled) if gone_to else None
    # visits keep children in school: a list must not look worse for it
    most = (alone.high if alone else 1.0) if gone_to else high
    short = awaited is not None and most < awaited[1] / limit("realised", "ratio")
    recall_zh = "" if told.recall is None else f"，占全部此类学生的{told.recall:.0%}"
    recall_en = "" if told.recall is None else f", {told.recall:.0%} of all who did"
    more = _had_nobody_gone(alone) if gone_to else ("", "")
    return Finding(
        "realised_precision",
        "act" if short else "note",
        f"已到期的名单：列入的学生（按人次）中{told.precision:.0%}之后出现所关注的情况"
        f"（区间{low:.0%}–{high:.0%}）{recall_zh}。{more[0]}{_SHORT_ZH if short else ''}",
        f"Lists that came due: {told.precision:.0%} of the listed (pupil-weeks) had the outcome "
        f"(interval {low:.0%}-{high:.0%}){recall_en}.{more[1]}{_SHORT_EN if short else ''}",
        {
            "listed": told.listed,
            "precision": told.precision,
            "low": low,
            "high": high,
            "recall": told.recall,
        }
        | (
            {"alone": alone.precision, "alone_low": alone.low, "alone_high": alone.high}
            if alone
            else {}
        ),
    )


def _had_nobody_gone(alone: Alone | None) -> tuple[str, str]:
    """What the precision says beside recorded visits: who was visited and stayed is not a false alarm."""
    if alone is None:
        return (
            "其中有记录走访的学生，走访后留下的不等于名单有误；没有走访的人数过少，不另作估计。",
            " Some of them were visited; who stayed after a visit is no error of the list. Too few were not"
            " visited to estimate it without visits.",
        )
    return (
        "其中有记录走访的学生，走访后留下的不等于名单有误；按情况相近而未走访的学生估计，"
        f"假如没有走访为{alone.precision:.0%}（区间{alone.low:.0%}–{alone.high:.0%}）。",
        " Some of them were visited; who stayed after a visit is no error of the list. Judged by pupils like"
        f" them who were not, it would have been {alone.precision:.0%} without visits (interval"
        f" {alone.low:.0%}-{alone.high:.0%}).",
    )


def _alerts(told: Realised) -> Finding:
    return Finding(
        "realised_alerts",
        "note",
        f"只因必查提醒列入的学生（按人次）中，{told.precision:.0%}之后出现所关注的情况。"
        "必查提醒不论比例都须核实。",
        f"Of those listed by a duty alert alone (pupil-weeks) {told.precision:.0%} had the "
        "outcome. Duty alerts are "
        "checked whatever the share.",
        {"listed": told.listed, "precision": told.precision},
    )


_APART_ZH = (
    "差别超出偶然范围。下一步：请分析员重新校准或重新训练（baoxue train）；"
    "在此之前名单仍可用，比例请勿引用。"
)
_APART_EN = (
    "More than chance. Next: an analyst calibrates or trains anew (baoxue train); until then the list "
    "still holds, its numbers should not be quoted."
)


def _calibration(told: Held) -> Finding:
    ratio = limit("realised", "ratio")
    apart = told.low > 0 or told.high < 0
    wide = told.seen == 0 or not 1 / ratio <= told.said / told.seen <= ratio
    acts = apart and wide
    said, seen = 100 * told.said, 100 * told.seen
    return Finding(
        "calibration",
        "act" if acts else "note",
        f"估计与实际：平均每100人估计{said:.1f}人，实际{seen:.1f}人。"
        + (_APART_ZH if acts else "差别在偶然范围内或不大。"),
        f"Said and seen: of 100 pupils {said:.1f} were expected, {seen:.1f} came about. "
        + (_APART_EN if acts else "Within chance, or small."),
        {"said": told.said, "seen": told.seen, "low": told.low, "high": told.high},
    )
