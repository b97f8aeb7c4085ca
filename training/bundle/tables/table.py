"""The tables of a booster: exact path-dependent Shapley values of any row by look-ups.

Sums run in one fixed order for every row, in float64: the same bits for one row or a million, on one thread or
more, compiled or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bundle.tables.leaves import Axis, Outside, axes, leaves, trees
from training.bundle.tables.pack import LINES, MOST_LINES, Packed, groups, packed, units

Array = NDArray[np.float64]
#: Larger tables are not kept: a bundle is copied and loaded whole.
MOST_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Tables:
    """Arrays only; ``used`` are the inputs that any tree asks about, in rising order.

    The code of ``y`` on line ``i`` is how many of ``edges[edge_at[i]:edge_at[i + 1]]`` lie below it, an empty
    cell read as ``empty[i]``. Group ``g`` has the steps ``step_at[g]:step_at[g + 1]`` (line, code, amount
    modulo 2**16), whose sum is the line of its table, and the sums ``sum_at[g]:sum_at[g + 1]``: into which
    indicator, and where its column begins in ``table``.
    """

    width: int
    bias: float
    used: NDArray[np.int32]
    empty: Array
    edges: Array
    edge_at: NDArray[np.int32]
    step_line: NDArray[np.int32]
    step_code: NDArray[Any]
    step_more: NDArray[np.uint16]
    step_at: NDArray[np.int32]
    sum_into: NDArray[np.int32]
    sum_from: NDArray[np.int64]
    sum_at: NDArray[np.int32]
    table: Array

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(value.nbytes for value in self.arrays().values())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every array by its name."""
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in told.items() if isinstance(value, np.ndarray)}

    @cached_property
    def step_edge(self) -> Array:
        """The edge that each step asks about: its code is reached where the value lies beyond."""
        found: Array = self.edges[
            self.edge_at[self.step_line] + self.step_code.astype(np.int64) - 1
        ]
        return found

    @cached_property
    def sum_group(self) -> NDArray[np.int64]:
        """The group of each sum."""
        return np.repeat(np.arange(len(self.sum_at) - 1), np.diff(self.sum_at))


def build(text: str, width: int, *, lines: int = LINES) -> Tables:
    """The tables of a LightGBM text of ``width`` inputs; ``Outside`` where they would not do."""
    grown = trees(text)
    axis_of = axes(grown)
    whole = {feature: (1 << (len(one.edges) + 1)) - 1 for feature, one in axis_of.items()}
    by_tree = [list(leaves(tree, axis_of)) for tree in grown]
    bias = sum(leaf.value * prod(leaf.ratios) for one in by_tree for leaf in one)
    split = [[leaf for leaf in one if leaf.features] for one in by_tree]
    held = [group for one in split for group in groups(one, whole, lines)]
    _bounded(group.lines * len(group.classes) for group in held)
    if any(group.lines > MOST_LINES for group in held):
        raise Outside(f"a leaf with more than {MOST_LINES.bit_length() - 1} indicators on its path")
    tabulated = units([leaf for one in split for leaf in one])
    return _laid(axis_of, [packed(group, tabulated) for group in held], width, bias)


def _bounded(sizes: Any) -> None:
    total = 8 * sum(sizes)
    if total > MOST_BYTES:
        raise Outside(f"tables of {total / 2**20:.0f} MB, more than {MOST_BYTES // 2**20}")


def _laid(axis_of: dict[int, Axis], held: Sequence[Packed], width: int, bias: float) -> Tables:
    """Everything end to end."""
    line = {feature: n for n, feature in enumerate(axis_of)}
    edges = [one.edges for one in axis_of.values()]
    steps = [(line[g.features[n]], code, more) for g in held for n, code, more in g.steps]
    most = max(map(len, edges), default=0)
    starts = np.cumsum([0, *(g.table.shape[1] for g in held for _ in g.features)], dtype=np.int64)
    return Tables(
        width=width,
        bias=bias,
        used=np.array(list(axis_of), np.int32),
        empty=np.array([one.empty for one in axis_of.values()], np.float64),
        edges=np.array([edge for one in edges for edge in one], np.float64),
        edge_at=_ends(map(len, edges)),
        step_line=np.array([one[0] for one in steps], np.int32),
        step_code=np.array([one[1] for one in steps], np.uint8 if most < 256 else np.uint16),
        step_more=np.array([one[2] for one in steps], np.uint16),
        step_at=_ends(len(g.steps) for g in held),
        sum_into=np.array([line[f] for g in held for f in g.features], np.int32),
        sum_from=starts,
        sum_at=_ends(len(g.features) for g in held),
        table=np.concatenate([np.empty(0), *(g.table.ravel() for g in held)]),
    )


def _ends(counts: Any) -> NDArray[np.int32]:
    return np.cumsum([0, *counts], dtype=np.int32)


def sound(told: Tables) -> bool:
    """True where no look-up can leave the tables, whatever the row: checked once, never again while scoring."""
    lines, sums, steps = len(told.used), len(told.sum_into), len(told.step_line)
    inside = (
        _rising(told.edge_at, lines, len(told.edges))
        and _rising(told.step_at, len(told.sum_at) - 1, steps)
        and _rising(told.sum_at, len(told.sum_at) - 1, sums)
        and _rising(told.sum_from, sums, len(told.table))
        and len(told.empty) == lines
        and len(told.step_code) == len(told.step_more) == steps
        and _within(told.used, told.width)
        and _within(told.step_line, lines)
        and _within(told.sum_into, lines)
        and bool(np.isfinite(told.table).all())
        and _sorted(told)
        and (told.step_code.dtype == np.uint8 or told.step_code.dtype == np.uint16)
        and int(np.diff(told.edge_at).max(initial=0)) <= np.iinfo(told.step_code.dtype).max
    )
    return inside and _steps_fit(told)


def _rising(ends: NDArray[Any], count: int, last: int) -> bool:
    return (
        len(ends) == count + 1
        and int(ends[0]) == 0
        and int(ends[-1]) == last
        and bool((np.diff(ends) >= 0).all())
    )


def _sorted(told: Tables) -> bool:
    """Edges rise along every line."""
    line = np.repeat(np.arange(len(told.used)), np.diff(told.edge_at))
    with np.errstate(invalid="ignore"):
        rises = told.edges[1:] > told.edges[:-1]
    known = not np.isnan(told.edges).any()
    return known and bool((rises | (line[1:] != line[:-1])).all())


def _within(places: NDArray[Any], below: int) -> bool:
    return bool(((places >= 0) & (places < below)).all())


def _steps_fit(told: Tables) -> bool:
    """The largest line that a group's steps can reach lies in each of its columns."""
    codes = told.step_code.astype(np.int64)
    if not bool(((codes >= 1) & (codes <= np.diff(told.edge_at)[told.step_line])).all()):
        return False
    reach = np.zeros(len(told.step_at) - 1, np.int64)
    group = np.repeat(np.arange(len(reach)), np.diff(told.step_at))
    same = (np.diff(group) == 0) & (np.diff(told.step_line) == 0)
    if bool((np.diff(codes)[same] <= 0).any()):
        return False
    # a run of steps is one indicator's: its amount is the running sum, modulo 2**16
    begins = np.flatnonzero(np.concatenate([[True], ~same])) if len(codes) else np.empty(0, int)
    for at, until in zip(begins, [*begins[1:], len(codes)], strict=True):
        sums = np.cumsum(told.step_more[at:until], dtype=np.uint16)
        reach[group[at]] += int(sums.max())
    columns = np.diff(told.sum_from)
    return bool((reach[told.sum_group] < columns).all())
