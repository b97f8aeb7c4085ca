"""The county's coefficients: read from ``effects.toml``, where each stands beside its source."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from features.refusal import Refusal
from features.wording import read_toml

HERE = Path(__file__).with_name("effects.toml")


@dataclass(frozen=True)
class Profile:
    """How hard a county is: yearly leaving rates and the shares that differ between places."""

    name: str
    junior_a_year: float
    primary_part: float
    poor: float
    left_behind_times: float
    settings: tuple[str, ...]


@dataclass(frozen=True)
class Effects:
    """All numbers of one county; sections are those of the TOML file.

    ``leave`` and ``sudden`` are logits, ``month`` and ``sudden_month`` weights from January to December.
    """

    profile: Profile
    leave: dict[str, float]
    sudden: dict[str, float]
    month: tuple[float, ...]
    sudden_month: tuple[float, ...]
    attendance: dict[str, float]
    after: dict[str, float]
    shares: dict[str, float]
    visits: dict[str, float]

    def yearly(self, grade: int) -> float:
        """The share of a grade's pupils who are to be confirmed as dropped out in a school year."""
        steps = {7: 0.0, 8: self.leave["grade_8"], 9: self.leave["grade_9"]}
        if grade in steps:
            return _spread(self.profile.junior_a_year, steps)[grade]
        primary = {g: self.leave["primary_step"] * (g - 1) for g in range(1, 7)}
        return _spread(self.profile.junior_a_year * self.profile.primary_part, primary)[grade]


def load_effects(profile: str = "hard_county") -> Effects:
    """The packaged coefficients with a profile by name, or by the path of a TOML file that alters them.

    Raises ``Refusal`` where there is no such profile.
    """
    raw = _packaged()
    name, own = _own(profile)
    raw = _merged(raw, own)
    if name not in raw["profile"]:
        known = "、".join(sorted(raw["profile"]))
        raise Refusal(
            f"没有名为“{name}”的示例县；可用：{known}，或给出一个 TOML 文件。",
            f"no profile named {name}; there are {', '.join(sorted(raw['profile']))}, or give a TOML file",
        )
    return _effects(name, raw)


def sources(raw: dict[str, Any] | None = None) -> list[tuple[str, str, str]]:
    """(name, mark, source) of every section and single effect: what the handbook prints."""
    found = []
    for section, body in (raw or _packaged()).items():
        parts = (
            {section: body} if "source" in body else {f"{section}.{k}": v for k, v in body.items()}
        )
        found += [(name, part.get("mark", ""), part["source"]) for name, part in parts.items()]
    return found


@cache
def _packaged() -> dict[str, Any]:
    return tomllib.loads(HERE.read_text(encoding="utf-8"))


def _own(profile: str) -> tuple[str, dict[str, Any]]:
    path = Path(profile)
    if path.suffix != ".toml":
        return profile, {}
    own = read_toml(path)
    return str(own.pop("base", "hard_county")), own


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in own.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            out[key] = _merged(below, value)
        elif isinstance(below, dict) and "value" in below:
            out[key] = {**below, "value": value}
        else:
            out[key] = value
    return out


def _effects(name: str, raw: dict[str, Any]) -> Effects:
    own = raw["profile"][name]
    return Effects(
        profile=Profile(
            name=name,
            junior_a_year=own["junior_a_year"],
            primary_part=own["primary_part"],
            poor=own["poor"],
            left_behind_times=own["left_behind_times"],
            settings=tuple(own["settings"]),
        ),
        leave={k: float(v["value"]) for k, v in raw["leave"].items()},
        sudden={k: float(v["value"]) for k, v in raw["sudden"].items()},
        month=tuple(raw["month"]["value"]),
        sudden_month=tuple(raw["month"]["sudden"]),
        attendance=_numbers(raw["attendance"]),
        after=_numbers(raw["after"]),
        shares=_numbers(raw["shares"]) | _numbers(raw["shares_own"]),
        visits=_numbers(raw["visits"]),
    )


def _numbers(section: dict[str, Any]) -> dict[str, float]:
    return {k: float(v) for k, v in section.items() if k not in ("mark", "source")}


def _spread(mean: float, steps: dict[int, float]) -> dict[int, float]:
    """Rates by grade with the given log-odds steps whose plain mean is ``mean`` (bisection)."""
    import math

    low, high = -20.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        rates = {g: 1 / (1 + math.exp(-middle - step)) for g, step in steps.items()}
        low, high = (middle, high) if sum(rates.values()) / len(rates) < mean else (low, middle)
    return rates
