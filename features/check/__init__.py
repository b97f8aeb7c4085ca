"""``check_extract``: a whole extract read, every fault named with place and remedy."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from features.batch import FILE, Batch
from features.check.examine import Examination
from features.check.findings import Group
from features.check.reading import Large, Room
from features.check.report import Fault, Report
from features.refusal import Refusal

__all__ = ["Checked", "Fault", "Large", "Report", "check_extract", "on_day"]

SHARE = 0.05


@dataclass(frozen=True)
class Checked:
    """What a check hands on: the report, the accepted rows by table, the batch, the digest.

    ``tables`` hold the canonical columns (``polars_schema``): void rows are kept, ``known_on`` is
    never null in dated tables, ``end_known_on`` is filled where ``end_on`` is. Refused tables are
    not in it, nor are tables too large to hold: those are Parquet files, ``files``, where a folder was
    given to keep them in. ``digest``: the same facts have the same digest whatever the format or row order.
    """

    report: Report
    tables: dict[str, pl.DataFrame]
    batch: Batch
    digest: str
    files: dict[str, Path]


def check_extract(
    folder: Path,
    *,
    share: float = SHARE,
    progress: Callable[[str], None] | None = None,
    known: Mapping[str, pl.Series] | None = None,
    large: Large | None = None,
) -> Checked:
    """Check the extract in ``folder``.

    ``share``: a table with a larger share of faulty rows is refused. ``progress`` is told each
    file's name before it is read. ``known``: ids stored before, by table (``students``,
    ``schools``, ``student_aliases``: old numbers), to which additions may refer; without them the
    references of a delta are not checked. ``large``: what becomes of tables too
    large to hold. Raises ``Refusal`` where ``folder`` is no folder; everything else, an empty folder and
    a wrong ``batch.toml`` too, is in the report.
    """
    if not folder.is_dir():
        raise Refusal(
            f"没有文件夹“{folder}”。请核对路径。", f"There is no folder {folder}. Look at the path."
        )
    large = large or Large()
    beside = large.keep and large.keep.parent
    with tempfile.TemporaryDirectory(
        dir=beside, prefix=".check-", ignore_cleanup_errors=True
    ) as aside:
        room = Room(Path(aside), large)
        examination = Examination(folder, share, progress or (lambda name: None), known, room=room)
        return Checked(*examination.run(), examination.files)


def on_day(checked: Checked, today: date) -> Report:
    """The report as it stands on a day: no extract was received on a later one."""
    report, received = checked.report, checked.batch.received_on
    if received is None or received <= today:
        return report
    words: dict[str, object] = {"received": received, "today": today}
    group = Group("received_later", None, FILE, None, None, None, None, words)
    return replace(
        report, groups=(group, *report.groups), refused_tables=(*report.refused_tables, FILE)
    )
