"""A bundle in memory: load it, score with it, let it say why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.indicator import Indicator
from features.refusal import Refusal
from training.bundle import bands as banding
from training.bundle import format as folder_format
from training.bundle import score as scoring
from training.bundle.exact import Exact, exact_of
from training.bundle.manifest import Band, Manifest
from training.bundle.reasons import Teller, Told
from training.bundle.score import Scored
from training.bundle.tables import Outside, Tables, check, from_bytes, to_bytes
from training.bundle.tables.check import READ

if TYPE_CHECKING:  # a second of imports that whoever loads no trees can do without
    import lightgbm


@dataclass(frozen=True)
class Bundle:
    """A verified bundle; ``manifest`` holds checks, counts, columns, notice_zh and notice_en."""

    manifest: Manifest
    files: dict[str, str] = field(default_factory=dict, repr=False)
    packed: bytes | None = field(default=None, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Path, *, later: bool = False) -> Bundle:
        """Read and verify a bundle folder; Refusal where it is absent, torn or tampered with.

        ``later``: the files are those that the manifest names, and trees and tables are looked at when
        first asked for: for whoever only says which model others are to score with.
        """
        bundle = cls.of(*folder_format.read(Path(folder)))
        if not later:
            _ = bundle.booster, bundle.stored
        return bundle

    @classmethod
    def of(cls, manifest: Manifest, files: dict[str, str], tables: bytes | None = None) -> Bundle:
        """A bundle from its parts; Refusal where trees do not fit the manifest."""
        if folder_format.BOOSTER in files and _grown_on(files) != manifest.indicators:
            raise folder_format.Spoiled.of(
                "指标与模型的列不一致", "its indicators are not those of its trees"
            )
        return cls(manifest, files, tables)

    @cached_property
    def booster(self) -> lightgbm.Booster | None:
        """The trees; None where the score is a sum of parts."""
        if folder_format.BOOSTER not in self.files:
            return None
        import lightgbm

        return lightgbm.Booster(model_str=self.files[folder_format.BOOSTER])

    @cached_property
    def stored(self) -> Tables | None:
        """The tables that lay beside the trees, looked at; Refusal where they are other trees'."""
        if self.packed is None or self.booster is None:
            return None
        return _read_tables(self.packed, self.booster, self.files)

    def write(self, folder: Path) -> None:
        """Write the bundle to ``folder`` (bundle.json, and what it names); tables are made if need be."""
        tables = self.exact.tables
        data = None if tables is None else to_bytes(tables, _made_from(self.files))
        folder_format.write(folder, self.manifest, self.files, data)

    @cached_property
    def exact(self) -> Exact:
        """How contributions come about: ``.kind``, ``.why``. Tables that were not stored are made now."""
        if self.booster is None:
            return Exact("parts")
        if self.stored is not None:
            return Exact("tables", tables=self.stored)
        return exact_of(self.files[folder_format.BOOSTER])

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers, without moment, machine or card: same data and seed, same."""
        return folder_format.digest(self.manifest, self.files)

    @property
    def kind(self) -> str:
        """'model' or 'rule'."""
        return self.manifest.kind

    @property
    def base_rate(self) -> float | None:
        """The county's share of outcomes within one horizon; None if none was ever seen."""
        return self.manifest.base_rate

    @property
    def horizon_weeks(self) -> int | None:
        """Weeks in which the outcome is counted; None means to the end of the school year."""
        return self.manifest.horizon_weeks

    @property
    def indicators(self) -> tuple[str, ...]:
        """The columns that ``score`` needs."""
        return self.manifest.indicators

    @property
    def lag_weeks(self) -> int:
        """How many weeks before the list's day the scored frame was known (0 for most)."""
        return self.manifest.lag_weeks

    def check(self, fingerprint: str) -> None:
        """Refuse definitions other than those it was trained on (``catalogue.fingerprint``)."""
        if fingerprint != self.manifest.fingerprint:
            raise Refusal(
                "模型与当前程序的指标定义不一致，未评分。请用本版本程序重新训练（baoxue train）。",
                "The model was trained on other indicator definitions than this program's; nothing"
                " was scored. Train again with this version (`baoxue train`).",
            )

    def score(self, frame: pl.DataFrame, *, threads: int = 1) -> Scored:
        """Score every row of an indicator frame (needs only the columns ``indicators``)."""
        tables = self.exact.tables
        return scoring.score(self.manifest, self.booster, frame, threads=threads, tables=tables)

    def bands(self, scored: Scored, coverage: NDArray[Any] | None = None) -> list[Band]:
        """One band a row: priority, watch, none; no_data where coverage is given and 0 or NaN."""
        if coverage is not None:
            coverage = np.asarray(coverage, np.float64)
        return banding.bands(self.manifest.cuts, scored, coverage)

    def teller(self, catalogue: Iterable[Indicator]) -> Teller:
        """What words contributions; build it once, then ``.tell(scored, details, lang=...)``."""
        return Teller(self.manifest.columns, catalogue)

    def reasons(
        self,
        scored: Scored,
        details: pl.DataFrame,
        *,
        catalogue: Iterable[Indicator] | None = None,
        lang: str = "zh",
    ) -> list[Told]:
        """One Told a row; ``details`` (NAME, NAME__field) is row for row with ``scored``.

        Meant for the pupils shown, not for all: take rows first (``scored.take(rows)``).
        """
        if catalogue is None:
            from features.catalogue import load

            catalogue = load()
        return self.teller(catalogue).tell(scored, details, lang=lang)


def _made_from(files: dict[str, str]) -> str:
    return folder_format.sha256(files[folder_format.BOOSTER].encode())


def _grown_on(files: dict[str, str]) -> tuple[str, ...]:
    """The names of the trees' columns, as LightGBM writes them at the head of its text."""
    mark = "feature_names="
    lines = files[folder_format.BOOSTER].splitlines()
    return tuple(next((line for line in lines if line.startswith(mark)), mark)[len(mark) :].split())


def _read_tables(data: bytes, booster: lightgbm.Booster, files: dict[str, str]) -> Tables | None:
    """Stored tables, looked at beside the trees; None where another program's shape has to be made anew."""
    try:
        told = from_bytes(data, _made_from(files))
        if told is not None:
            check(told, booster, count=READ)
    except (ValueError, Outside) as error:
        name = folder_format.TABLES
        raise folder_format.Spoiled.of(
            f"{name} 不是由 {folder_format.BOOSTER} 得出的",
            f"{name} was not made from {folder_format.BOOSTER}",
        ) from error
    return told
