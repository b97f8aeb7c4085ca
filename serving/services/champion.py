"""The model that serves now, read anew when promotion has replaced it."""

from __future__ import annotations

from pathlib import Path

from features.catalogue import Catalogue, load
from features.refusal import Refusal
from serving.scoring.model import Model, find
from training.bundle.registry import DEFAULT, champion_folder


class Champion:
    """Call it for the model; a tampered or mismatched bundle is never loaded.

    Where promotion left something unsound, what was loaded before goes on serving, and
    ``intact`` says so.
    """

    def __init__(self, home: Path) -> None:
        """``home`` is ``$BAOXUE_HOME``."""
        self._home = home
        self._kept: tuple[tuple[str, int], Model] | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The indicators of this program."""
        return load()

    def __call__(self) -> Model:
        """The champion, or the attendance rule where none stands; ``Refusal`` where unsound."""
        try:
            return self._current()
        except Refusal:
            if self._kept is None:
                raise
            return self._kept[1]

    def intact(self) -> bool:
        """Whether what promotion wrote can be loaded."""
        try:
            self._current()
        except Refusal:
            return False
        return True

    def _current(self) -> Model:
        mark = self._mark()
        if self._kept is None or self._kept[0] != mark:
            self._kept = (mark, find(self._home, None, self.catalogue))
        return self._kept[1]

    def _mark(self) -> tuple[str, int]:
        """Changes when promotion writes: the folder behind the link, and when it was written."""
        manifest = (champion_folder(self._home, DEFAULT) / "bundle.json").resolve()
        return str(manifest), manifest.stat().st_mtime_ns if manifest.is_file() else 0
