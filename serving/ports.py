"""What the services ask of the outside: records, and the protocols that ``store`` fulfils.

Nothing here opens a file or a database. Times are UTC, aware; weeks are ISO weeks ``2026-W47``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from features.refusal import Refusal
from serving.scoring.note import Note as Note


class Unreachable(Refusal):
    """The database does not answer: nothing was read or written; ask again in a moment."""

    def __init__(self, file: Path | None = None, *, at_home: bool = False) -> None:
        """One sentence; the cause goes to the log.

        ``file``: where the database is one; ``at_home``: nobody named it, it lies in the home folder.
        """
        if at_home and file is not None:
            super().__init__(
                f"数据存放处打不开：{file.parent}。它由 BAOXUE_HOME 指定；请检查这个文件夹是否存在、能否写入、"
                "磁盘是否已满后重试。",
                f"The folder where data are kept cannot be opened: {file.parent}. It is set by BAOXUE_HOME; "
                "check that it exists, may be written and has room, then try again.",
            )
            return
        place, place_en = (f"（{file}）", f" ({file})") if file is not None else ("", "")
        super().__init__(
            f"数据库打不开{place}：请检查 BAOXUE_DATABASE_URL、数据库是否在运行、磁盘空间和写权限后重试。",
            f"The database cannot be opened{place_en}: check BAOXUE_DATABASE_URL, that it is running, disk "
            "space and write permission, then try again.",
        )


class Full(Unreachable):
    """Nothing more fits on the disk of the database: what was to be written is not."""

    def __init__(self) -> None:
        """One sentence, without the place: it may be read by whoever opened a page."""
        Refusal.__init__(
            self,
            "磁盘已满，数据库没有写入。请清理磁盘空间后重试。",
            "The disk is full; nothing was written to the database. Make room and try again.",
        )


@dataclass(frozen=True)
class SchoolCount:
    """One school's figures in one published list; counts of pupils."""

    school_id: str
    name: str = ""
    stage: str = ""
    cohort: int = 0
    capacity: int = 0
    listed: int = 0
    alerts: int = 0
    no_data: int = 0


