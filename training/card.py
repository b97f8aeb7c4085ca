"""The model card in both languages: purpose, outcome, data, figures, gates, groups, limits, stop rule.

Prose is in ``card.toml``; every number comes from the manifest and the report of the training run.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from training import metrics, report_tables
from training.answers import answers, failed, table
from training.bundle.manifest import Manifest

Said = Mapping[str, Any]
_PROSE = Path(__file__).with_suffix(".toml")
_SYNTHETIC = (
    "**演示数据，不反映真实学生。** 以下数字只说明程序能够运行。",
    "**Synthetic data.** The figures show that the machinery works; they say nothing of children.",
)
_KINDS = {"model": ("模型", "model"), "rule": ("出勤规则", "attendance rule")}
_REFUSED = (
    "以下数字是那个没有投入使用的模型的。",
    "The figures below are those of the model that does not serve.",
)
#: Fewer pupils with the outcome than this: the card says how much is chance.
FEW = 100


def card(
    manifest: Manifest, report: Said | None = None, *, baseline: tuple[str, str] | None = None
) -> str:
    """Markdown, from the manifest and its report (None: nothing was judged). It holds no pupil and no school.

    ``baseline``: what a method of comparison is called; it has no figures of its own in its file.
    """
    report = report or {}
    if baseline is not None:
        manifest, report = replace(manifest, checks={}), {}
    prose = tomllib.loads(_PROSE.read_text(encoding="utf-8"))
    known = _known(manifest, report)
    use = "use" if baseline is None else "comparison"
    kind = _KINDS[manifest.kind] if baseline is None else baseline
    parts = [
        [f"# {manifest.name}（{kind[0]} {kind[1]}）", ""],
        _two(_SYNTHETIC) if manifest.synthetic else [],
        _two((manifest.notice_zh, manifest.notice_en)) if manifest.notice_zh else [],
        ["## 用途 Purpose", "", *_two(_prose(prose[use], known))],
        _outcome(manifest),
        _data(manifest, report, prose["standings"]),
        _figures(manifest),
        _groups(manifest, report),
        _limits(prose["limits"], known),
        ["## 停用规则 Stop rule", "", *_two(_prose(prose["stop"], known))],
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _two(both: tuple[str, str]) -> list[str]:
    return [both[0], "", both[1], ""]


def _prose(one: Said, known: Said) -> tuple[str, str]:
    return one["zh"].format_map(known), one["en"].format_map(known)


def _known(manifest: Manifest, report: Said) -> dict[str, Any]:
    """Figures that the prose names, and facts that some sentences wait for (absent: not so)."""
    horizon = report_tables.horizon(manifest.horizon_weeks)
    pupils = manifest.counts.get("pupils_with_outcome", 0)
    told: Said = report.get("model", {}) if manifest.kind == "model" else {}
    precision, recall = told.get("precision_at_capacity"), told.get("recall_at_capacity")
    known: dict[str, Any] = {"horizon_zh": horizon[0], "horizon_en": horizon[1], "pupils": pupils}
    known["model"] = manifest.kind == "model"
    known["judged"] = bool(report.get("by_day"))
    known["few"] = bool(told) and pupils < FEW
    known["by_school"] = manifest.checks.get("folds") == "by_school"
    if precision is not None and recall is not None:
        known["listed"] = True
        known["listed_zh"] = (
            f"按学校名单的长度（每周列入3%），每列入100人次约{100 * (1 - precision):.0f}人次之后没有出现结果；"
            f"每100人次之后出现结果的，约{100 * (1 - recall):.0f}人次当周没有列入。"
        )
        known["listed_en"] = (
            f"At the length of the schools' lists (3 % a week) about {100 * (1 - precision):.0f} of every 100"
            f" pupil-weeks listed are not followed by the outcome, and of 100 that are about"
            f" {100 * (1 - recall):.0f} were not listed that week."
        )
    return known


def _outcome(manifest: Manifest) -> list[str]:
    names = [report_tables.outcome(one) for one in manifest.outcome]
    span, rate = report_tables.horizon(manifest.horizon_weeks), manifest.base_rate
    base = (
        ("没有观察到，不给出概率", "never seen: no probabilities are given")
        if rate is None
        else (f"{rate:.2%}（人次）", f"{rate:.2%} of pupil-weeks")
    )
    return [
        "## 约定结果 Outcome",
        "",
        f"{span[0]}出现其一：{'；'.join(zh for zh, _ in names)}。基础比例：{base[0]}。",
        "",
        f"One of these {span[1]}: {'; '.join(en for _, en in names)}. Base rate: {base[1]}.",
        "",
    ]


def _data(manifest: Manifest, report: Said, standings: Mapping[str, list[str]]) -> list[str]:
    days = [one["as_of"] for one in report.get("by_day", ())]
    areas = [str(one["value"]) for one in report.get("by_area", ())]
    lines = [
        f"- 只用{manifest.trained_until}及以前已知的记录；随机种子{manifest.seed}。Only what was known by"
        f" {manifest.trained_until}; seed {manifest.seed}.",
        f"- 指标{len(manifest.columns)}个；不使用性别、民族、户口、孤儿、单亲、无人抚养。"
        f"{len(manifest.columns)} indicators; never sex, ethnicity, hukou, orphan, single parent, unattended.",
    ]
    if days:
        lines.append(
            f"- 检验：地区{'、'.join(areas) or '未注明'}；截止日{days[0]}至{days[-1]}，共{len(days)}个，"
            f"{report['rows']:,}人次、{report['pupils']:,}名学生，{report['outcomes']:,}名出现结果；每个时段的模型"
            f"没有见过该时段。Judged on: {', '.join(areas) or 'area not named'}; {len(days)} days from"
            f" {days[0]} to {days[-1]}, {report['rows']:,} pupil-weeks of {report['pupils']:,} pupils,"
            f" {report['outcomes']:,} with the outcome; each period by a model that had not seen it."
        )
    pupils = manifest.counts.get("pupils_with_outcome")
    if pupils is not None:
        lines.append(
            f"- 学习用的记录中出现结果的学生{pupils:,}名。Pupils with the outcome among the rows learned from:"
            f" {pupils:,}."
        )
    return ["## 数据 Data", "", *lines, "", *_counted(manifest, standings)]


def _counted(manifest: Manifest, standings: Mapping[str, list[str]]) -> list[str]:
    rows = [
        f"| {zh}<br>{en} | {manifest.counts[name]:,} |"
        for name, (zh, en) in standings.items()
        if name in manifest.counts
    ]
    if not rows:
        return []
    return [
        "| 每人每周一行的去向 what became of the rows | 人次 pupil-weeks |",
        "| --- | --- |",
        *rows,
        "",
    ]


def _figures(manifest: Manifest) -> list[str]:
    checks = manifest.checks
    if "model" not in checks:
        return []
    known = metrics.load()
    rows = []
    for name, value in checks["model"].items():
        rule, metric = checks["rule"].get(name), known.get(name)
        called = f"{metric.zh}<br>{metric.en}" if metric else name
        rows.append(f"| {called} | {value:.4f} | {'' if rule is None else f'{rule:.4f}'} |")
    closed = failed(checks)
    word = (
        ("没有未通过的", "none was failed")
        if not closed
        else (
            f"{len(closed)}道未通过，名单按出勤规则生成",
            f"{len(closed)} not passed; lists are made by the attendance rule",
        )
    )
    return [
        "## 数字 Figures",
        "",
        *(_two(_REFUSED) if manifest.kind == "rule" else []),
        "| 指标 metric | 模型 model | 出勤规则 attendance rule |",
        "| --- | --- | --- |",
        *rows,
        "",
        *report_tables.reliability(checks.get("reliability", ())),
        f"## 检验 Gates：{word[0]} {word[1]}",
        "",
        *table(answers(checks)),
    ]


def _groups(manifest: Manifest, report: Said) -> list[str]:
    if "model" not in manifest.checks:
        return []
    told = report_tables.groups(
        report.get("by_group", ()), report_tables.standings(manifest.checks), brief=True
    )
    return ["## 各类学生 By group", "", *told]


def _limits(limits: list[Said], known: Said) -> list[str]:
    lines = []
    for one in limits:
        if known.get(one.get("when", ""), "when" not in one):
            zh, en = _prose(one, known)
            lines.append(f"- {zh}{en}")
    return ["## 局限 Limits", "", *lines, ""]
