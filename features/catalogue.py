"""The catalogue: every indicator of the folder, by name, and what distinguishes one catalogue from another."""

from __future__ import annotations

import hashlib
import importlib
import math
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import narwhals as nw

from features import indicators
from features.batch import Attribute
from features.indicator import Columns, Indicator, Part

#: No pace of those alike is more than so many times the class's, or less than such a part of it.
MOST_TIMES = 8


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


def departure_rate_alike(attributes: Mapping[str, Attribute]) -> Indicator:
    """The class's pace of leaving, as those leave it who stand where the pupil stands by the attributes."""
    told = [Part("departures_alike", name, "all", "max") for name in attributes]
    left = Part("departures", "left_term", "all", "max")
    rate, most = "class_departure_rate", math.log(MOST_TIMES)

    def times(p: Columns) -> nw.Expr:
        added = nw.sum_horizontal(*[p[part].fill_null(0.0) for part in told])
        return added.clip(-most, most).exp()

    zh = "、".join(one.zh for one in attributes.values())
    en = ", ".join(one.en for one in attributes.values())
    return Indicator(
        "departure_rate_alike",
        family="context",
        parts=(*told, left),
        within="class",
        uses=(rate,),
        value=lambda p: p.indicator(rate) * times(p),
        direction=1,
        label_zh="与其相近学生离开本班的快慢（每名学生每周）",
        label_en="pace of leaving the class among those alike, a pupil and week",
        zh=f"本学期以来本班有{{k:int}}名学生离开（含转出）。按{zh}估计，相近学生离开的快慢{{times:pace}}。",
        en=f"{{k:int}} pupils left the class since the term began, moves included. The pace estimated of those"
        f" alike by {en} is {{times:pace}} the class's.",
        says=lambda p: {"k": p[left], "times": times(p)},
    )


def load(attributes: Mapping[str, Attribute] | None = None) -> Catalogue:
    """The indicators of the folder and of the ``attributes`` that a batch declares."""
    named = sorted((attributes or {}).items())
    declared = [of_attribute(n, a) for n, a in named]
    beside = {n: a for n, a in named if a.in_class}
    declared += [standing_of_attribute(n, a) for n, a in beside.items()]
    declared += [departure_rate_alike(beside)] if beside else []
    return Catalogue(tuple(sorted([*_folder(), *declared], key=lambda i: i.name)))
