"""``baoxue scores``: every scored pupil of a run, with exact contributions, as Parquet or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def scores(
    out: Annotated[Path, typer.Option("--out", help="输出文件：.parquet 或 .csv")],
    week: Annotated[
        str | None, typer.Option("--week", help="周次，如 2026-W47；缺省为最新")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="NAME@champion 或 NAME/VERSION")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="地区；有多个地区时须写明")] = None,
) -> None:
    """一次运行中全部学生的估计与贡献，供分析用，含学籍号，记入审计。 Every scored pupil of a run, for analysts;
    register numbers are in it, and the audit has it first."""
    from features.frame_file import check_frame, write_frame
    from serving.commands import open_desk
    from serving.commands._audit import log
    from serving.settings import ServingSettings

    check_frame(out)
    settings = ServingSettings()
    desk = open_desk(settings)
    found = desk.newest(week=week, model=model, area=area)
    rows = desk.table(found, "scores").collect()
    log("export", f"scores:{found.area}/{found.week}", {"rows": rows.height}, settings)
    write_frame(rows, out)
    zh = f"{found.week}（{found.label}）：{rows.height} 名学生（含学籍号），已写入 {out} 并记入审计。请勿转发。"
    en = f"{found.week}, {found.label}: {rows.height} pupils with register numbers, in {out} and the audit."
    typer.echo(en if settings.lang == "en" else zh)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("scores")(scores)
