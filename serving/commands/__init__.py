"""Commands of ``serving``: one file each, thin; nothing heavy is imported until a command runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serving.services.desk import Desk
    from serving.settings import ServingSettings


def open_desk(settings: ServingSettings) -> Desk:
    """The published lists and run folders of the home folder; the database is made where absent."""
    from serving.services.desk import Desk
    from serving.store.database import open_database
    from serving.store.lists import SqlLists
    from serving.store.runs import FolderRuns

    return Desk(SqlLists(open_database(settings.database)), FolderRuns(settings.home / "runs"))
