"""A booster's text as leaves: what a row must fulfil, indicator by indicator, to stand in each.

Everything below works on *codes*. The thresholds of an indicator cut the line of its values into cells; the
code of a value is the number of the cell. An empty cell of the data becomes a place of its own on that line
(or the place of zero, where the trees treat it so), a category is the cell of the values that are cut down to
it, and so every split, numeric or categorical, is a set of codes. A set is a whole number, one bit a code.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

#: LightGBM reads anything nearer to zero as zero (``kZeroThreshold``, a float32).
ZERO = float(np.float32(1e-35))
LARGEST = float(np.finfo(np.float64).max)
_BELOW_ZERO = math.nextafter(-ZERO, -math.inf)
#: How a split sends what is empty: as zero, by zero (zero is empty), or its own way.
_AS_ZERO, _ZERO_IS_EMPTY, _EMPTY = 0, 1, 2


class Outside(Exception):
    """Why a booster's contributions are not tabulated; they come from ``pred_contrib`` then."""


@dataclass(frozen=True)
class Split:
    """One inner node: ``x <= threshold`` goes left, or for categories what is in ``among``."""

    feature: int
    threshold: float
    empty_left: bool
    missing: int
    among: frozenset[int] | None
    count: int

    def left(self, value: float) -> bool:
        """Where a value goes (NaN for empty), as LightGBM decides it."""
        if self.among is not None:
            return not math.isnan(value) and value > -1 and int(value) in self.among
        if self.missing == _EMPTY and math.isnan(value):
            return self.empty_left
        value = 0.0 if math.isnan(value) or abs(value) <= ZERO else value
        if self.missing == _ZERO_IS_EMPTY and value == 0.0:
            return self.empty_left
        return value <= self.threshold


@dataclass(frozen=True)
class Tree:
    """Nodes and leaves; a child below zero is leaf ``~child``."""

    splits: tuple[Split, ...]
    children: tuple[tuple[int, int], ...]
    values: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Axis:
    """The line of one indicator: ``code(y)`` is the number of ``edges`` below y; ``empty`` is read as ``y``."""

    edges: tuple[float, ...]
    empty: float


@dataclass(frozen=True)
class Leaf:
    """A leaf's value and, by indicator, the share of rows that its path keeps and the codes it lets pass."""

    value: float
    features: tuple[int, ...]
    ratios: tuple[float, ...]
    codes: tuple[int, ...]


def trees(text: str) -> list[Tree]:
    """The trees of a LightGBM text; ``Outside`` where they are not sums of plain trees of one class."""
    head, *blocks = text.split("\nTree=")
    fields = _fields(head)
    if fields.get("num_tree_per_iteration", "1") != "1" or "average_output" in head:
        raise Outside("not one sum of trees")
    if not blocks:
        raise Outside("no trees")
    return [_tree(_fields(block.split("\nend of trees")[0])) for block in blocks]


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.split("\n") if "=" in line)


def _tree(said: dict[str, str]) -> Tree:
    if said.get("is_linear", "0") != "0":
        raise Outside("linear leaves")
    values = tuple(map(float, said["leaf_value"].split()))
    if int(said["num_leaves"]) == 1:
        return Tree((), (), values, (1,))
    columns = ("split_feature", "threshold", "decision_type", "internal_count")
    features, thresholds, decisions, counts = (said[name].split() for name in columns)
    among = _categories(said)
    splits = tuple(
        _split(int(f), float(t), int(d), int(n), among)
        for f, t, d, n in zip(features, thresholds, decisions, counts, strict=True)
    )
    left, right = (map(int, said[f"{side}_child"].split()) for side in ("left", "right"))
    leaf_counts = tuple(map(int, said["leaf_count"].split()))
    return Tree(splits, tuple(zip(left, right, strict=True)), values, leaf_counts)


def _split(
    feature: int, threshold: float, decision: int, count: int, among: Sequence[frozenset[int]]
) -> Split:
    """Bits of a decision: 1 categorical, 2 empty goes left, 4 and 8 how emptiness is meant."""
    if count <= 0:
        raise Outside("a node that no row reached")
    chosen = among[int(threshold)] if decision & 1 else None
    return Split(feature, threshold, bool(decision & 2), (decision >> 2) & 3, chosen, count)


