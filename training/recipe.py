"""The recipe: numbers for fitting, read from ``recipe.toml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

#: The key of a candidate that says where it is tried.
UP_TO = "most_outcomes"
#: What ``rows.exits`` may say; weighted: those who stayed stand for those who exited.
LEFT_OUT, WEIGHTED = "left_out", "weighted"
HERE = Path(__file__).with_name("recipe.toml")


def packaged_gates() -> dict[str, Mapping[str, Any]]:
    """The bounds that come with the program: a recipe that leaves a gate out does not leave it open."""
    found: dict[str, Mapping[str, Any]] = tomllib.loads(HERE.read_text(encoding="utf-8"))["gates"]
    return found


@dataclass(frozen=True)
class RowsRecipe:
    """Which rows are learned from."""

    lead_weeks: int
    most: int
    folds: int
    fewest_outcomes: int
    #: A class weighs as its size to the power of 1 less this: 0 every row alike, 1 every class alike.
    class_power: float = 0.0
    #: Trees are grown on so many negatives a positive (0: all), weighted; they are judged on all rows.
    per_positive: int = 0
    #: Lawful exits and leaves that nobody explained: ``left_out``, or ``weighted`` too: rows like them stand
    #: for them (``competing``).
    exits: str = LEFT_OUT

    def __post_init__(self) -> None:
        """Refuse a word that would silently mean the usual."""
        if self.exits not in (LEFT_OUT, WEIGHTED):
            raise ValueError(f"rows.exits: {self.exits!r} is neither {LEFT_OUT!r} nor {WEIGHTED!r}")


@dataclass(frozen=True)
class SearchRecipe:
    """How rounds and settings are chosen."""

    rounds: int
    step: int
    choose_by: str
    #: Fewer rounds are not considered: with a slow rate they differ by chance.
    least: int = 0
    #: The trees that serve are grown at so many times less a rate and so many times more rounds.
    finer: int = 1


@dataclass(frozen=True)
class Joint:
    """Settings whose trees serve together: the mean of their margins, ``line`` of it a regression's."""

    name: str
    of: tuple[str, ...]
    #: Share of the margin that lines say (``training.slopes``); the trees share the rest alike.
    line: float = 0.0
    #: Ridge penalty of the lines, and leaves of the tree that each is written as.
    penalty: float = 100.0
    steps: int = 16


@dataclass(frozen=True)
class Recipe:
    """All of it; ``candidates`` by name, each laid over ``fixed``.

    A candidate's ``without`` names indicators that are built and read but not offered to its trees.
    """

    rows: RowsRecipe
    search: SearchRecipe
    fixed: Mapping[str, Any]
    candidates: Mapping[str, Mapping[str, Any]]
    capacity: Mapping[str, float]
    gate: Mapping[str, int]
    #: Settings that are tried only where so many pupils at most had the outcome, by name.
    up_to: Mapping[str, int] = field(default_factory=dict)
    #: Settings that may serve together, tried beside each alone.
    joints: tuple[Joint, ...] = ()
    #: Bounds of ``training.gates`` by gate; those a recipe does not name are the packaged ones.
    gates: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: packaged_gates())

    @classmethod
    def read(cls, path: Path = HERE) -> Recipe:
        """Read a recipe; raises TypeError or KeyError where a part is missing."""
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        about = ("name", UP_TO)
        candidates = {
            c["name"]: {k: v for k, v in c.items() if k not in about} for c in said["candidates"]
        }
        return cls(
            RowsRecipe(**said["rows"]),
            SearchRecipe(**said["search"]),
            said["fixed"],
            candidates,
            said["capacity"],
            said["gate"],
            {c["name"]: c[UP_TO] for c in said["candidates"] if UP_TO in c},
            tuple(Joint(**{**one, "of": tuple(one["of"])}) for one in said.get("joints", ())),
            {
                name: {**bounds, **said.get("gates", {}).get(name, {})}
                for name, bounds in packaged_gates().items()
            },
        )

    def tried(self, outcomes: int) -> Recipe:
        """The recipe with the settings that suit so many pupils with the outcome."""
        kept = {
            name: one
            for name, one in self.candidates.items()
            if outcomes <= self.up_to.get(name, outcomes)
        }
        return replace(self, candidates=kept)

    def mixes(self) -> dict[str, Joint]:
        """What may serve, by name: every setting alone, and those joints whose settings are all there."""
        alone = {name: Joint(name, (name,)) for name in self.candidates}
        return alone | {j.name: j for j in self.joints if set(j.of) <= set(self.candidates)}

    def record(self) -> dict[str, Any]:
        """As plain data, for the bundle."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # lists, as it is read back
        return plain
