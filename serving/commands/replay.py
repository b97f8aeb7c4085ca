"""``baoxue replay``: a published list made again, compared byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def replay_command(
    list_id: Annotated[str, typer.Argument(metavar="LIST_ID", help="名单编号")],
    out: Annotated[
        Path | None, typer.Option("--out", help="保留重现的文件夹（默认比较后删除）")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """用当时的数据、模型和程序重做一份名单并逐字节比较。 Make a list again; same bytes."""
    import json

    from features.facts import room_beside
    from serving.commands import open_desk
    from serving.services.replay import Place, replay
    from serving.settings import ServingSettings
    from serving.store.keys import pupil_key
    from serving.store.runs import FolderRuns

    settings = ServingSettings()
    desk = open_desk(settings)
    publication = desk.lists.by_id(list_id)
    key = pupil_key(
        settings.home,
        synthetic=publication is not None and publication.synthetic,
        given=settings.pupil_key,
    )
    # pupils stand in what is made: it lies in the home, where a killed process' rooms are taken away
    with room_beside(settings.home / "facts" / "replay") as aside:
        root = out if out is not None else aside
        done = replay(list_id, desk, Place(settings.home, key, root), into=FolderRuns(root))
    if as_json:
        said = {"list_id": list_id, "exact": done.exact, "files": dict(done.same)}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        differ = "、".join(name for name, same in done.same.items() if not same)
        _tell(done.exact, len(done.same), differ, english=settings.lang == "en")
    if not done.exact:
        raise typer.Exit(1)


def _tell(exact: bool, files: int, differ: str, *, english: bool) -> None:
    if exact:
        typer.echo(
            f"Made again: all {files} files have the same bytes."
            if english
            else f"已重现：{files} 个文件逐字节相同。"
        )
    else:
        typer.echo(
            f"Made again, but these files differ: {differ}. The list that stands is unchanged. Look"
            " first whether polars or LightGBM has another version than then."
            if english
            else f"已重做，但以下文件不同：{differ}。现有名单不受影响。请先核对程序依赖的版本是否与当时一致。"
        )


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("replay")(replay_command)
