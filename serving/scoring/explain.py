"""One estimate taken apart: every indicator's part in words, and the steps of the picture.

Parts are log-odds (points for a rule); with the bias they add up to the margin, in float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from features.indicator import Indicator
from serving.scoring.model import scored_of
from training.bundle import Bundle, Manifest, Reason, Scored, Told
from training.bundle.calibration import log_odds, probability
from training.bundle.manifest import Column
from training.bundle.reasons import family_word, words

BACKGROUND_ZH, BACKGROUND_EN = "背景信息合计", "background, summed"
REST_ZH, REST_EN = "其余合计", "the rest, summed"


@dataclass(frozen=True)
class Part:
    """One indicator's part in one pupil's estimate, worded in both languages where it can be."""

    column: Column
    contribution: float
    value: float | None
    zh: str
    en: str


@dataclass(frozen=True)
class Leap:
    """One bar: from one margin to the next, with the probabilities there (None for a bare rule)."""

    zh: str
    en: str
    contribution: float
    start: float
    end: float
    start_probability: float | None
    end_probability: float | None
    background: bool = False


def told(
    manifest: Manifest, scored: Scored, details: pl.DataFrame, catalogue: Iterable[Indicator]
) -> tuple[list[Told], list[Told]]:
    """Reasons row by row, Chinese and English."""
    teller = Bundle(manifest).teller(catalogue)
    return teller.tell(scored, details, lang="zh"), teller.tell(scored, details, lang="en")


def parts(
    manifest: Manifest, scored: Scored, row: Mapping[str, Any], catalogue: Iterable[Indicator]
) -> list[Part]:
    """Every indicator of one pupil (``scored`` holds one row), the largest part first."""
    known = {one.name: one for one in catalogue}
    found = [
        _part(column, float(scored.contributions[0, at]), row, known.get(column.name))
        for at, column in enumerate(manifest.columns)
    ]
    return sorted(found, key=lambda p: (-abs(p.contribution), p.column.name))


def _part(column: Column, share: float, row: Mapping[str, Any], one: Indicator | None) -> Part:
    own = column.name + "__"
    values = {k[len(own) :]: v for k, v in row.items() if k.startswith(own)}
    value = row.get(column.name)
    values["value"] = value
    near = row.get("as_of")
    zh = words(column, one, values, "zh", near=near) or "未登记（不等于没有）。"
    en = (
        words(column, one, values, "en", near=near)
        or "Nothing on record (which is not the same as nothing)."
    )
    return Part(column, share, value, zh, en)


def steps(manifest: Manifest, scored: Scored) -> list[Leap]:
    """From the bias to the margin: one bar a family, then background in one (one row in)."""
    sums: dict[str, float] = {}
    hidden = 0.0
    for at, column in enumerate(manifest.columns):
        share = float(scored.contributions[0, at])
        if column.background:
            hidden += share
        else:
            sums[column.family] = sums.get(column.family, 0.0) + share
    named = [(family_word(f, "zh"), family_word(f, "en"), s, False) for f, s in _by_size(sums)]
    if any(column.background for column in manifest.columns):
        named.append((BACKGROUND_ZH, BACKGROUND_EN, hidden, True))
    return _leaps(manifest, scored.bias, named)


def _by_size(sums: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(sums.items(), key=lambda one: (-one[1], one[0]))


def _leaps(
    manifest: Manifest, bias: float, named: Sequence[tuple[str, str, float, bool]]
) -> list[Leap]:
    edges = np.cumsum([bias, *(share for _, _, share, _ in named)])
    chances: list[float | None] = [None] * len(edges)
    if manifest.calibration.method != "none":
        chances = [float(p) for p in probability(edges, manifest.calibration)]
        edges = log_odds(edges, manifest.calibration)
    return [
        Leap(zh, en, share, float(edges[i]), float(edges[i + 1]), chances[i], chances[i + 1], back)
        for i, (zh, en, share, back) in enumerate(named)
    ]


@dataclass(frozen=True)
class Said:
    """One reason in both languages."""

    code: str
    family: str
    zh: str
    en: str
    contribution: float
    changeable: bool


@dataclass(frozen=True)
class Estimate:
    """One pupil's stored estimate, taken apart again: ``bias`` + all parts = ``margin``."""

    parts: tuple[Part, ...]
    steps: tuple[Leap, ...]
    reasons: tuple[Said, ...]
    protective: tuple[Said, ...]
    background: float
    bias: float
    margin: float


def estimate(
    bundle: str, scored_row: pl.DataFrame, values: pl.DataFrame, catalogue: Iterable[Indicator]
) -> Estimate:
    """From a run's ``bundle.json`` and one pupil's row of its scores, features and details."""
    manifest, _ = Manifest.from_json(bundle)
    scored = scored_of(scored_row, manifest)
    known = list(catalogue)
    every = parts(manifest, scored, values.row(0, named=True), known)
    zh, en = told(manifest, scored, values, known)
    reasons = rule_reasons(every) if manifest.kind == "rule" else paired(zh[0].listed, en[0].listed)
    return Estimate(
        tuple(every),
        tuple(steps(manifest, scored)),
        reasons,
        paired(zh[0].protective, en[0].protective),
        zh[0].background,
        scored.bias,
        float(scored.margin[0]),
    )


def paired(zh: Sequence[Reason], en: Sequence[Reason]) -> tuple[Said, ...]:
    """The Chinese reasons, each with its English sentence."""
    other = {reason.code: reason.sentence for reason in en}
    return tuple(_said(reason, other.get(reason.code, "")) for reason in zh)


def _said(zh: Reason, en: str) -> Said:
    return Said(zh.code, zh.family, zh.sentence, en, zh.contribution, zh.changeable)


def rule_reasons(every: Sequence[Part]) -> tuple[Said, ...]:
    """A rule is of one family, so its terms are said one by one: the three with the most points."""
    raising = [p for p in every if p.contribution > 0 and not p.column.background][:3]
    return tuple(
        Said(p.column.name, p.column.family, p.zh, p.en, p.contribution, p.column.changeable)
        for p in raising
    )


def reasons_of(
    manifest: Manifest, scored: Scored, values: pl.DataFrame, catalogue: Iterable[Indicator]
) -> list[tuple[tuple[Said, ...], float]]:
    """Row by row: at most three reasons, and the background's sum."""
    known = list(catalogue)
    if manifest.kind == "rule":
        rows = enumerate(values.iter_rows(named=True))
        each = [parts(manifest, scored.take([at]), row, known) for at, row in rows]
        return [(rule_reasons(own), 0.0) for own in each]
    told = Bundle(manifest).teller(known).tell_briefly(scored, values)
    return [(tuple(_said(*both) for both in listed), hidden) for listed, hidden in told]
