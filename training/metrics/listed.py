"""Lists of a given length, made once and asked many times: who stands on them, and who of those left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
#: A smaller part of a row is what a long running sum is off by.
LEAST = 1e-6


@dataclass(frozen=True)
class Caught:
    """Weights: those on the lists, those of them who left, and all who left."""

    taken: float
    hits: float
    left: float

    @property
    def precision(self) -> float:
        """Share of the listed who left; NaN for empty lists."""
        return self.hits / self.taken if self.taken else float("nan")

    @property
    def recall(self) -> float:
        """Share of those who left that were listed; NaN where nobody left."""
        return self.hits / self.left if self.left else float("nan")


class Lists:
    """Rows in their lists by falling score; k is applied anew in every list.

    A row that stands for several (it was sampled, or drawn several times) fills as many places as it stands
    for; the last one may stand on the list in part, so that every place is filled.

    Among equal scores those who stayed come first: an order among equals that nobody chose must not
    flatter what made it. Given a ``lot``, equals stand by it instead: what one would get who picks
    among equals at random, which is fair to an opponent whose scores are coarse.
    """

    def __init__(
        self,
        label: Array,
        score: Array,
        lists: Ints,
        lot: Array | None = None,
        *,
        weight: Array | None = None,
    ) -> None:
        """``label`` 0 or 1, ``score`` any numbers, ``lists`` the list's number of each row.

        ``weight``: what a list's places are counted from, where later questions draw rows again: a list drawn
        larger has places in proportion (a school drawn three times is three lists). Without it places are
        counted from the weights asked about.
        """
        self.order = np.lexsort((label if lot is None else lot, -score, lists))
        self.label = np.asarray(label, np.float64)[self.order]
        self.on = lists[self.order]
        self.first = np.flatnonzero(np.diff(self.on, prepend=-1))
        self.sizes = np.diff(np.append(self.first, len(self.on)))
        self._size = None if weight is None else self._sums(self._run(weight[self.order]))

    def _run(self, w: Array) -> Array:
        """The running sum with a zero before it."""
        return np.append(0.0, np.cumsum(np.asarray(w, np.float64)))

    def _sums(self, run: Array) -> Array:
        """Of each list, from a running sum."""
        whole: Array = run[self.first + self.sizes] - run[self.first]
        return whole

    def _room(self, size: Array, share: float) -> Array:
        """Places of each list of ``size``: ceil(share x size) of the list as it is, in proportion."""
        own = size if self._size is None else self._size
        places = np.ceil(share * own - 1e-9)
        room: Array = np.divide(places * size, own, out=np.zeros_like(size), where=own > 0)
        return room

    def _ends(self, run: Array, share: float) -> tuple[Ints, Array]:
        """How many rows of each list, from its first, stand on it whole; and what part of the next."""
        begun = run[self.first]
        room = self._room(self._sums(run), share)
        # the running weight rises all along, so one search finds the end of every list
        last = np.searchsorted(run[1:], begun + room + 1e-9, side="right")
        many = np.clip(last - self.first, 0, self.sizes)
        left = np.maximum(begun + room - run[self.first + many], 0.0)
        at = np.minimum(self.first + many, len(run) - 2)
        next_one = np.where(many < self.sizes, run[at + 1] - run[at], 0.0)
        part = np.divide(left, next_one, out=np.zeros_like(left), where=next_one > 0)
        return many, np.where(part > LEAST, part, 0.0)

    def chosen(self, weight: Array, share: float) -> Array:
        """What part of each row (0 to 1) stands on a list of ceil(share x weight), in the rows' own order."""
        out = np.zeros(len(weight))
        if len(weight):
            w = np.asarray(weight, np.float64)[self.order]
            many, part = self._ends(self._run(w), share)
            step = np.zeros(len(w) + 1, np.int64)
            np.add.at(step, self.first, 1)
            np.add.at(step, self.first + many, -1)
            told = (np.cumsum(step[:-1]) > 0).astype(np.float64)
            split = part > 0
            told[(self.first + many)[split]] = part[split]
            out[self.order] = np.where(w > 0, told, 0.0)
        return out

    def caught(self, weight: Array, share: float) -> Caught:
        """What lists of that length catch under these weights."""
        return self.caught_at(weight, (share,))[0]

    def caught_at(self, weight: Array, shares: Sequence[float]) -> list[Caught]:
        """The same for several lengths at once."""
        if len(weight) == 0:
            return [Caught(0.0, 0.0, 0.0) for _ in shares]
        w = np.asarray(weight, np.float64)[self.order]
        run, hits = self._run(w), self._run(w * self.label)
        return [self._caught(run, hits, share) for share in shares]

    def _caught(self, run: Array, hits: Array, share: float) -> Caught:
        many, part = self._ends(run, share)
        end = self.first + many
        after = np.minimum(end + 1, len(run) - 1)

        def sums(cumulated: Array) -> float:
            """Over the whole rows of every list, and the part of the next."""
            whole = cumulated[end] - cumulated[self.first]
            return float((whole + part * (cumulated[after] - cumulated[end])).sum())

        return Caught(sums(run), sums(hits), float(hits[-1]))
