"""One table's file read: its headers matched, its cells typed, single values judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.batch import Batch
from features.check import intake
from features.check.big import BigTable
from features.check.intake import Finding
from features.check.judge import Judged, values
from features.check.scatter import scatter
from features.check.sheet import Sheet
from features.sources import Raw, Source, Unreadable
from features.tables import Table

#: Tables that may be too large to hold; no rule about another table looks at them.
BIG = ("attendance", "roll_calls", "grades", "activity")


@dataclass(frozen=True)
class Large:
    """What becomes of a table too large to hold.

    ``most``: rows of a table that are held at once; one of ``BIG`` with more is checked part by part.
    ``keep``: a folder for its accepted rows, None where nobody wants them.
    """

    keep: Path | None = None
    most: int = 1 << 22


@dataclass(frozen=True)
class Room:
    """Where the parts of large tables lie while they are checked, and what becomes of them."""

    aside: Path
    large: Large


@dataclass
class Read:
    """What came of one table's file: what was found, and the rows where it could be read.

    ``sheet`` or, of a table too large to hold, ``big``; ``ragged``: rows that are no rows, None where
    nobody looked.
    """

    name: str
    findings: list[tuple[Finding, str | None]] = field(default_factory=list)
    hits: list[Judged] = field(default_factory=list)
    sheet: Sheet | None = None
    big: BigTable | None = None
    ragged: int | None = None

    def find(self, finding: Finding, file: str) -> None:
        """Note a breach of the file or its headers."""
        self.findings.append((finding, file))


def read_table(table: Table, sources: Sequence[Source], batch: Batch, room: Room) -> Read:
    """The table of ``sources``, which should be one file; whatever is wrong with it is told, not raised."""
    done, source = Read(table.name), sources[0]
    file = source.path.name
    if len(sources) > 1:
        files = "、".join(s.path.name for s in sources)
        words: dict[str, object] = {"files": files, "name": table.name}
        done.find(Finding("two_files", table.name, words=words, refuses=True), file)
        return done
    try:
        _read(done, table, source, batch, room=room)
    except Unreadable as error:
        if error.rule == "torn":
            done.findings.clear()  # what a text seemed to say until then
        words = {"row": error.row, "ending": source.path.suffix}
        finding = Finding(error.rule, table.name, None, error.row, words, refuses=True)
        done.find(finding, file)
    return done


def _read(done: Read, table: Table, source: Source, batch: Batch, *, room: Room) -> None:
    file, raw = source.path.name, source.read()
    matched = intake.match_headers(table, raw.headers, batch.population)
    for finding in matched.findings:
        done.find(finding, file)
    if raw.further:
        sheets = "、".join(raw.further)
        done.find(Finding("further_sheets", table.name, words={"sheets": sheets}), file)
    if matched.refused:
        return
    for row, fields in raw.ragged:
        words: dict[str, object] = {"fields": fields, "expected": len(raw.headers)}
        done.find(Finding("fields", table.name, None, row, words), file)
    done.ragged = len(raw.ragged)
    if table.name in BIG and raw.height > room.large.most:
        done.big = _laid_aside(table, file, raw, matched.places, batch=batch, aside=room.aside)
        return
    done.sheet, breaches = intake.build_sheet(table, file, raw, matched.places, batch)
    done.hits += values(done.sheet, breaches)


def _laid_aside(  # noqa: PLR0913 - what a table is read with
    table: Table, file: str, raw: Raw, places: dict[str, int], *, batch: Batch, aside: Path
) -> BigTable:
    """A table too large to hold: laid in parts, to be judged when all others are read."""
    columns = {name: str(place) for name, place in places.items()}
    try:
        parts = scatter(table, batch, raw.turns, columns, room=aside)
    except (pl.exceptions.PolarsError, OSError):
        raise Unreadable("broken_parquet") from None
    headers = {name: raw.headers[place] for name, place in places.items()}
    big = BigTable(table, file, headers, raw.gaps, parts)
    big.read(batch)
    return big
