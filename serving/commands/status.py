"""``baoxue status``: the last import, the last list, the model that serves, and what to do next."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

import typer


def status(
    area: Annotated[str | None, typer.Option("--area", help="只看一个地区")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """最近的导入、名单、模型，以及下一步。 Last import and list, and what to do next."""
    from datetime import datetime

    from features.catalogue import load
    from features.facts import imports
    from features.refusal import Refusal
    from serving.commands import open_desk
    from serving.scoring.model import Model, find
    from serving.services.overview import overview
    from serving.settings import ServingSettings

    settings = ServingSettings()
    desk = open_desk(settings)
    entries = [entry for entry in imports(settings.home) if not entry.undone]
    today: date = datetime.now().astimezone().date()
    model: Model | Refusal
    try:
        model = find(settings.home, None, load())
    except Refusal as refusal:
        model = refusal  # a model that does not load is part of how things stand
    said = overview(desk, entries, model, today=today, area=area)
    if as_json:
        typer.echo(json.dumps(said.facts, ensure_ascii=False, default=str))
        return
    for zh, en in said.lines:
        typer.echo(en if settings.lang == "en" else zh)


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("status")(status)
