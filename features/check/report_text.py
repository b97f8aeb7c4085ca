"""The report as lines for a terminal: tables, counts by rule, then rows with remedies."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from features.check.findings import LISTED, Findings, Group


def text(report: Findings, lang: str, folder: Path | None = None) -> str:
    """The whole report in ``lang``; with ``folder`` the next command can be copied as it stands."""
    lines = [
        *_head(report, lang), *_tables(report, lang),
        *_section(report, lang, "fault"), *_section(report, lang, "warning"),
        *(zh if lang == "zh" else en for zh, en in report.notes),
        *_foot(report, lang, folder),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _head(report: Findings, lang: str) -> Iterator[str]:
    rows = sum(tally.rows for tally in report.tallies)
    faults, warnings = sum(report.counts.values()), sum(report.warning_counts.values())
    if lang == "en":
        yield (
            f"{len(report.tallies)} tables, {rows:,} rows read: "
            f"{faults:,} faults, {warnings:,} warnings."
        )
    else:
        yield (
            f"读取{len(report.tallies)}张表，共{rows:,}行："
            f"发现{faults:,}处错误，{warnings:,}处提醒。"
        )


def _tables(report: Findings, lang: str) -> Iterator[str]:
    for tally in report.tallies:
        refused = tally.table in report.refused_tables
        if lang == "en":
            state = "refused" if refused else f"{tally.accepted:,} accepted"
            more = f", {tally.bad:,} set aside" if tally.bad else ""
            again = f", {tally.identical:,} said twice" if tally.identical else ""
            unused = f", {tally.unused:,} not used" if tally.unused else ""
            yield f"  {tally.file}: {tally.rows:,} rows, {state}{more}{again}{unused}"
        else:
            state = "整表不予接收" if refused else f"接收{tally.accepted:,}行"
            more = f"，另放{tally.bad:,}行" if tally.bad else ""
            again = f"，重复{tally.identical:,}行只计一次" if tally.identical else ""
            unused = f"，不用于估计{tally.unused:,}行" if tally.unused else ""
            yield f"  {tally.file}：{tally.rows:,}行，{state}{more}{again}{unused}"


def _section(report: Findings, lang: str, level: str) -> Iterator[str]:
    groups = [g for g in report.groups if report.rule(g.rule).level == level]
    if not groups:
        return
    counts = report.counts if level == "fault" else report.warning_counts
    titles = {"fault": ("错误（必须更正）", "Faults (to be mended)"),
              "warning": ("提醒（请核对，可以导入）", "Warnings (look at them; import goes on)")}  # fmt: skip
    yield ""
    yield titles[level][lang == "en"]
    for name, count in counts.items():
        rule = report.rule(name)
        yield (
            f"  {count:>7,}  {rule.title_en} [{name}]"
            if lang == "en"
            else f"  {count:>7,}  {rule.title_zh} [{name}]"
        )
    for group in groups:
        yield from _group(group, lang)


def _group(group: Group, lang: str) -> Iterator[str]:
    """Each place with its sentence; the remedy once, below."""
    remedy = ""
    for fault in group.faults(LISTED):
        colon = ": " if lang == "en" else "："
        yield f"- {fault.place(lang)}{colon}{fault.message(lang)}"
        remedy = fault.remedy(lang)
    left = group.count - LISTED
    if left > 0:
        yield f"  … and {left:,} more rows" if lang == "en" else f"  ……另有{left:,}行相同情况"
    yield f"  → {remedy}"


def _foot(report: Findings, lang: str, folder: Path | None) -> Iterator[str]:
    yield ""
    names = [name for name in report.refused_tables if name != "."]
    refused = "、".join(names) if lang == "zh" else ", ".join(names)
    if report.exit_code == 0 and report.tallies and not any(t.rows for t in report.tallies):
        yield "没有可导入的数据。" if lang == "zh" else "There is nothing to import."
    elif report.exit_code == 0:
        where = shlex.quote(str(folder)) if folder else ("文件夹" if lang == "zh" else "DIR")
        yield f"检查通过，可以导入：baoxue import {where}" if lang == "zh" else (
            f"The check is clean; go on with: baoxue import {where}"
        )  # fmt: skip
    elif not report.tallies and not refused:
        yield "没有可检查的数据。" if lang == "zh" else "There is nothing to check."
    elif refused:
        yield f"未通过。不予接收的表：{refused}。" if lang == "zh" else (
            f"Not clean. Tables refused: {refused}."
        )  # fmt: skip
    else:
        yield "未通过：有误的行已另放，其余可用。请更正后重新检查。" if lang == "zh" else (
            "Not clean: faulty rows are set aside. Mend them and check again."
        )  # fmt: skip
