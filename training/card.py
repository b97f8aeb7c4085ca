"""A short model card in both languages, from the manifest's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.answers import answers, failed, table
from training.bundle.manifest import Manifest

_SYNTHETIC = (
    "**演示数据，不反映真实学生。** 以下数字只说明程序能够运行。",
    "**Synthetic data.** The figures show that the machinery works; they say nothing of children.",
)


def _horizon(manifest: Manifest) -> tuple[str, str]:
    weeks = manifest.horizon_weeks
    return (
        ("到本学年（课程）结束", "by the end of the school year or course")
        if weeks is None
        else (f"之后{weeks}周内", f"within the next {weeks} weeks")
    )


def _figures(checks: Mapping[str, Any]) -> list[str]:
    if "model" not in checks:
        return []
    rows = ["", "| 指标 metric | 模型 model | 出勤规则 attendance rule |", "| --- | --- | --- |"]
    for name, value in checks["model"].items():
        rule = checks["rule"].get(name)
        rows.append(f"| {name} | {value:.4f} | {'' if rule is None else f'{rule:.4f}'} |")
    told = answers(checks)
    closed = failed(checks)
    word = (
        ("模型没有未通过的检验", "the model failed none")
        if not closed
        else (
            f"模型有{len(closed)}道检验未通过，名单按出勤规则生成",
            f"the model did not pass {len(closed)}; lists are made by the attendance rule",
        )
    )
    rows += ["", f"## 检验 Gates：{word[0]} {word[1]}", "", *table(told)[:-1]]
    return rows


def card(manifest: Manifest) -> str:
    """Markdown: what it is for, what it learned from, how well, what it must not be used for."""
    zh, en = _horizon(manifest)
    kind = ("模型", "model") if manifest.kind == "model" else ("出勤规则", "attendance rule")
    rate = manifest.base_rate
    base = ("无", "none") if rate is None else (f"{rate:.2%}", f"{rate:.2%}")
    lines = [
        f"# {manifest.name}（{kind[0]} {kind[1]}）",
        "",
        *([_SYNTHETIC[0], "", _SYNTHETIC[1], ""] if manifest.synthetic else []),
        *([manifest.notice_zh, "", manifest.notice_en, ""] if manifest.notice_zh else []),
        f"估计{zh}出现约定结果（{'、'.join(manifest.outcome)}）的可能性，供安排核实，"
        "不是对学生的判断，不作为评价、处分、升学或考核依据。",
        "",
        f"Estimates how likely the outcome ({', '.join(manifest.outcome)}) is {en}, so that people"
        " know whom to look in on first. It is no judgement of a pupil and decides nothing.",
        "",
        f"- 只用{manifest.trained_until}及以前已知的记录；随机种子{manifest.seed}。"
        f" Only what was known by {manifest.trained_until}; seed {manifest.seed}.",
        f"- 训练样本中的基础比例 {base[0]}。Base rate in the training rows: {base[1]}.",
        f"- 指标 {len(manifest.columns)} 个；不使用性别、民族、户口、孤儿、无人抚养。"
        f" {len(manifest.columns)} indicators; never sex, ethnicity, hukou, orphan, unattended.",
        "- 样本去向 standings: "
        + "，".join(f"{name} {n}" for name, n in sorted(manifest.counts.items()))
        + "。",
        *_figures(manifest.checks),
    ]
    return "\n".join(lines) + "\n"
