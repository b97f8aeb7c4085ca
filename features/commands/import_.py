"""``baoxue import``: check an extract and store it, or take the newest one back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer


def _say(sentence_zh: str, sentence_en: str, lang: str) -> None:
    typer.echo(sentence_en if lang == "en" else sentence_zh)


def import_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="数据文件夹（合同各表）")
    ] = None,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="ID", help="撤销最近一次导入")
    ] = None,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="搁置有误的行，其余导入")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """检查并导入一个数据批次（全量或增量），可撤销。 Check and store an extract, with undo."""
    from dataclasses import asdict

    from features.batch import FILE
    from features.commands import _clock
    from features.facts import take_in
    from features.facts import undo as take_back
    from features.refusal import Refusal
    from features.settings import Settings

    settings = Settings()
    if (folder is None) == (undo is None):
        raise Refusal(
            "请给出一个数据文件夹，或用 --undo 编号 撤销一次导入。",
            "Give an extract folder, or --undo ID.",
        )
    aside: Mapping[str, int] = {}
    if undo is not None:
        entry = take_back(settings.home, undo)
        zh, en = (
            f"已撤销批次 {entry.id}，内容仍保留，供旧名单复现。",
            f"Undid {entry.id}; its content stays.",
        )
    else:
        assert folder is not None
        entry, aside = take_in(
            folder, settings.home, set_aside=set_aside, today=_clock.today_here()
        )
        zh = f"已导入：地区 {entry.area}，批次 {entry.id}（{entry.mode}，接收于 {entry.received_on}）。"
        en = f"Imported {entry.id} of {entry.area} ({entry.mode}, received {entry.received_on})."
    if as_json:
        said = {
            **asdict(entry),
            "id": entry.id,
            **({"set_aside": dict(aside)} if set_aside or aside else {}),
        }
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    _say(zh, en, settings.lang)
    if folder is not None and (set_aside or aside):
        _say(*_left_out(aside, folder), settings.lang)
    if folder is not None and not (folder / FILE).exists():
        _say(*_undeclared(folder, entry.area, entry.id), settings.lang)


def _left_out(aside: Mapping[str, int], folder: Path) -> tuple[str, str]:
    """How many faulty rows were not taken in, of which tables."""
    if not aside:
        return "没有搁置任何行。", "No row was set aside."
    zh = "，".join(f"{name} {count:,} 行" for name, count in aside.items())
    en = ", ".join(f"{name} {count:,}" for name, count in aside.items())
    return (
        f"搁置 {sum(aside.values()):,} 行：{zh}。这些行没有导入；所在行和改法见 baoxue check {folder}。",
        f"{sum(aside.values()):,} rows set aside ({en}); they were not imported. Where they are and how to "
        f"mend them: baoxue check {folder}.",
    )


def _undeclared(folder: Path, area: str, import_id: str) -> tuple[str, str]:
    """Without ``batch.toml`` nobody has said whose data these are."""
    return (
        f"{folder} 中没有 batch.toml，数据记在地区“{area}”名下。如属某一地区，请先写 batch.toml"
        f'（area = "地区代码"，received_on = 接收日期），用 baoxue import --undo {import_id} 撤销后重新导入。',
        f'There is no batch.toml in {folder}, so the data stand under the area "{area}". If they are '
        f'of some area, write one (area = "CODE", received_on = DATE), undo this import (baoxue import '
        f"--undo {import_id}) and import again.",
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("import")(import_command)
