"""``baoxue models``: what is registered, what its gates said, and which version serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from training.inventory import Entry

WIDTH = 130


def models_command(
    name: Annotated[
        str | None, typer.Option("--name", help="只看这个名称（对照写作 名称.对照名）")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """登记过的模型版本：检验结果、是否在用、文件是否完好。 What is registered, and which version serves."""
    import json
    from dataclasses import asdict
    from itertools import groupby

    from rich.console import Console

    from features.settings import Settings
    from training.inventory import inventory, next_step

    settings = Settings()
    found = inventory(settings.home, name)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
        return
    if not found:
        typer.echo(
            "There are no models yet. Train one: baoxue train DIR --until DATE --promote."
            if settings.lang == "en"
            else "还没有登记过模型。先训练：baoxue train 数据文件夹 --until 日期 --promote。"
        )
        return
    own = Console(highlight=False)
    console = own if own.is_terminal else Console(width=WIDTH, no_color=True, highlight=False)
    for under, entries in groupby(found, key=lambda one: one.name):
        group = list(entries)
        console.print(_table(under, group, settings.lang))
        for one in group:
            if one.beside[0]:
                who = (
                    f"Version {one.version}: " if settings.lang == "en" else f"第 {one.version} 版"
                )
                typer.echo(who + one.beside[settings.lang == "en"])
        typer.echo(next_step(group)[settings.lang == "en"])
        typer.echo()


def _table(name: str, entries: Sequence[Entry], lang: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    heads = {
        "zh": ("版本", "类型", "训练截至", "预测", "平均精确率高于出勤规则", "检验", "现状"),
        "en": ("version", "kind", "trained until", "horizon", "AP over the rule", "gates", "now"),
    }
    table = Table(title=name, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for n, head in enumerate(heads[lang if lang == "en" else "zh"]):
        table.add_column(head, justify="right" if n == 0 else "left", no_wrap=n < 5)
    for one in entries:
        table.add_row(*_row(one, en=lang == "en"))
    return table


def _row(one: Entry, *, en: bool) -> tuple[str, ...]:
    from training.inventory import STANDINGS

    standing = STANDINGS[one.standing][en]
    if one.shadow_weeks and one.standing == "in_shadow":
        standing += f", {one.shadow_weeks} weeks" if en else f"{one.shadow_weeks}周"
    if not one.kind:
        return str(one.version), "", "", "", "", "", standing
    kinds = {"model": ("模型", "model"), "rule": ("出勤规则", "attendance rule")}
    kind = kinds[one.kind][en] + (("（虚构数据）", " (synthetic)")[en] if one.synthetic else "")
    weeks = one.horizon_weeks
    horizon = (
        ("到学年末", "to the year's end")[en] if weeks is None else f"{weeks}{('周', ' weeks')[en]}"
    )
    gain = "—" if one.gain is None else "{:+.3f} [{:+.3f}, {:+.3f}]".format(*one.gain)
    return str(one.version), kind, one.trained_until, horizon, gain, _gates(one, en=en), standing


def _gates(one: Entry, *, en: bool) -> str:
    if one.kind == "rule":
        return "—"
    if one.closed:
        titles = [title[en] for title in one.closed]
        return ("未通过：", "not passed: ")[en] + ("、", ", ")[en].join(titles)
    said = f"{one.passed} passed" if en else f"{one.passed}道通过"
    if one.partly:
        said += f" ({one.partly} in part)" if en else f"（{one.partly}道部分通过）"
    if one.untold:
        said += f", {one.untold} cannot be told" if en else f"，{one.untold}道不足以判断"
    return said


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("models")(models_command)
