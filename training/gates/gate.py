"""What a gate is: one question that a model must not answer wrongly before it may serve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.material import Material
from training.predictions import Predictions


@dataclass(frozen=True)
class Hearing:
    """All that a gate may look at.

    ``report``: of ``evaluate.report``. ``model``: what it said before the fact. ``material``: the rows it
    was made from, the recipe with the bounds, and what was looked at in the facts.
    """

    report: Mapping[str, Any]
    model: Predictions
    material: Material

    def bounds(self, gate: str) -> Mapping[str, Any]:
        """The gate's numbers: ``[gates.NAME]`` of the recipe."""
        found: Mapping[str, Any] = self.material.order.recipe.gates[gate]
        return found

    @property
    def seed(self) -> int:
        """For whatever is drawn."""
        return self.material.order.seed


@dataclass(frozen=True)
class Verdict:
    """``passed`` None: the records do not suffice to tell. It does not block, and it is said.

    ``zh`` and ``en`` are whole sentences with the figures that decided; ``figures`` are plain data.
    ``partly``: of some of what was asked nothing could be told.
    """

    passed: bool | None
    zh: str
    en: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    partly: bool = False


@dataclass(frozen=True)
class Gate:
    """``zh`` and ``en`` name the gate; ``first`` gates are said before the others."""

    name: str
    zh: str
    en: str
    judge: Callable[[Hearing], Verdict]
    first: bool = False
