"""The impact-assessment annex: what the model's own figures say, and what only the bureau can say.

Prose is in ``annex.toml``. What a person must fill in is a table of blanks with name and date: the program
never fills it in (Personal Information Protection Law, art. 55 and 56).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from features.indicator import FAMILY_EN, FAMILY_ZH
from training import report_tables
from training.answers import answers, table
from training.bundle.manifest import Manifest
from training.bundle.reasons import SURROUNDINGS

Said = Mapping[str, Any]
_PROSE = Path(__file__).with_suffix(".toml")
BLANK = "＿＿＿＿"
MARK = ("须由人填写", "to be filled in by a person")
_SYNTHETIC = (
    "**演示数据，不反映真实学生。** 本附件只说明格式。",
    "**Synthetic data.** This annex shows the form alone.",
)
_REFUSED = (
    "以下检验数字是那个模型的。",
    "The figures below are those of that model.",
)
_REASON = "可列为依据 may be a reason"
_BACKGROUND = "只合计为一行背景，不列为依据 one line of background, never a reason"
_AROUND = "计入估计，不列为依据 part of the estimate, never a reason"


def annex(manifest: Manifest, report: Said) -> str:
    """Markdown, Chinese first, from the manifest and its report (``by_group``; may be empty).

    It holds no pupil: counts, shares and prose. Groups that are not recorded are named too.
    """
    prose = tomllib.loads(_PROSE.read_text(encoding="utf-8"))
    known = _known(manifest, report)
    lines = [
        f"# 个人信息保护影响评估附件 Impact assessment annex：{manifest.name}",
        "",
        *_paragraphs(_SYNTHETIC if manifest.synthetic else ()),
        *_paragraphs(_notice(manifest)),
        prose["head"]["zh"], "", prose["head"]["en"], "",
    ]  # fmt: skip
    tables = {"families": _families, "groups": _groups, "gates": _gates}
    for number, one in enumerate(prose["sections"], start=1):
        lines += [f"## {number}　{one['title_zh']} {one['title_en']}", ""]
        lines += _paragraphs([text.format_map(known) for text in one["zh"]])
        lines += _paragraphs([text.format_map(known) for text in one["en"]])
        if "table" in one:
            lines += tables[one["table"]](manifest, report)
        lines += _asked(one["asked"])
    return "\n".join(lines).rstrip() + "\n"


def _notice(manifest: Manifest) -> Sequence[str]:
    """What every page says of it; of a rule in a refused model's place also whose figures these are."""
    if not manifest.notice_zh:
        return ()
    whose = _REFUSED if manifest.kind == "rule" and "model" in manifest.checks else ("", "")
    return f"{manifest.notice_zh}{whose[0]}", f"{manifest.notice_en} {whose[1]}".rstrip()


def _paragraphs(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in (text, "")]


def _asked(items: Sequence[Sequence[str]]) -> list[str]:
    """Blanks for a person, each with name and date."""
    return [
        f"**【{MARK[0]} {MARK[1]}】**",
        "",
        "| 事项 item | 内容 answer | 填写人 name | 日期 date |",
        "| --- | --- | --- | --- |",
        *(f"| {zh}<br>{en} | {BLANK} | {BLANK} | {BLANK} |" for zh, en in items),
        "",
    ]


def _known(manifest: Manifest, report: Said) -> dict[str, Any]:
    """The figures that the prose names."""
    counts, rule = manifest.counts, manifest.kind == "rule"
    horizon = report_tables.horizon(manifest.horizon_weeks)
    first, listed = _first(manifest), _capacity(report)
    return {
        "horizon_zh": horizon[0],
        "horizon_en": horizon[1],
        "outcome_zh": "、".join(report_tables.outcome(name)[0] for name in manifest.outcome),
        "outcome_en": ", ".join(report_tables.outcome(name)[1] for name in manifest.outcome),
        "kind_zh": "出勤规则" if rule else "模型",
        "kind_en": "attendance rule" if rule else "model",
        "trained_until": manifest.trained_until,
        "rows": counts.get("positive", 0) + counts.get("negative", 0) - counts.get("visited", 0),
        "pupils": counts.get("pupils_with_outcome", 0),
        "indicators": len(manifest.columns),
        "first_zh": first[0],
        "first_en": first[1],
        "capacity_zh": listed[0],
        "capacity_en": listed[1],
    }


def _first(manifest: Manifest) -> tuple[str, str]:
    """The gate of the attendance rule, in its own words."""
    if "model" not in manifest.checks:
        return "没有可比较的检验数字。", "there are no figures to compare."
    one = answers(manifest.checks)[0]
    return one["zh"], one["en"]


def _capacity(report: Said) -> tuple[str, str]:
    """What of the lists came true and what was missed, at the length of the schools' lists."""
    told = report.get("model", {})
    precision, recall = (told.get(f"{n}_at_capacity") for n in ("precision", "recall"))
    if precision is None or recall is None:
        return "没有可用的检验数字。", "no figures are known."
    return (
        f"每列入100人次（每名学生每周一次）约{100 * (1 - precision):.0f}人次之后没有出现结果；"
        f"每100人次之后出现结果的，约{100 * (1 - recall):.0f}人次当周没有列入。",
        f"of every 100 pupil-weeks listed (a pupil is asked about every week) about"
        f" {100 * (1 - precision):.0f} were not followed by the outcome; of every 100 that were, about"
        f" {100 * (1 - recall):.0f} had not been listed that week.",
    )


def _families(manifest: Manifest, report: Said) -> list[str]:
    counted = Counter(column.family for column in manifest.columns)
    shown = dict.fromkeys(SURROUNDINGS, _AROUND)
    shown |= {column.family: _BACKGROUND for column in manifest.columns if column.background}
    rows = [
        f"| {FAMILY_ZH.get(name, name)} {FAMILY_EN.get(name, name)} | {many} |"
        f" {shown.get(name, _REASON)} |"
        for name, many in sorted(counted.items())
    ]
    return ["| 类别 family | 指标数 indicators | 显示 shown |", "| --- | --- | --- |", *rows, ""]


def _groups(manifest: Manifest, report: Said) -> list[str]:
    return report_tables.groups(
        report.get("by_group", ()), report_tables.standings(manifest.checks)
    )


def _gates(manifest: Manifest, report: Said) -> list[str]:
    if manifest.kind == "rule" and "model" not in manifest.checks:
        return ["出勤规则不需要检验。 The attendance rule needs no gate.", ""]
    return table(answers(manifest.checks))
