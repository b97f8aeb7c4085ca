"""Contributions gathered by family, in the order in which a page would name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bundle import Column
from training.bundle.reasons import LEAST, SURROUNDINGS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
#: So many families a page names at most.
MOST = 3


@dataclass(frozen=True)
class Families:
    """``sums``: rows x families, log-odds. ``may_be_listed``: neither background nor surroundings.

    ``order``: row by row the numbers of the families that raise the estimate and may be listed, the
    largest first, at most ``MOST``; -1 where there are fewer.
    """

    names: tuple[str, ...]
    sums: Array
    may_be_listed: NDArray[np.bool_]
    order: Ints

    @property
    def first(self) -> Ints:
        """The number of the family named first; -1 where none raises the estimate."""
        return self.order[:, 0]

    def name(self, number: int) -> str:
        """The family of a number in ``order``; empty for -1."""
        return "" if number < 0 else self.names[number]

    def take(self, rows: Any) -> Families:
        """The same for chosen rows."""
        return Families(self.names, self.sums[rows], self.may_be_listed, self.order[rows])


def families_of(columns: Sequence[Column], contributions: Array) -> Families:
    """Contributions (rows x columns) by family, as ``bundle.reasons`` orders them.

    Equals go by the family's name, as there. A sentence that cannot be said for want of a record is not
    looked at here: the order is that of the numbers.
    """
    names = tuple(sorted({column.family for column in columns}))
    member = np.array([[c.family == name for name in names] for c in columns], np.float64)
    sums: Array = contributions @ member
    hidden = {c.family for c in columns if c.background} | SURROUNDINGS
    shown = np.array([name not in hidden for name in names])
    ranked = np.where(shown & (sums > LEAST), sums, -np.inf)
    # a stable sort keeps equals in the order of their names
    order = np.argsort(-ranked, axis=1, kind="stable")[:, :MOST].astype(np.int64)
    raised = np.isfinite(np.take_along_axis(ranked, order, axis=1))
    padded = np.full((len(sums), MOST), -1, np.int64)
    padded[:, : order.shape[1]] = np.where(raised, order, -1)
    return Families(names, sums, shown, padded)
