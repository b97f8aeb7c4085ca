"""The bars: one file a bar, found by folder. Each says what it measures and what it is held to."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

#: Pupils of each size; the laws that CI holds are of the small one.
SIZES = {
    "small": 3_000,
    "county": 8_500,
    "tenth": 85_000,
    "city": 850_000,
    "province": 8_500_000,
}
#: The sizes at which most bars are measured.
USUAL = ("small", "tenth", "city")


@dataclass(frozen=True)
class Place:
    """Where and how big: ``room`` is kept from run to run (extracts, stores), nothing measured lies in it."""

    room: Path
    size: str

    @property
    def pupils(self) -> int:
        """So many."""
        return SIZES[self.size]


@dataclass(frozen=True)
class Figure:
    """What was measured: a value with its unit; how many times the obvious way costs; the physical limit.

    ``limit`` is the least that the same work can cost on this machine, measured in the same run, in the value's
    unit, and ``limit_is`` says of what. ``more`` holds what else bounds name, and what is worth telling.
    """

    value: float
    unit: str
    ratio: float | None = None
    limit: float | None = None
    limit_is: str = ""
    more: dict[str, float] = field(default_factory=dict)

    def of(self, what: str) -> float | None:
        """``value``, ``ratio``, or one of ``more``."""
        if what in ("value", "ratio"):
            found: float | None = getattr(self, what)
            return found
        return self.more.get(what)


@dataclass(frozen=True)
class Bound:
    """What a part of a figure is held to, at these sizes. Seconds are held to on two cores alone."""

    of: str
    way: Literal["least", "most"]
    at: dict[str, float]

    def met(self, figure: Figure, size: str) -> bool | None:
        """None where nothing is asked at this size, or nothing was measured."""
        asked, found = self.at.get(size), figure.of(self.of)
        if asked is None or found is None:
            return None
        return found >= asked if self.way == "least" else found <= asked

    def said(self, size: str) -> str:
        """``ratio >= 60``."""
        sign = ">=" if self.way == "least" else "<="
        return f"{self.of} {sign} {self.at[size]:g}" if size in self.at else ""


@dataclass(frozen=True)
class Bar:
    """One thing measured, at ``sizes``. ``against`` names the obvious way that ``ratio`` is over; ``needs`` a
    variable of the environment without which it is left out."""

    name: str
    zh: str
    en: str
    against: str
    bounds: tuple[Bound, ...]
    measure: Callable[[Place], Figure]
    sizes: tuple[str, ...] = USUAL
    needs: str = ""

    def untold(self, figure: Figure, size: str) -> list[str]:
        """What bounds ask at this size and the figure does not hold."""
        asked = (bound.of for bound in self.bounds if size in bound.at)
        return [what for what in asked if figure.of(what) is None]


def load() -> dict[str, Bar]:
    """Every bar of the folder, by name."""
    found = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        bar = getattr(importlib.import_module(f"{__name__}.{module}"), "BAR", None)
        if bar is not None:
            found[bar.name] = bar
    return found
