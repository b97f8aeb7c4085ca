"""A run's portions on a disk that every worker sees: which schools and pupils belong to which.

Whoever draws a portion elsewhere reads it here by its number, so that no pupil's id travels with the work.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.prepare import Share

_LAID, _COUNT = "portions", "portions.json"


@dataclass(frozen=True)
class Portions:
    """``count`` portions; one alone is everybody at once (``share`` None)."""

    folder: Path
    count: int

    def share(self, number: int) -> Share | None:
        """The schools and pupils of a portion."""
        if self.count == 1:
            return None
        rows = pl.read_parquet(self.folder / f"{number:04d}.parquet")
        people = rows.filter(pl.col("student_id").is_not_null()).drop("school_id")
        return Share(rows["school_id"].drop_nulls(), people)

    @property
    def everyone(self) -> pl.LazyFrame | None:
        """student_id of all portions; None where one holds everybody."""
        if self.count == 1:
            return None
        rows = pl.scan_parquet(sorted(self.folder.glob("[0-9]*.parquet")))
        return rows.filter("own").select("student_id").unique()


def laid(room: Path) -> Portions | None:
    """The portions that lie in ``room``; None where none were laid yet."""
    path = room / _LAID / _COUNT
    if not path.is_file():
        return None
    return Portions(room / _LAID, int(json.loads(path.read_text(encoding="utf-8"))))


def lay(room: Path, found: Sequence[Share | None]) -> Portions:
    """Write portions into ``room``, whole or not at all; those that lie there already stand."""
    aside = Path(tempfile.mkdtemp(prefix=".laying-", dir=room))
    for number, share in enumerate(found):
        if share is not None:
            _rows(share).write_parquet(aside / f"{number:04d}.parquet")
    (aside / _COUNT).write_text(json.dumps(len(found)), encoding="utf-8")
    with suppress(OSError):  # another attempt was there before: the same portions
        aside.rename(room / _LAID)
    shutil.rmtree(aside, ignore_errors=True)
    standing = laid(room)
    assert standing is not None
    return standing


def _rows(share: Share) -> pl.DataFrame:
    schools = share.schools.cast(pl.String).to_frame("school_id")
    return pl.concat([schools, share.people], how="diagonal")
