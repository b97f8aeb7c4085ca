"""``baoxue list``: one school's list, on the terminal or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def list_command(
    school: Annotated[str, typer.Option("--school", help="学校标识码")],
    week: Annotated[
        str | None, typer.Option("--week", help="周次，如 2026-W47；缺省为最新")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="NAME@champion 或 NAME/VERSION")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="地区；有多个地区时须写明")] = None,
    form: Annotated[
        Literal["table", "csv", "xlsx", "json"],
        typer.Option("--format", help="table、csv、xlsx 或 json"),
    ] = "table",
    out: Annotated[Path | None, typer.Option("--out", help="输出文件")] = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="显示完整姓名和学籍号，须写明用途")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", help="显示完整信息的用途，记入审计")
    ] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="附贡献数值与背景信息合计")] = False,
) -> None:
    """一所学校一周的名单。 One school's list."""
    from features.commands import _clock
    from features.places import check_out
    from features.refusal import Refusal
    from serving.commands import open_desk
    from serving.commands._audit import check_reveal
    from serving.commands._print import told, write
    from serving.services.exports import as_csv, as_json, as_xlsx
    from serving.services.rosters import school_week
    from serving.settings import ServingSettings

    forms = {"csv": as_csv, "json": as_json, "xlsx": as_xlsx}
    if form == "xlsx" and out is None:
        raise Refusal("xlsx 须用 --out 指定文件。", "xlsx wants a file: --out FILE.")
    check_out(out)
    settings = ServingSettings()
    found = school_week(open_desk(settings), school, week=week, model=model, area=area)
    check_reveal(
        settings, unmasked=unmasked, reason=reason, subject=f"list:{found.head.list_id}:{school}"
    )
    found = found if unmasked else found.masked()
    if form == "table":
        from serving.commands._print import console, print_week

        with console(out) as terminal:
            print_week(terminal, found, today=_clock.today_here(), lang=settings.lang)
    else:
        write(forms[form](found, lang=settings.lang, numbers=numbers), out)
    if out is not None:
        count = len(found.rows)
        told(
            f"{found.head.week} 周名单（{found.school.name or school}）：{count} 人，已写入 {out}。",
            f"{found.head.week}, {found.school.name or school}: {count} pupils written to {out}.",
            settings.lang,
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("list")(list_command)
