"""Past runs whose horizon is over: who of the listed had the outcome, and whether the estimates held."""

from __future__ import annotations

import math

import polars as pl

from serving.scoring.health.came import Alone, Held, Realised, counted, held, unvisited, visited
from serving.scoring.health.checks.expected import implied
from serving.scoring.health.finding import Finding, Severity
from serving.scoring.health.grounds import Grounds
from serving.scoring.health.limits import limit

CODE = "realised"


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
    short = awaited is not None and _less(high, awaited[1])
    alone = unvisited(settled)
    recall_zh = "" if told.recall is None else f"，占全部此类学生的{told.recall:.0%}"
    recall_en = "" if told.recall is None else f", {told.recall:.0%} of all who did"
    more = ("", "")
    severity: Severity = "act" if short else "note"
    if visited(settled):
        more, severity = _beside_visits(alone, short=short)
    acts = severity == "act"
    figures = {"listed": told.listed, "precision": told.precision, "low": low, "high": high}
    if alone is not None and alone.shown:
        # as said: more digits beside those of the precision would tell how many of the visited left
        figures |= {"alone": round(alone.precision, 2)}
    return Finding(
        "realised_precision",
        severity,
        f"已到期的名单：列入的学生（按人次）中{told.precision:.0%}之后出现所关注的情况"
        f"（区间{low:.0%}–{high:.0%}）{recall_zh}。{more[0]}{_SHORT_ZH if acts else ''}",
        f"Lists that came due: {told.precision:.0%} of the listed (pupil-weeks) had the outcome "
        f"(interval {low:.0%}-{high:.0%}){recall_en}.{more[1]}{_SHORT_EN if acts else ''}",
        figures | {"recall": told.recall},
    )


def _less(high: float, awaited: float | None) -> bool:
    """Whether what came is clearly less than what was implied."""
    return awaited is not None and high < awaited / limit("realised", "ratio")


def _beside_visits(alone: Alone | None, *, short: bool) -> tuple[tuple[str, str], Severity]:
    """What the precision says beside recorded visits, and whether a person is asked.

    Who was visited and stayed is not a false alarm, so it is those not visited that are held against what
    their estimates implied. Where they are too few for that, a precision that fell short may be the visits'
    doing or the model's: that is said, and nobody is told to take the model back.
    """
    zh = "其中有记录走访的学生，走访后留下的不等于名单有误；"
    en = " Some of them were visited; who stayed after a visit need not be an error of the list."
    if alone is not None and alone.told:
        acts: Severity = "act" if _less(alone.high, alone.awaited) else "note"
        if not alone.shown:
            return (
                f"{zh}人数过少，假如没有走访是多少不另显示。",
                f"{en} Too few are meant to show what it would have been.",
            ), acts
        return (
            f"{zh}按情况相近而未走访的学生估计，假如没有走访，约为{alone.precision:.0%}"
            f"（区间{alone.low:.0%}–{alone.high:.0%}）。",
            f"{en} Judged by pupils like them who were not, it would have been {alone.precision:.0%} without"
            f" visits (interval {alone.low:.0%}-{alone.high:.0%}).",
        ), acts
    few = (
        f"{zh}没有走访的太少，不能估计假如没有走访会是多少。",
        f"{en} Too few were not visited to tell what it would have been without visits.",
    )
    if not short:
        return few, "note"
    return (
        f"{few[0]}低于当时的推算，可能是走访的作用，也可能是模型变差。下一步：请分析员用 baoxue evaluate 检验，"
        "看报告里的「走访与结果」。",
        f"{few[1]} It is less than was implied: visits may have done that, or the model may have grown worse."
        " Next: an analyst judges it with baoxue evaluate and reads what visits did.",
    ), "look"


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
