"""Weekly health reports as files: one a week and area, replaced whole when it is made again."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from features.refusal import Refusal


class FolderReports:
    """``serving.ports.Reports`` under ``$BAOXUE_HOME/health``; no pupil is in any of them."""

    def __init__(self, root: Path) -> None:
        """Keep the folder ``health``; it is made on the first write."""
        self.root = root

    def save(self, area: str, week: str, text: str) -> None:
        """Written aside, forced to the disk, renamed."""
        target = self.root / area / f"{week}.json"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).replace(target)
        except OSError as error:
            raise Refusal(
                "健康状况写不进磁盘：请检查磁盘空间和 BAOXUE_HOME 的写权限。",
                "The health report cannot be written: check disk space and the write permission of "
                "BAOXUE_HOME.",
            ) from error

    def newest(self) -> list[str]:
        """The newest week's text of every area, by area."""
        areas = sorted(p for p in self.root.glob("*") if p.is_dir())
        weeks = [max(area.glob("[0-9]*.json"), default=None) for area in areas]
        return [week.read_text(encoding="utf-8") for week in weeks if week is not None]