@dataclass(frozen=True)
class Publication:
    """One published run: which list stands for (area, week, model name), and what it was made of.

    ``list_id`` comes from ``run_digest``; ``folder`` is relative to ``$BAOXUE_HOME/runs``.
    ``superseded_at`` is set when a revision took its place; the run folder stays.
    """

    list_id: str
    area: str
    week: str
    as_of: date
    model_name: str
    model_version: str
    model_kind: str
    run_digest: str
    extract_digest: str
    bundle_digest: str
    code_digest: str
    folder: str
    retrospective: bool
    synthetic: bool
    published_at: datetime
    published_by: str = ""
    reason: str = ""
    superseded_at: datetime | None = None
    schools: tuple[SchoolCount, ...] = ()
    notes: tuple[Note, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name and version of the model, as people write it: ``dropout-risk/3``."""
        return f"{self.model_name}/{self.model_version}"


class Lists(Protocol):
    """Published lists in the database. ``model`` is a model name; None: the newest."""

    def current(self, area: str, week: str, model: str) -> Publication | None:
        """The publication that stands for this area, week and model name."""
        ...

    def latest(
        self, *, area: str | None = None, model: str | None = None, before_week: str | None = None
    ) -> Publication | None:
        """The standing publication of the newest week (and, in a week, the newest published)."""
        ...

    def of_school(
        self,
        school_id: str,
        *,
        week: str | None = None,
        model: str | None = None,
        area: str | None = None,
    ) -> Publication | None:
        """The standing publication that holds this school, newest week first."""
        ...

    def areas(self, *, school_id: str | None = None) -> list[str]:
        """The areas with a standing publication (that holds this school), by name."""
        ...

    def by_id(self, list_id: str) -> Publication | None:
        """One publication by its list id, standing or superseded (the newest row of that id)."""
        ...

    def standing(self, *, area: str | None = None, model: str | None = None) -> list[Publication]:
        """All standing publications, oldest week first."""
        ...

    def publish(self, publication: Publication, *, revise: bool, holder: str) -> None:
        """Make it stand, in one transaction; refuse where another stands and ``revise`` is false.

        ``holder`` must still hold the lease of (area, week, model name).
        """
        ...

    def take_lease(self, key: str, holder: str, *, now: datetime, seconds: int) -> bool:
        """Take (or renew) the lease ``key`` for ``holder``; False while another holds it."""
        ...

    def drop_lease(self, key: str, holder: str) -> None:
        """Give the lease back."""
        ...


class Runs(Protocol):
    """Run folders: Parquet tables and a manifest, never changed once they stand."""

    def write(
        self, folder: str, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]
    ) -> None:
        """Write everything to a temporary folder, fsync, rename; a folder that stands is kept."""
        ...

    def begun(self, folder: str) -> frozenset[int]:
        """The parts of a folder in the making that stand complete."""
        ...

    def add(self, folder: str, part: int, tables: Mapping[str, pl.DataFrame]) -> None:
        """Write one part of every table of a folder in the making, whole or not at all."""
        ...

    def room(self, folder: str) -> Path:
        """Where workers of a folder in the making keep what they share; gone when the folder stands."""
        ...

    def drawn(self, folder: str, table: str) -> pl.LazyFrame:
        """One table of a folder in the making, as far as it is written."""
        ...

    def finish(self, folder: str, files: Mapping[str, str]) -> None:
        """Add the files and make the folder stand; one that stands is kept."""
        ...

    def exists(self, folder: str) -> bool:
        """True where this folder stands, complete."""
        ...

    def scan(self, folder: str, table: str) -> pl.LazyFrame:
        """One table of a run, lazily."""
        ...

    def text(self, folder: str, name: str) -> str:
        """One text file of a run (``manifest.json``, ``bundle.json``)."""
        ...


class Reports(Protocol):
    """Weekly health reports as text, one an area and week."""

    def save(self, area: str, week: str, text: str) -> None:
        """Keep it in place of an earlier one of the same week."""
        ...

    def newest(self) -> list[str]:
        """The newest week's of every area, by area."""
        ...


@dataclass(frozen=True)
class Ready:
    """One answer made ready: ``body`` leaves as it is. Masked and cut for whoever may ask alike.

    ``class_id`` is empty for what is about a school; ``rows`` are the pupils that it shows.
    """

    body: bytes
    etag: str
    list_id: str
    school_id: str
    class_id: str = ""
    rows: int = 0

    @classmethod
    def of(
        cls, body: bytes, list_id: str, school_id: str, class_id: str = "", *, rows: int = 0
    ) -> Ready:
        """With the tag of ``body``."""
        return cls(body, tag(body), list_id, school_id, class_id, rows)


def tag(body: bytes) -> str:
    """The strong entity tag of ``body``."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@dataclass(frozen=True)
class Place:
    """Where an answer lies: what it is (``risk-list``), about whom, of which week, cut for whom.

    ``week`` is empty for the newest; ``cut`` says which rights and classes it was cut to.
    """

    kind: str
    subject: str
    week: str = ""
    cut: str = ""


class Shelf(Protocol):
    """Answers made ready. An edition is all standing lists: another list, another edition."""

    def get(self, edition: str, place: Place) -> Ready | None:
        """The answer, or None where it was not made yet (or does not read back whole)."""
        ...

    def put(self, edition: str, place: Place, ready: Ready) -> None:
        """Keep it; where it cannot be kept nothing happens: it can be made again."""
        ...


class Clock(Protocol):
    """The time now, UTC and aware; commands and the composition root give it."""

    def __call__(self) -> datetime:
        """Now."""
        ...


#: Tables of a run folder and who they are about (every one is sorted by school_id, student_id).
RUN_TABLES: Mapping[str, str] = {
    "list": "the published lists, one row a listed or left pupil: the columns of interface.md",
    "scores": "every pupil with an estimate: probability, band, contribution__*, margin",
    "roster": "every pupil enrolled or gone within 60 days: names, band, change, situation",
    "alerts": "every duty alert, listed or only a task; class alerts have an empty student_id",
    "features": "the indicator frame as it was scored",
    "details": "the fields the sentences need, INDICATOR__field",
    "marks": "student_id, on, mark: each school day of the term, for the picture",
    "schools": "one row a school: SchoolCount",
}

SchoolScope = Sequence[str] | None