def _categories(said: dict[str, str]) -> list[frozenset[int]]:
    """The sets of categories that go left, in the order of the tree's categorical splits."""
    if int(said.get("num_cat", "0")) == 0:
        return []
    bounds = list(map(int, said["cat_boundaries"].split()))
    words = list(map(int, said["cat_threshold"].split()))
    return [
        frozenset(32 * n + bit for n, word in enumerate(words[a:z]) for bit in _bits(word))
        for a, z in pairwise(bounds)
    ]


def _bits(word: int) -> Iterator[int]:
    while word:
        low = word & -word
        yield low.bit_length() - 1
        word ^= low


def axes(grown: Sequence[Tree]) -> dict[int, Axis]:
    """The line of every indicator that is split on."""
    of: dict[int, list[Split]] = {}
    for tree in grown:
        for split in tree.splits:
            of.setdefault(split.feature, []).append(split)
    return {feature: _axis(splits) for feature, splits in sorted(of.items())}


def _axis(splits: Sequence[Split]) -> Axis:
    edges = sorted({edge for split in splits for edge in _edges(split)})
    # most often emptiness is treated as zero by every split, and needs no place of its own
    if all(split.left(math.nan) == split.left(0.0) for split in splits):
        return Axis(tuple(edges), 0.0)
    left = sum(split.left(math.nan) for split in splits)
    if 2 * left > len(splits):
        return Axis((-math.inf, *edges), -math.inf)
    return Axis(tuple(sorted({*edges, LARGEST})), math.inf)


def _edges(split: Split) -> Iterator[float]:
    """Where the split's answer may change along the line."""
    if split.among is not None:
        for category in split.among:
            yield -1.0 if category == 0 else math.nextafter(category, -math.inf)
            yield math.nextafter(category + 1, -math.inf)
        return
    yield _apart(split.threshold)
    if split.missing == _ZERO_IS_EMPTY:
        yield from (_BELOW_ZERO, ZERO)


def _apart(threshold: float) -> float:
    """A threshold so near to zero that nothing lies between them is moved to the edge of zero.

    An infinite one, which only tells what is empty from the rest, stays below the place of what is empty.
    """
    if abs(threshold) > ZERO:
        return min(threshold, LARGEST)
    return ZERO if threshold >= 0 else _BELOW_ZERO


def lefts(tree: Tree, lines: dict[int, Axis]) -> list[int]:
    """By node the set of codes that go left."""
    return [_left(split, lines[split.feature]) for split in tree.splits]


def _left(split: Split, axis: Axis) -> int:
    edges = axis.edges
    if split.among is None:
        found = (1 << (bisect_left(edges, _apart(split.threshold)) + 1)) - 1
        if split.missing == _ZERO_IS_EMPTY:
            found = _put(found, bisect_left(edges, 0.0), split.empty_left)
    else:
        cells = {bisect_left(edges, float(category)) for category in split.among}
        found = sum(1 << cell for cell in cells)
    if axis.empty:
        found = _put(found, bisect_left(edges, axis.empty), split.left(math.nan))
    return found


def _put(codes: int, code: int, here: bool) -> int:
    return codes | (1 << code) if here else codes & ~(1 << code)


def leaves(tree: Tree, lines: dict[int, Axis]) -> Iterator[Leaf]:
    """The tree's leaves from left to right; splits on one indicator along a path are one condition."""
    left = lefts(tree, lines)
    stack: list[tuple[int, dict[int, tuple[float, int]]]] = [(0 if tree.splits else ~0, {})]
    while stack:
        at, path = stack.pop()
        if at < 0:
            yield _leaf(tree.values[~at], path)
            continue
        split = tree.splits[at]
        every = (1 << (len(lines[split.feature].edges) + 1)) - 1
        ratio, codes = path.get(split.feature, (1.0, every))
        sides = zip(tree.children[at], (left[at], every & ~left[at]), strict=True)
        down = []
        for child, side in sides:
            count = tree.splits[child].count if child >= 0 else tree.counts[~child]
            kept = (ratio * (count / split.count), codes & side)
            down.append((child, {**path, split.feature: kept}))
        stack.extend(reversed(down))


def _leaf(value: float, path: dict[int, tuple[float, int]]) -> Leaf:
    ratios, codes = zip(*path.values(), strict=True) if path else ((), ())
    return Leaf(value, tuple(path), ratios, codes)
