"""The model asked by other systems: rows of indicators in, estimates and contributions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from features.catalogue import Catalogue
from features.refusal import Refusal
from serving.scoring.model import Model
from training.bundle import Scored, Told


class UnfitRows(Refusal):
    """Rows that lack an indicator of the model, or hold a name that is none of its indicators."""

    def __init__(self, missing: Sequence[str], strange: int) -> None:
        """``missing``: indicators of ours; what was sent is only counted."""
        some = "、".join(missing[:5])
        zh = f"缺少 {len(missing)} 个指标（{some}）。" if missing else ""
        en = f"{len(missing)} indicators are missing ({some}). " if missing else ""
        super().__init__(
            f"{zh}{f'有 {strange} 个名称不是本模型的指标。' if strange else ''}"
            "请按 GET /v1/models 所列指标逐一给出，未登记的写 null。",
            f"{en}{f'{strange} names are no indicators of this model. ' if strange else ''}"
            "Give every indicator listed by GET /v1/models, null where nothing is recorded.",
        )


@dataclass(frozen=True)
class ScoredRow:
    """What the champion says about one row; ``probability`` is None where a rule has none.

    ``margin == bias + sum(contributions) + background`` within 1e-6; background registrations are
    summed, never listed.
    """

    probability: float | None
    interval_low: float | None
    interval_high: float | None
    margin: float
    bias: float
    contributions: Mapping[str, float]
    background: float
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]


def ask(
    model: Model, rows: Sequence[Mapping[str, float | None]], catalogue: Catalogue
) -> list[ScoredRow]:
    """One answer a row, in the order asked; raises ``UnfitRows``."""
    bundle = model.bundle
    frame = _frame(rows, bundle.indicators)
    scored = bundle.score(frame)
    zh = bundle.reasons(scored, frame, catalogue=catalogue, lang="zh")
    en = bundle.reasons(scored, frame, catalogue=catalogue, lang="en")
    hidden = frozenset(c.name for c in bundle.manifest.columns if c.background)
    return [_row(scored, at, zh=zh[at], en=en[at], hidden=hidden) for at in range(len(scored))]


def _frame(rows: Sequence[Mapping[str, float | None]], wanted: tuple[str, ...]) -> pl.DataFrame:
    names = set(wanted)
    missing = sorted({name for row in rows for name in names - set(row)})
    strange = {name for row in rows for name in set(row) - names}
    if missing or strange:
        raise UnfitRows(missing, len(strange))
    return pl.DataFrame(
        {name: [row[name] for row in rows] for name in wanted},
        schema={name: pl.Float64() for name in wanted},
    )


def _row(scored: Scored, at: int, *, zh: Told, en: Told, hidden: frozenset[str]) -> ScoredRow:
    parts = dict(zip(scored.indicators, map(float, scored.contributions[at]), strict=True))
    return ScoredRow(
        probability=_number(scored.probability[at]),
        interval_low=_number(scored.interval_low[at]),
        interval_high=_number(scored.interval_high[at]),
        margin=float(scored.margin[at]),
        bias=float(scored.bias),
        contributions={name: part for name, part in parts.items() if name not in hidden},
        background=sum(part for name, part in parts.items() if name in hidden),
        reasons_zh=tuple(reason.sentence for reason in zh.listed),
        reasons_en=tuple(reason.sentence for reason in en.listed),
    )


def _number(value: float) -> float | None:
    return None if value != value else float(value)
