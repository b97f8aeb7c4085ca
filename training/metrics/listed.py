"""Lists of a given length, made once and asked many times: who stands on them, and who of those left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


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

    Among equal scores those who stayed come first: an order among equals that nobody chose must not
    flatter what made it. Given a ``lot``, equals stand by it instead: what one would get who picks
    among equals at random, which is fair to an opponent whose scores are coarse.
    """

    def __init__(self, label: Array, score: Array, lists: Ints, lot: Array | None = None) -> None:
        """``label`` 0 or 1, ``score`` any numbers, ``lists`` the list's number of each row."""
        self.order = np.lexsort((label if lot is None else lot, -score, lists))
        self.label = np.asarray(label, np.float64)[self.order]
        self.on = lists[self.order]
        self.first = np.flatnonzero(np.diff(self.on, prepend=-1))
        self.sizes = np.diff(np.append(self.first, len(self.on)))

    def _ends(self, w: Array, share: float) -> tuple[Ints, Array]:
        """How many rows of each list, from its first, have a place; and the running weight."""
        run = np.cumsum(w)
        begun = run[self.first] - w[self.first]
        ends = run[self.first + self.sizes - 1]
        room = begun + np.ceil(share * (ends - begun) - 1e-9) + 1e-9
        # the running weight rises all along, so one search finds the end of every list
        last = np.searchsorted(run, room, side="right")
        return np.clip(last - self.first, 0, self.sizes), run

    def _chosen(self, w: Array, share: float) -> NDArray[np.bool_]:
        out = np.zeros(len(w) + 1, np.int64)
        if len(w) == 0:
            return out[:0].astype(bool)
        many, _ = self._ends(w, share)
        np.add.at(out, self.first, 1)
        np.add.at(out, self.first + many, -1)
        return (np.cumsum(out[:-1]) > 0) & (w > 0)

    def chosen(self, weight: Array, share: float) -> NDArray[np.bool_]:
        """Who stands on a list of ceil(share x weight) places, in the rows' own order."""
        out = np.zeros(len(weight), bool)
        out[self.order] = self._chosen(weight[self.order], share)
        return out

    def caught(self, weight: Array, share: float) -> Caught:
        """What lists of that length catch under these weights."""
        return self.caught_at(weight, (share,))[0]

    def caught_at(self, weight: Array, shares: Sequence[float]) -> list[Caught]:
        """The same for several lengths at once."""
        w = np.asarray(weight, np.float64)[self.order]
        hits = np.cumsum(w * self.label)
        return [self._caught(w, hits, share) for share in shares]

    def _caught(self, w: Array, hits: Array, share: float) -> Caught:
        if len(w) == 0:
            return Caught(0.0, 0.0, 0.0)
        many, run = self._ends(w, share)

        def sums(cumulated: Array) -> float:
            """Over the first ``many`` rows of every list."""
            padded = np.append(0.0, cumulated)
            return float((padded[self.first + many] - padded[self.first]).sum())

        return Caught(sums(run), sums(hits), float(hits[-1]))
