"""Opening facts: accepted extracts of one area folded over each other, cached by digest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features import calendar
from features.batch import Batch
from features.facts.accept import Extract, accept, stored
from features.facts.files import publish
from features.facts.fold import Layer, fold_dated, fold_plain, numbered
from features.facts.importing import check_can_follow
from features.facts.register import standing
from features.facts.rooms import class_calendars, with_class_keys
from features.refusal import Refusal
from features.tables import TABLES, polars_schema

#: Part of every digest: a fold that reads differently is another store.
FOLD = "4"


@dataclass(frozen=True)
class Facts:
    """One area's facts: a folder with one Parquet file a table, dated ones with known_on and until."""

    folder: Path
    batch: Batch
    digest: str
    extracts: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Where the table ``name`` lies; every table of the contract exists, if need be empty."""
        return self.folder / f"{name}.parquet"

    def scan(self, name: str) -> pl.LazyFrame:
        """The table ``name`` as stored (all that was ever known; see ``asof`` for the cut)."""
        return pl.scan_parquet(self.path(name))

    @property
    def calendar_estimated(self) -> bool:
        """True where no calendar was imported."""
        return self.scan("calendar").head(1).collect().is_empty()


def _layers(extracts: Sequence[Extract]) -> list[Layer]:
    return [
        Layer(e.tables(), e.batch.received_on or date.min, e.batch.mode == "full") for e in extracts
    ]


def _empty(name: str) -> pl.DataFrame:
    rows = pl.DataFrame(schema=polars_schema(name))
    if not TABLES[name].dated:
        return rows
    end = [] if "end_on" not in rows.columns or "end_known_on" in rows.columns else ["end_known_on"]
    return rows.with_columns(
        pl.lit(0, pl.Int8).alias("vanished"),
        pl.lit(None, pl.Date).alias("until"),
        *[pl.lit(None, pl.Date).alias(c) for c in end],
    )


def fold(layers: Sequence[Layer]) -> dict[str, pl.DataFrame]:
    """All tables of the contract laid over each other, with class keys and calendars resolved."""
    tables = {}
    for name, table in TABLES.items():
        if not any(name in layer.tables for layer in layers):
            tables[name] = _empty(name)
        else:
            tables[name] = (fold_dated if table.dated else fold_plain)(layers, name)
    tables["enrolments"] = with_class_keys(tables["enrolments"], tables["classes"])
    tables["assignments"] = tables["assignments"].with_columns(
        pl.concat_str("school_id", "class_id", separator="|").alias("class_ref")
    )
    start, end = _span(tables)
    days = calendar.resolve(
        tables["calendar"],
        class_calendars(tables["enrolments"], tables["schools"]),
        start=start,
        end=end,
    )
    tables["calendar_days"] = days.days
    tables["enrolments"] = tables["enrolments"].join(days.classes, on="class_key", how="left")
    return {
        name: numbered(rows) if name != "calendar_days" else rows for name, rows in tables.items()
    }


def _span(tables: dict[str, pl.DataFrame]) -> tuple[date, date]:
    """First and last day of which an estimated calendar has to speak."""
    days: list[date] = []
    for name in ("attendance", "roll_calls", "activity", "enrolments"):
        clock = TABLES[name].clock
        assert clock is not None
        if len(tables[name]):
            low, high = tables[name].select(a=pl.col(clock).min(), b=pl.col(clock).max()).row(0)
            days += [low, high]
    if not days:
        return date(2020, 9, 1), date(2020, 9, 1)
    return min(days), max(days) + timedelta(days=365)


def _digest(extracts: Sequence[Extract]) -> str:
    text = "\n".join([FOLD, *(e.digest for e in extracts)])
    return hashlib.sha256(text.encode()).hexdigest()


def _open(extracts: Sequence[Extract], home: Path) -> Facts:
    digest = _digest(extracts)
    final = home / "facts" / digest
    if not final.is_dir():
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=final.parent, prefix=".new-"))
        for name, rows in fold(_layers(extracts)).items():
            rows.write_parquet(temporary / f"{name}.parquet", compression="zstd")
        publish(temporary, final)
    return Facts(final, extracts[-1].batch, digest, tuple(e.digest for e in extracts))


def _under(extract: Extract, home: Path) -> list[Extract]:
    """What an extract lies upon: the imports of its area before it, and itself on top."""
    chain = standing(home, extract.batch.area)
    digests = [entry.digest for entry in chain]
    if extract.digest in digests:
        digests = digests[: digests.index(extract.digest) + 1]
        return [stored(home, digest) for digest in digests]
    if extract.batch.mode == "full" and _older(extract, chain[-1].received_on if chain else ""):
        return [extract]
    check_can_follow(extract, chain)
    return [*(stored(home, digest) for digest in digests), extract]


def _older(extract: Extract, newest: str) -> bool:
    received = extract.batch.received_on
    return (received.isoformat() if received else "") < newest


def open_areas(folders: Sequence[Path], home: Path) -> list[Facts]:
    """The facts of every area that ``folders`` speak of, in the order of first mention.

    Folders of one area are laid over each other in the order given, upon what was imported before.
    """
    chains: dict[str, list[Extract]] = {}
    for folder in folders:
        extract = accept(folder, home)
        chain = chains.setdefault(extract.batch.area, [])
        if not chain:
            chain += _under(extract, home)
        elif extract.digest not in {e.digest for e in chain}:
            chain.append(extract)
    return [_open(chain, home) for chain in chains.values()]


def open_facts(folders: Sequence[Path], home: Path) -> Facts:
    """The facts of one area.

    Raises ``Refusal`` where ``folders`` are of several areas, have faults, or lie upon nothing.
    """
    areas = open_areas(folders, home)
    if len(areas) != 1:
        names = "、".join(facts.batch.area for facts in areas)
        raise Refusal(
            f"这些文件夹分属不同地区（{names}）。请分地区运行。",
            f"These folders belong to several areas ({names}). Run one area at a time.",
        )
    return areas[0]


def reopen(digests: Sequence[str], home: Path) -> Facts:
    """The facts that a past run stood on, from the extracts stored then."""
    return _open([stored(home, digest) for digest in digests], home)
