"""Whether the model that serves keeps its place where what was trained now may not take it.

A refused challenger says nothing about the model that serves: that one passed its own gates, before the
fact. It must go on earning its place, though, on what has come since it was trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from features.refusal import Refusal
from training.answers import failed
from training.bundle import Bundle
from training.bundle.registry import option
from training.material import Trained
from training.outcomes import FEWEST, had, less


@dataclass(frozen=True)
class Standing:
    """``keeps``: the model goes on serving. ``zh`` and ``en``: why, with the figures that decided."""

    keeps: bool
    zh: str
    en: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def standing(champion: Bundle, trained: Trained) -> Standing | None:
    """The standing of the model that serves, by rows that came after it; None if no model serves.

    It must have passed its own gates, and its definitions must fit. On as-of days since it was trained,
    whose outcome it cannot have seen, its average precision must not lie below the attendance rule's:
    below, the best estimate is that a rule that all can read finds more. Above zero beyond chance is
    asked of a newcomer; of a model that once showed it, that it has not come to nothing since. Too few
    with the outcome tell nothing, and it stays.
    """
    if champion.kind != "model":
        return None
    closed = failed(champion.manifest.checks)
    if closed:
        zh, en = "、".join(c["title_zh"] for c in closed), ", ".join(c["title_en"] for c in closed)
        return Standing(
            False,
            f"它自己也没有通过检验（{zh}）。",
            f"it did not pass its own gates either ({en}).",
        )
    try:
        champion.check(trained.rule.manifest.fingerprint)
    except Refusal:
        return Standing(
            False,
            "指标定义已经改变，它不能再用来评分。",
            "the definitions of the indicators have changed, so it can score no more.",
        )
    return _judged(champion, trained)


def _judged(champion: Bundle, trained: Trained) -> Standing:
    """By what came of the pupils since; it stays where that cannot be told."""
    ours, then = champion.manifest, trained.rule.manifest
    if (ours.horizon_weeks, ours.outcome) != (then.horizon_weeks, then.outcome):
        return Standing(
            True,
            "这次训练的预测周数或约定结果与它不同，不能用来检验它。",
            "this training asked another question (horizon or outcome), so nothing is said about it.",
        )
    rows = since(trained.sample, ours.trained_until)
    outcomes = had(rows)
    if outcomes < FEWEST:
        return Standing(
            True,
            f"{ours.trained_until}以后观察期已满的记录中，出现结果的学生有{outcomes}名（至少需要{FEWEST}名），"
            "还不足以重新检验它。",
            f"since {ours.trained_until} {outcomes} pupils whose window is over had the outcome (at least"
            f" {FEWEST} are needed): too few to judge it again.",
            {"outcomes": outcomes},
        )
    return _compared(champion, trained.rule, rows)


def since(rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """Labelled rows asked on ``day`` (ISO) or later: nothing that came of them was known by then."""
    if "label" not in rows.columns:
        return rows.head(0)
    return rows.filter(pl.col("as_of") >= pl.lit(day).str.to_date())


def _compared(champion: Bundle, rule: Bundle, rows: pl.DataFrame) -> Standing:
    told = rows.with_columns(
        margin=pl.Series(champion.score(rows).margin), rule=pl.Series(rule.score(rows).margin)
    )
    found = less(told, seed=champion.manifest.seed)
    if found is None:
        return Standing(
            True,
            "观察期已满的学生都出现了结果，无从比较。",
            "all whose window is over had the outcome, so nothing can be compared.",
        )
    span = (
        f"{found.point:+.4f}（95%区间 {found.low:+.4f} 至 {found.high:+.4f}）",
        f"{found.point:+.4f} (95 % interval {found.low:+.4f} to {found.high:+.4f})",
    )
    return Standing(
        found.point >= 0,
        f"在它训练以后的{found.days}个截止日上（{found.first}起，出现结果的学生{found.outcomes}名），"
        f"平均精确率与出勤规则相差{span[0]}。",
        f"on the {found.days} as-of days since it was trained (from {found.first}; {found.outcomes} pupils"
        f" with the outcome) its average precision differs from the attendance rule's by {span[1]}.",
        {**asdict(found), "first": str(found.first)},
    )


def words(one: Standing, *, name: str, version: int, rule: int) -> tuple[str, str]:
    """What goes on serving and why, and the exact command to step to the rule or back.

    ``rule``: the version under which the rule was registered.
    """
    more = option(name)
    if one.keeps:
        return (
            f"{name} 第 {version} 版（模型）继续使用：{one.zh}它通过了自己的各道检验。"
            f"如要改用出勤规则，运行 baoxue promote {rule}{more}。",
            f"{name} version {version} (the model) goes on serving: {one.en} It passed its own gates."
            f" To step to the attendance rule: baoxue promote {rule}{more}.",
        )
    return (
        f"{name} 第 {version} 版（模型）停止使用：{one.zh}改由出勤规则生成名单（停用规则）。"
        f"如有理由恢复，运行 baoxue rollback{more}。",
        f"{name} version {version} (the model) serves no more: {one.en} Lists are made by the attendance"
        f" rule (stop rule). To go back, if there is reason to: baoxue rollback{more}.",
    )
