"""What ``bundle.json`` says: everything about a model but its trees, as numbers and words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Band = Literal["act_now", "priority", "watch", "none", "no_data"]
Kind = Literal["model", "rule"]
FORMAT = 1
#: Lists of a challenger beside the model that serves go by NAME.shadow.
SHADOW = ".shadow"


def as_text(said: Mapping[str, Any]) -> str:
    """Canonical JSON: equal content is equal text, also after it was read back."""
    return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


@dataclass(frozen=True)
class Column:
    """One input of the model, with what must be known to word it even without a catalogue."""

    name: str
    family: str
    direction: int
    changeable: bool = False
    background: bool = False
    unit: str = "number"
    label_zh: str = ""
    label_en: str = ""


@dataclass(frozen=True)
class Term:
    """One term of a rule: ``weight * clip((value - start) / (full - start), 0, 1)``; empty gives 0.

    ``full < start`` makes less of the indicator count for more (an activity that falls away).
    """

    indicator: str
    weight: float
    full: float
    start: float = 0.0


@dataclass(frozen=True)
class Weight:
    """One input of a linear score: ``weight * (value - mean) / scale``; empty gives ``missing``.

    A value beyond ``low`` or ``high``, the least and greatest learned from, counts as that bound: a line
    says nothing of where nobody was seen. None (bundles written before it) leaves that side open.
    """

    indicator: str
    weight: float
    mean: float
    scale: float
    missing: float = 0.0
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """What the manifest writes: an open side is left out, so that older bundles keep their digest."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Place:
    """A school's points: the log-odds of the outcome's share among its pupils, shrunken."""

    school_id: str
    points: float


@dataclass(frozen=True)
class Level:
    """Seen out of fold at margins up to ``until``: distinct pupils, and those with the outcome."""

    until: float
    pupils: int
    events: int


@dataclass(frozen=True)
class Calibration:
    """The recorded monotone map from margin to probability.

    ``identity``: sigmoid(m). ``platt``: sigmoid(slope * m + intercept). ``beta``, ``isotonic``: straight
    lines between ``knots`` (margin, log-odds), beyond the outer knots with ``slope``. ``none``: no
    probability (a rule where no outcome was ever seen). ``levels``, ``learned`` (how many times the
    chance of the pupils counted at a level; 1 where the rate itself is counted) and ``spread``
    (log-odds, from period to period) are what the interval is made of.
    """

    method: Literal["identity", "platt", "beta", "isotonic", "none"]
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()
    levels: tuple[Level, ...] = ()
    spread: float = 0.0
    learned: float = 1.0


@dataclass(frozen=True)
class Cuts:
    """Where the bands begin; fitted so that no more are listed than can be visited."""

    on: Literal["probability", "margin"]
    priority: float
    watch: float


@dataclass(frozen=True)
class Manifest:
    """All of ``bundle.json``. ``base_rate`` is the county's share of outcomes within one horizon.

    ``horizon_weeks`` is None when the horizon is the end of the school year. ``trained_until`` is
    an ISO date: nothing known later was used. ``checks`` and ``counts`` are the figures of the
    training run; ``notice_zh``/``notice_en`` is what every page must say about it, or empty.

    Without trees a bundle scores by ``terms`` (points of a rule), ``weights`` (linear, from
    ``intercept``) or ``places`` (a school's points, ``intercept`` for a school not seen).
    ``lag_weeks`` makes it score what was known so many weeks before the list's day.
    """

    kind: Kind
    name: str
    columns: tuple[Column, ...]
    fingerprint: str
    calibration: Calibration
    cuts: Cuts
    base_rate: float | None
    horizon_weeks: int | None
    trained_until: str
    seed: int = 0
    outcome: tuple[str, ...] = ()
    synthetic: bool = False
    terms: tuple[Term, ...] = ()
    weights: tuple[Weight, ...] = ()
    places: tuple[Place, ...] = ()
    intercept: float = 0.0
    lag_weeks: int = 0
    notice_zh: str = ""
    notice_en: str = ""
    extracts: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    checks: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def indicators(self) -> tuple[str, ...]:
        """The input columns in the order of the trees."""
        return tuple(c.name for c in self.columns)

    def to_json(self, files: Mapping[str, str]) -> str:
        """Canonical text: the same manifest and files give the same bytes."""
        weights = [one.to_dict() for one in self.weights]
        said = asdict(self) | {"weights": weights, "files": dict(files)}
        return as_text(said)

    @classmethod
    def from_json(cls, text: str) -> tuple[Manifest, dict[str, str]]:
        """The manifest and the other files' checksums; ValueError, TypeError, KeyError if torn."""
        said = json.loads(text)
        files = dict(said.pop("files"))
        if said["format"] != FORMAT:
            raise ValueError(f"format {said['format']}")
        level = said["calibration"]
        said["calibration"] = Calibration(
            **level
            | {
                "knots": tuple((float(a), float(b)) for a, b in level["knots"]),
                "levels": tuple(Level(**one) for one in level["levels"]),
            }
        )
        said["columns"] = tuple(Column(**one) for one in said["columns"])
        said["terms"] = tuple(Term(**one) for one in said["terms"])
        said["weights"] = tuple(Weight(**one) for one in said.get("weights", ()))
        said["places"] = tuple(Place(**one) for one in said.get("places", ()))
        said["cuts"] = Cuts(**said["cuts"])
        said["outcome"] = tuple(said["outcome"])
        return cls(**said), files
