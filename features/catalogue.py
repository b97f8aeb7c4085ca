"""The catalogue: every indicator of the folder, by name, and what distinguishes one catalogue from another."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from features import indicators
from features.batch import Attribute
from features.indicator import Indicator, Part


@dataclass(frozen=True)
class Catalogue:
    """Indicators ordered by name."""

    indicators: tuple[Indicator, ...]

    def __iter__(self) -> Iterator[Indicator]:
        return iter(self.indicators)

    def __len__(self) -> int:
        return len(self.indicators)

    def __getitem__(self, name: str) -> Indicator:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(i.name for i in self.indicators)

    def only(self, names: Iterable[str]) -> Catalogue:
        """Those of ``names`` that there are and what they use, directly or by others, in order."""
        wanted = set(names) & set(self._by_name)
        while more := {used for name in wanted for used in self[name].uses} - wanted:
            wanted |= more
        return Catalogue(tuple(one for one in self.indicators if one.name in wanted))

    @cached_property
    def _by_name(self) -> dict[str, Indicator]:
        return {i.name: i for i in self.indicators}

    @property
    def fingerprint(self) -> str:
        """SHA-256 over names, families, directions, parts and sentences: same fingerprint, same meaning."""
        lines = [
            f"{i.name}|{i.family}|{i.direction}|{i.changeable}|{i.peers}|{i.parts}|{i.zh}|{i.en}"
            for i in self.indicators
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def _folder() -> tuple[Indicator, ...]:
    found: list[Indicator] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(indicators.__path__)):
        room = importlib.import_module(f"{indicators.__name__}.{module}")
        found += getattr(room, "INDICATORS", ()) or (room.INDICATOR,)
    names = [i.name for i in found]
    doubled = {n for n in names if names.count(n) > 1}
    if doubled:
        raise ValueError(f"two indicators of one name: {', '.join(sorted(doubled))}")
    return tuple(found)


def of_attribute(name: str, attribute: Attribute) -> Indicator:
    """The indicator of a declared attribute: its number as it stands."""
    part = Part("attributes", name, "all", "max")
    return Indicator(
        f"attribute_{name}",
        family="context",
        parts=(part,),
        value=lambda p: p[part],
        direction=attribute.direction,
        label_zh=attribute.zh,
        label_en=attribute.en,
        zh=f"{attribute.zh}：{{value:num}}。",
        en=f"{attribute.en}: {{value:num}}.",
    )


def standing_of_attribute(name: str, attribute: Attribute) -> Indicator:
    """Where in the class a pupil is by a declared attribute: what is much in one class is little in another."""
    own = f"attribute_{name}"
    return Indicator(
        f"{own}_standing",
        family="context",
        parts=(),
        peers="class",
        uses=(own,),
        value=lambda p: p.standing(own),
        direction=attribute.direction,
        unit="share",
        label_zh=f"{attribute.zh}在本班的位置",
        label_en=f"place within the class by {attribute.en}",
        zh=f"{attribute.zh}{{own:num}}，在本班由低到高中位置{{value:third}}。",
        en=f"{attribute.en} {{own:num}}: {{value:third}} third of the class.",
        says=lambda p: {"own": p.indicator(own)},
    )


def load(attributes: Mapping[str, Attribute] | None = None) -> Catalogue:
    """The indicators of the folder and of the ``attributes`` that a batch declares."""
    named = sorted((attributes or {}).items())
    declared = [of_attribute(n, a) for n, a in named]
    declared += [standing_of_attribute(n, a) for n, a in named if a.in_class]
    return Catalogue(tuple(sorted([*_folder(), *declared], key=lambda i: i.name)))
