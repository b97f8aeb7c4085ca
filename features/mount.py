"""Commands found by folder and mounted; nothing heavy is imported until one of them runs."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import typer


def mount(package: ModuleType, app: typer.Typer) -> None:
    """Mount every command of ``package`` on ``app``, in the order of their names.

    A module whose name begins with an underscore is a room that commands share.
    """
    for name in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
        if not name.startswith("_"):
            importlib.import_module(f"{package.__name__}.{name}").register(app)
