"""The model that serves, as other systems may ask it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from features.catalogue import Catalogue
from serving.scoring.ask import ScoredRow, ask
from serving.scoring.model import Model


@dataclass(frozen=True)
class ModelCard:
    """A model that may be asked; ``champion`` is the one that lists are made with."""

    name: str
    version: str
    kind: str
    champion: bool
    trained_until: str
    horizon_weeks: int | None
    base_rate: float | None
    indicators: tuple[str, ...]
    digest: str
    checks: Mapping[str, float] = field(default_factory=dict)
    notice_zh: str = ""
    notice_en: str = ""


class ChampionModels:
    """Fulfils ``web.doors.Models``: finds the champion anew each time, since it may change."""

    def __init__(self, find: Callable[[], Model], catalogue: Catalogue) -> None:
        """``find`` gives the model that serves now; ``catalogue`` the sentences."""
        self._find = find
        self._catalogue = catalogue

    def cards(self) -> Sequence[ModelCard]:
        """The one that serves: the champion, or the attendance rule where none stands."""
        return [card_of(self._find())]

    def score(self, rows: Sequence[Mapping[str, float | None]]) -> Sequence[ScoredRow]:
        """One answer a row, in the order asked; raises ``UnfitRows``."""
        return ask(self._find(), rows, self._catalogue)


def card_of(model: Model) -> ModelCard:
    """The card of a model, from its manifest."""
    said = model.manifest
    numbers = {k: float(v) for k, v in said.checks.items() if isinstance(v, int | float)}
    return ModelCard(
        name=model.name,
        version=model.version,
        kind=model.kind,
        champion=model.found in ("model", "rule"),
        trained_until="" if said.trained_until.startswith("0001") else said.trained_until,
        horizon_weeks=said.horizon_weeks,
        base_rate=said.base_rate,
        indicators=model.bundle.indicators,
        digest=model.bundle.digest,
        checks=numbers,
        notice_zh=said.notice_zh,
        notice_en=said.notice_en,
    )
