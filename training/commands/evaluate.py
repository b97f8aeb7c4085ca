"""``baoxue evaluate``: the report stored with a registered version."""

from __future__ import annotations

from typing import Annotated

import typer


def evaluate_command(
    version: Annotated[
        int | None, typer.Option("--version", metavar="V", help="版本号；默认使用中的版本")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="模型名称")] = "dropout-risk",
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """显示随版本保存的检验报告。 Print the report stored with a version."""
    import json

    from features.settings import Settings
    from training.bundle import Bundle
    from training.promote import bundle_folder, champion_folder

    settings = Settings()
    home = settings.home
    folder = champion_folder(home, name) if version is None else bundle_folder(home, name, version)
    bundle = Bundle.load(folder)
    manifest = bundle.manifest
    if as_json:
        said = {
            "name": name,
            "kind": manifest.kind,
            "digest": bundle.digest,
            "checks": dict(manifest.checks),
            "counts": dict(manifest.counts),
        }
        typer.echo(json.dumps(said, ensure_ascii=False, indent=1))
        return
    typer.echo(bundle.files["card.md"])


def register(app: typer.Typer) -> None:
    """Mount the command."""
    app.command("evaluate")(evaluate_command)
