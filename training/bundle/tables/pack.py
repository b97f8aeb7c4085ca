"""Leaves packed into groups whose answers are few, and each group's contributions tabulated.

Within a group the codes of an indicator that all its leaves answer alike are one class. A row's classes, one
an indicator, are the digits of a number; the table of the group has a line a number. Along the codes the class
changes at a few steps, so the number is a sum of steps passed: compares and adds, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from training.bundle.tables.leaves import Leaf
from training.bundle.tables.shapley import unit

Array = NDArray[np.float64]
#: Lines of a group's table: 4 KB an indicator, which the nearest cache holds beside what it is added to.
#: Chosen by measurement (benchmarks.contributions): 256 has more groups, 2,048 no fewer sums.
LINES = 512
#: A line's number is 16 bits.
MOST_LINES = 1 << 16


@dataclass
class Group:
    """Leaves, and by indicator the classes into which they divide its codes."""

    leaves: list[Leaf] = field(default_factory=list)
    classes: dict[int, list[int]] = field(default_factory=dict)

    def joined(self, leaf: Leaf, whole: dict[int, int]) -> Group:
        """The group with one leaf more; ``whole`` is the set of all codes of each indicator."""
        classes = dict(self.classes)
        for feature, codes in zip(leaf.features, leaf.codes, strict=True):
            before = classes.get(feature, [whole[feature]])
            halves = [half for one in before for half in (one & codes, one & ~codes)]
            classes[feature] = [half for half in halves if half]
        return Group([*self.leaves, leaf], classes)

    @property
    def lines(self) -> int:
        """How many answers there are."""
        return prod(map(len, self.classes.values()))


@dataclass(frozen=True)
class Packed:
    """A group ready for use: its indicators, the steps of its line number, its table (indicators x lines).

    A step is (which of ``features``, from which code on, how much more), modulo 2**16.
    """

    features: tuple[int, ...]
    steps: tuple[tuple[int, int, int], ...]
    table: Array


def groups(leaves: Iterable[Leaf], whole: dict[int, int], lines: int = LINES) -> Iterator[Group]:
    """The leaves in their order, as many a group as ``lines`` allow; a leaf alone may need more."""
    held = Group()
    for leaf in leaves:
        grown = held.joined(leaf, whole)
        if held.leaves and grown.lines > lines:
            yield held
            grown = Group().joined(leaf, whole)
        held = grown
    if held.leaves:
        yield held


def units(leaves: Sequence[Leaf]) -> dict[int, Array]:
    """By ``id`` of the leaf, its Shapley values for every answer: tabulated together, as many as are alike."""
    alike: dict[int, list[Leaf]] = {}
    for leaf in leaves:
        alike.setdefault(len(leaf.features), []).append(leaf)
    return {
        id(leaf): found
        for same in alike.values()
        for leaf, found in zip(same, unit(np.array([leaf.ratios for leaf in same])), strict=True)
    }


def packed(group: Group, tabulated: dict[int, Array]) -> Packed:
    """The group's table: the sum of what its leaves give for each combination of classes."""
    features = tuple(sorted(group.classes))
    classes = [sorted(group.classes[f], key=lambda codes: codes & -codes) for f in features]
    strides = [prod(map(len, classes[:n])) for n in range(len(classes))]
    table = np.zeros((len(features), group.lines))
    numbers = np.arange(group.lines)
    digits = [(numbers // s) % len(c) for s, c in zip(strides, classes, strict=True)]
    at = {feature: n for n, feature in enumerate(features)}
    for leaf in group.leaves:
        answer = np.zeros(group.lines, np.intp)
        for bit, (feature, codes) in enumerate(zip(leaf.features, leaf.codes, strict=True)):
            passed = np.array([bool(one & codes) for one in classes[at[feature]]])
            answer |= passed[digits[at[feature]]].astype(np.intp) << bit
        for bit, feature in enumerate(leaf.features):
            table[at[feature]] += leaf.value * tabulated[id(leaf)][answer, bit]
    steps = [
        (n, code, (more * strides[n]) % MOST_LINES)
        for n, one in enumerate(classes)
        for code, more in _steps(one)
    ]
    return Packed(features, tuple(steps), table)


def _steps(classes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where along the codes the class changes, and by how much its number does."""
    begins = sorted((code, n) for n, one in enumerate(classes) for code in _begins(one))
    for (_, before), (code, n) in pairwise(begins):
        yield code, n - before


def _begins(codes: int) -> Iterator[int]:
    starts = codes & ~(codes << 1)
    while starts:
        low = starts & -starts
        yield low.bit_length() - 1
        starts ^= low
