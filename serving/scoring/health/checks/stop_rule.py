"""Whether the model that serves still ranks above the attendance rule: the stop rule, week by week."""

from __future__ import annotations

import polars as pl

from serving.scoring.health.came import unvisited, visited
from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds
from training.outcomes import FEWEST, Less

CODE = "stop_rule"


def look(grounds: Grounds) -> list[Finding]:
    """Act where the best estimate lies below the rule's, as when a model is trained again.

    The burden of proof was the model's at the door; inside, the point decides (docs/decisions.md, 45).
    Nothing while a rule serves, or before a list of this very model has come due.
    """
    if grounds.serving.kind == "rule" or not _due(grounds):
        return []
    if _hidden_by_visits(grounds):
        return [_VISITED]
    return [_few() if grounds.less is None else _told(grounds.less, grounds.serving.label)]


def _due(grounds: Grounds) -> bool:
    return bool(grounds.settled["margin"].is_not_null().any())


def _hidden_by_visits(grounds: Grounds) -> bool:
    """Whether of this model's own listed too few were not visited: the order at the top cannot be told then."""
    own = grounds.settled.filter(pl.col("margin").is_not_null())
    alone = unvisited(own)
    return visited(own) and (alone is None or not alone.told)


_VISITED = Finding(
    "stop_rule",
    "note",
    "在用模型的名单上，没有走访的学生太少，名单上的先后暂不能与出勤规则比较。下一步：请分析员看 baoxue evaluate"
    " 报告里的「走访与结果」。",
    "On the lists of this model too few were not visited: how it ranks at the top cannot be compared with the"
    " attendance rule. Next: an analyst reads what visits did in the report of baoxue evaluate.",
)


def _few() -> Finding:
    return Finding(
        "stop_rule",
        "note",
        f"在用模型训练以后到期的名单中，出现所关注情况的学生还不足{FEWEST}名，暂不能与出勤规则比较。",
        f"In the lists of this model that came due fewer than {FEWEST} pupils had the outcome: it cannot be"
        " compared with the attendance rule yet.",
    )


_NEXT_ZH = (
    "下一步：请分析员重新训练（baoxue train 数据文件夹 --until 日期 --promote）；新模型未通过检验时，"
    "按停用规则改由出勤规则生成名单。"
)
_NEXT_EN = (
    " Next: an analyst trains again (baoxue train DIR --until DATE --promote); if that fails a gate"
    " the attendance rule makes the lists (stop rule)."
)


def _told(less: Less, label: str) -> Finding:
    acts = less.point < 0
    zh, en = _verdict(less)
    return Finding(
        "stop_rule",
        "act" if acts else "note",
        f"在用模型 {label} {zh}：在它训练以后到期的{less.days}期名单上（{less.first}起），"
        f"平均精确率与出勤规则相差{less.point:+.3f}（95%区间 {less.low:+.3f} 至 {less.high:+.3f}）。"
        + (_NEXT_ZH if acts else ""),
        f"The model {label} {en}: on {less.days} lists since it was trained that came due (from"
        f" {less.first}) its average precision differs from the rule's by {less.point:+.3f} (95 % interval"
        f" {less.low:+.3f} to {less.high:+.3f})." + (_NEXT_EN if acts else ""),
        {"point": less.point, "low": less.low, "high": less.high, "outcomes": less.outcomes},
    )


def _verdict(less: Less) -> tuple[str, str]:
    if less.high < 0:
        return "排序不如出勤规则", "finds less than the attendance rule"
    if less.point < 0:
        return (
            "不再优于出勤规则（差别尚在偶然范围内）",
            "no longer finds more than the attendance rule (within chance so far)",
        )
    if less.low <= 0:
        return (
            "看来优于出勤规则，但差别在偶然范围内",
            "seems to find more than the attendance rule, but within chance",
        )
    return "仍优于出勤规则", "still finds more than the attendance rule"
