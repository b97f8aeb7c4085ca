"""The door to ``training.bundle``: which model scores, and the rule that serves where there is none."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue import Catalogue
from features.refusal import Refusal
from training.bundle import Bundle, Calibration, Column, Manifest, Scored, Term
from training.bundle.bands import bands as by_cuts
from training.bundle.bands import cut
from training.bundle.calibration import probability
from training.bundle.manifest import SHADOW, Cuts
from training.bundle.registry import (
    DEFAULT,
    VERSION,
    champion,
    champion_folder,
    no_model,
    registered,
    stands,
    versions,
)

RULE_VERSION = "rule"
#: Shares of the county that an unfitted rule suggests at most (the default capacity, and beyond it).
PRIORITY_SHARE, WATCH_SHARE = 0.03, 0.10
_REF = re.compile(r"(?P<name>\w[\w.-]*)(?:@(?P<alias>champion)|/(?P<version>\w+))?")
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A bundle with the name and version it goes by. ``found`` says how it came to serve:
    'model', 'rule' (promoted as such), 'refused' (trained, no champion), 'none' (never trained).
    ``cuts``: of a rule that was never fitted, once they are settled for a county."""

    name: str
    version: str
    bundle: Bundle
    found: str
    cuts: Cuts | None = None

    @property
    def kind(self) -> str:
        """'model' or 'rule'."""
        return self.bundle.kind

    @property
    def label(self) -> str:
        """NAME/VERSION."""
        return f"{self.name}/{self.version}"

    @property
    def manifest(self) -> Manifest:
        """What ``bundle.json`` says."""
        return self.bundle.manifest

    @property
    def floor(self) -> float:
        """Nobody with a margin at or below this is listed by estimate: the county's base rate."""
        base = self.bundle.base_rate
        if self.kind == "rule" or base is None or not 0 < base < 1:
            return 0.0 if self.kind == "rule" else float("-inf")
        return _margin_of(base, self.manifest.calibration)

    @property
    def fitted(self) -> bool:
        """Its cuts come from past outcomes; else from the county it is asked about."""
        return self.found not in ("none", "refused")

    def settled(self, margins: Array) -> Model:
        """With the cuts that a whole county's ``margins`` give (of those with any known day): no more are
        suggested than can be visited, and nobody below the rule's least points."""
        least = self.manifest.cuts
        if self.fitted or len(margins) == 0:
            return replace(self, cuts=least)
        one = np.ones(len(margins))
        priority = max(least.priority, cut(margins, one, PRIORITY_SHARE))
        watch = max(least.watch, cut(margins, one, WATCH_SHARE))
        return replace(self, cuts=Cuts("margin", priority, watch))

    def bands(self, scored: Scored, coverage: Array) -> list[str]:
        """One band a row; a rule that was never fitted takes its cuts from these very rows, unless they
        were settled before."""
        if self.fitted:
            return list(self.bundle.bands(scored, coverage))
        ready = self if self.cuts is not None else self.settled(scored.margin[coverage > 0])
        assert ready.cuts is not None
        return list(by_cuts(ready.cuts, scored, coverage))

    def words(self) -> str:
        """``bundle.json`` as text, kept with a run so that it can explain itself later."""
        return self.manifest.to_json({})


def _margin_of(rate: float, calibration: Calibration) -> float:
    """The margin at which the calibrated probability is ``rate``, by bisection (it is monotone)."""
    low, high = -60.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        if float(probability(np.array([middle]), calibration)[0]) <= rate:
            low = middle
        else:
            high = middle
    return low


def find(home: Path, reference: str | None, catalogue: Catalogue, *, later: bool = False) -> Model:
    """The model that ``reference`` names: NAME, NAME@champion, NAME/VERSION; None: the default.

    Where no champion stands the attendance rule serves. Refuses an unknown name or version, a
    tampered bundle, and one trained on other indicators. ``later``: its trees are looked at when first
    asked for.
    """
    match = _REF.fullmatch(reference or DEFAULT)
    if match is None:
        raise Refusal(
            "模型写法有误：请写成 dropout-risk@champion 或 dropout-risk/3。",
            "A model is written dropout-risk@champion or dropout-risk/3.",
        )
    name, version = match["name"], match["version"]
    if version:
        model = _version(home, name, version=version, later=later)
    else:
        model = _champion(home, name, catalogue=catalogue, later=later)
    if model.found != "none" and model.found != "refused":
        model.bundle.check(catalogue.fingerprint)
    return model


