"""``baoxue promote`` and ``baoxue rollback``: which registered version serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from training.commands._name import DEFAULT, Name


def promote_command(
    version: Annotated[int, typer.Argument(metavar="V", help="版本号")],
    name: Name = DEFAULT,
    without_shadow: Annotated[
        str, typer.Option("--without-shadow", help="不经试运行而更换模型的理由，随版本保存")
    ] = "",
) -> None:
    """把通过检验的一个版本投入使用。 Make a version that passed its gates the champion."""
    from features.settings import Settings
    from training.publish import crown

    settings = Settings()
    say = _speak(settings.lang)
    crown(settings.home, name, version, say=say, without_shadow=without_shadow.strip())


def rollback_command(name: Name = DEFAULT) -> None:
    """回到上一个使用中的版本。 Go back to the champion before this one."""
    from features.settings import Settings
    from training.publish import uncrown

    settings = Settings()
    uncrown(settings.home, name, say=_speak(settings.lang))


def _speak(lang: str) -> Callable[[str, str], None]:
    return lambda zh, en: typer.echo(en if lang == "en" else zh)


def register(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command("promote")(promote_command)
    app.command("rollback")(rollback_command)
