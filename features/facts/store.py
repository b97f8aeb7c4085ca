"""Opening facts: accepted extracts of one area folded over each other, cached by digest."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from features.batch import Batch
from features.facts.accept import Extract, accept, stored
from features.facts.files import forget_rooms, publish, sweep
from features.facts.fold import Layer
from features.facts.importing import check_can_follow
from features.facts.keep import forget_old, name_chain, opened_last, touch
from features.facts.laying import Site, link, read_ranges
from features.facts.numbers import Numbers
from features.facts.register import standing
from features.refusal import Refusal

#: Part of every digest: a fold that reads differently is another store.
FOLD = "6"
EPOCH = date(1970, 1, 1)
_ALWAYS = ("0001-01-01", "9999-12-31")


@dataclass(frozen=True)
class Facts:
    """One area's facts: a folder with a Parquet file a table, or a folder of parts for the big ones.

    Dated tables have known_on and until; a big one lies by calendar week or, results, by term and exam.
    """

    folder: Path
    batch: Batch
    digest: str
    extracts: tuple[str, ...]

    def path(self, name: str) -> Path:
        """The file or folder of the table ``name``; every table of the contract exists, if need be empty."""
        folder = self.folder / name
        return folder if folder.is_dir() else self.folder / f"{name}.parquet"

    def parts(self, name: str, since_no: int | None = None) -> list[Path]:
        """The files of the table ``name``, oldest first; there is at least one.

        ``since_no``: without those that hold nothing of that day (days since 1970) or later.
        """
        path = self.path(name)
        if not path.is_dir():
            return [path]
        ranges = read_ranges(self.folder).get(name, {})
        since = date.min if since_no is None else EPOCH + timedelta(days=since_no)
        files = sorted(path.glob("*.parquet"))
        late = [f for f in files if ranges.get(f.stem, _ALWAYS)[1] >= since.isoformat()]
        return late or files[-1:]

    def scan(self, name: str) -> pl.LazyFrame:
        """The table ``name`` as stored (all that was ever known; see ``asof`` for the cut)."""
        path = self.path(name)
        return pl.scan_parquet(sorted(path.glob("*.parquet")) if path.is_dir() else path)

    def numbers(self) -> pl.DataFrame:
        """student_id, pupil_no: the small number of every id of the store, beside it in its tables."""
        return Numbers.read(self.folder).table

    @property
    def known(self) -> int:
        """How many ids the store knows, temporary ones too: as many as pupils or a few more."""
        return Numbers.count(self.folder)

    @property
    def calendar_estimated(self) -> bool:
        """True where no calendar was imported."""
        return self.scan("calendar").head(1).collect().is_empty()


def _layer(extract: Extract) -> Layer:
    batch = extract.batch
    received = batch.received_on or date.min
    return Layer(extract.scan(), received, batch.mode == "full", extract.files())


def _digest(extracts: Sequence[Extract]) -> str:
    text = "\n".join([FOLD, *(e.digest for e in extracts)])
    return hashlib.sha256(text.encode()).hexdigest()


def lay_facts(layers: Sequence[Layer], folder: Path) -> None:
    """Lay the layers upon the store in ``folder``; without one, make it there."""
    folder.mkdir(parents=True, exist_ok=True)
    Site(folder).lay(layers)


def open_chain(extracts: Sequence[Extract], home: Path) -> Facts:
    """The facts of extracts laid over each other, upon the longest part of them that lies folded already."""
    digests = [_digest(extracts[:n]) for n in range(1, len(extracts) + 1)]
    root = home / "facts"
    final = root / digests[-1]
    forget_rooms(root)
    names = tuple(e.digest for e in extracts)
    if not final.is_dir():
        _grow(extracts, [root / d for d in digests], names)
        forget_old(root, extracts[-1].batch.area)
    touch(final)
    return Facts(final, extracts[-1].batch, digests[-1], names)


def _grow(extracts: Sequence[Extract], stores: Sequence[Path], names: Sequence[str]) -> None:
    """Make the last of ``stores`` (one after every extract) out of the last one there is."""
    root = stores[-1].parent
    root.mkdir(parents=True, exist_ok=True)
    below = max((n for n, store in enumerate(stores, 1) if store.is_dir()), default=0)
    with tempfile.TemporaryDirectory(dir=root, prefix=".new-", ignore_cleanup_errors=True) as room:
        making = Path(room)
        sweep(making)
        if below:
            touch(stores[below - 1])
            link(stores[below - 1], making)
        lay_facts([_layer(e) for e in extracts[below:]], making)
        name_chain(making, extracts[-1].batch.area, names)
        publish(making, stores[-1])


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
    return [open_chain(chain, home) for chain in chains.values()]


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


def last_known(home: Path) -> int:
    """How many ids the store knows that was opened last in this home; 0 where there is none."""
    folder = opened_last(home / "facts")
    return 0 if folder is None else Numbers.count(folder)


def reopen(digests: Sequence[str], home: Path) -> Facts:
    """The facts that a past run stood on, from the extracts stored then."""
    return open_chain([stored(home, digest) for digest in digests], home)
