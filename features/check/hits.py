"""Where a rule is broken: table, column, rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

Indices = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Hits:
    """Breaches of one rule in one column: row positions (0 = first row below the header).

    ``shown`` holds each row's value where it may be read by anyone; names, numbers and birth dates
    are never shown. ``words`` fill the sentence.
    """

    table: str
    column: str | None
    index: Indices
    shown: pl.Series | None = None
    words: dict[str, object] = field(default_factory=dict)