def in_shadow(home: Path, version: str, catalogue: Catalogue) -> Model:
    """A registered version of the default model under its shadow name; Refusal where there is none, and where
    it is the one in use: beside itself nothing can be compared."""
    found = find(home, f"{DEFAULT}/{version}", catalogue)
    if stands(home, DEFAULT) and find(home, None, catalogue).version == version:
        raise Refusal(
            f"第 {version} 版正在使用，不需要试运行。要试运行的是别的版本，见 baoxue models。",
            f"Version {version} is the one in use: nothing to run beside it. For others: `baoxue models`.",
        )
    return replace(found, name=DEFAULT + SHADOW)


def _version(home: Path, name: str, *, version: str, later: bool) -> Model:
    bundle = registered(home, name, version, later=later)
    return Model(name, version, bundle, bundle.kind)


def _champion(home: Path, name: str, *, catalogue: Catalogue, later: bool) -> Model:
    folder = champion_folder(home, name)
    if stands(home, name):
        bundle = champion(home, name, later=later)
        return Model(name, _champion_version(folder, bundle), bundle, bundle.kind)
    trained = bool(versions(home, name))
    if name != DEFAULT and not trained:
        raise no_model(home, name)
    rule = attendance_rule(name, catalogue, trained=trained)
    return Model(name, RULE_VERSION, rule, "refused" if trained else "none")


def _champion_version(folder: Path, bundle: Bundle) -> str:
    for path in (folder / VERSION, folder.with_name(f"{folder.name}.{VERSION}")):
        if path.is_file():
            said = json.loads(path.read_text(encoding="utf-8"))
            return str(said["version"] if isinstance(said, dict) else said)
    return bundle.digest[:12]


def attendance_rule(name: str, catalogue: Catalogue, *, trained: bool = False) -> Bundle:
    """The attendance rule over the indicators that the catalogue has; no probabilities."""
    text = files("serving.scoring.rules").joinpath("attendance.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    terms = tuple(Term(**t) for t in said["terms"] if t["indicator"] in catalogue)
    notice = said["refused" if trained else "none"]
    manifest = Manifest(
        kind="rule",
        name=name,
        columns=tuple(_column(catalogue, term.indicator) for term in terms),
        fingerprint=catalogue.fingerprint,
        calibration=Calibration("none"),
        cuts=Cuts("margin", **said["cuts"]),
        base_rate=None,
        horizon_weeks=8,
        trained_until="0001-01-01",
        terms=terms,
        notice_zh=notice["zh"],
        notice_en=notice["en"],
    )
    return Bundle(manifest)


def _column(catalogue: Catalogue, name: str) -> Column:
    one = catalogue[name]
    return Column(
        name=one.name,
        family=one.family,
        direction=one.direction,
        changeable=one.changeable,
        background=one.background,
        unit=one.unit,
        label_zh=one.label_zh,
        label_en=one.label_en,
    )


def told(scored: Scored) -> pl.DataFrame:
    """margin, probability and interval as columns; NaN as empty."""
    columns = {
        "margin": scored.margin,
        "probability": scored.probability,
        "interval_low": scored.interval_low,
        "interval_high": scored.interval_high,
    }
    return pl.DataFrame(columns).with_columns(pl.all().fill_nan(None))


def scores(scored: Scored) -> pl.DataFrame:
    """``told`` and contributions as columns; NaN as empty."""
    parts = {
        f"contribution__{n}": scored.contributions[:, i] for i, n in enumerate(scored.indicators)
    }
    parts["contribution__bias"] = np.full(len(scored), scored.bias)
    return told(scored).hstack(pl.DataFrame(parts).with_columns(pl.all().fill_nan(None)))


def scored_of(frame: pl.DataFrame, manifest: Manifest) -> Scored:
    """A ``Scored`` from stored columns (``scores`` backwards)."""

    def array(name: str) -> Array:
        values: Array = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return values

    names = manifest.indicators
    parts = [array(f"contribution__{n}") for n in names]
    return Scored(
        names,
        array("margin"),
        array("probability"),
        array("interval_low"),
        array("interval_high"),
        np.stack(parts, axis=1) if parts else np.empty((frame.height, 0)),
        float(frame["contribution__bias"][0]) if frame.height else 0.0,
    )


def joined(parts: Iterable[Scored]) -> Scored:
    """Blocks of rows, scored apart, put together again in order."""
    blocks = list(parts)
    first = blocks[0]
    return Scored(
        first.indicators,
        np.concatenate([b.margin for b in blocks]),
        np.concatenate([b.probability for b in blocks]),
        np.concatenate([b.interval_low for b in blocks]),
        np.concatenate([b.interval_high for b in blocks]),
        np.concatenate([b.contributions for b in blocks]),
        first.bias,
    )
