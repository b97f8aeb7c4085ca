"""``baoxue withdraw``: a week's list that was published by mistake stands no more; its run folder stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer


def withdraw(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="周次，如 2026-W47")],
    reason: Annotated[str, typer.Option("--reason", help="撤回的理由，记入审计")],
    area: Annotated[str | None, typer.Option("--area", help="地区；有多个地区时须写明")] = None,
    model: Annotated[str | None, typer.Option("--model", help="NAME；缺省为学校看到的名单")] = None,
) -> None:
    """撤回误发布的一周名单，内容保留备查。 Withdraw a week's list published by mistake."""
    from features.refusal import Refusal
    from serving.commands import open_desk
    from serving.commands._audit import entry
    from serving.settings import ServingSettings
    from serving.store.database import open_database
    from serving.store.lists import SqlLists

    if not reason.strip():
        raise Refusal("--reason 须写明撤回理由。", "--reason wants a reason.")
    settings = ServingSettings()
    desk = open_desk(settings)
    gone = desk.newest(week=week, area=area, model=model)
    subject = f"list:{gone.list_id}:{gone.area}:{gone.week}"
    lists = SqlLists(open_database(settings.database))
    said = entry("withdraw", subject, {"reason": reason.strip()})
    lists.withdraw(gone, said, clock=lambda: datetime.now(UTC))
    now = lists.latest(area=gone.area, model=gone.model_name)
    english = settings.lang == "en"
    typer.echo(
        f"Withdrew the list of {gone.week} ({gone.list_id}, {gone.area}); its content stays, the audit has the "
        f"reason. The newest list is now: {now.week if now else 'none'}."
        if english
        else f"已撤回 {gone.week} 周名单（{gone.list_id}，地区 {gone.area}），内容保留备查，理由已记入审计。"
        f"现在最新的名单：{f'{now.week} 周' if now else '无'}。"
    )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("withdraw")(withdraw)
