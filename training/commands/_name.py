"""``--name`` of every command about models: one rule for what a model may be called, asked first of all."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT = "dropout-risk"


def _checked(name: str) -> str:
    if name == DEFAULT:  # the usual call and --help do not wait for the imports
        return name
    from training import baselines
    from training.bundle.registry import check_name

    check_name(name, reserved=tuple(baselines.load()))
    return name


Name = Annotated[str, typer.Option("--name", help="模型名称", callback=_checked)]
