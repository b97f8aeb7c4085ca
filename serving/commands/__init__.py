"""Commands of ``serving``: one file each, thin; nothing heavy is imported until a command runs."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from serving.services.desk import Desk
    from serving.settings import ServingSettings


def register(app: typer.Typer) -> None:
    """Mount every command of this folder on ``app``, in the order of their names."""
    names = sorted(m.name for m in pkgutil.iter_modules(__path__))
    for module in (name for name in names if not name.startswith("_")):
        importlib.import_module(f"{__name__}.{module}").register(app)


def open_desk(settings: ServingSettings) -> Desk:
    """The published lists and run folders of the home folder; the database is made where absent."""
    from serving.services.desk import Desk
    from serving.store.database import open_database
    from serving.store.lists import SqlLists
    from serving.store.runs import FolderRuns

    return Desk(SqlLists(open_database(settings.database)), FolderRuns(settings.home / "runs"))
