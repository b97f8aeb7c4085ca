"""What moved between two of a pupil's estimates by one model, so that only the records differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.bundle.families import families_of
from training.bundle.manifest import Column
from training.bundle.reasons import family_word

Array = NDArray[np.float64]
#: A family that moved less (log-odds; about one in twenty of the odds) is not named.
NOTICEABLE = 0.05


@dataclass(frozen=True)
class Moved:
    """The family that may be named and rose most, the one that fell most; None where none did noticeably."""

    rose: str | None = None
    rose_by: float | None = None
    fell: str | None = None
    fell_by: float | None = None


def moved(columns: Sequence[Column], now: Array, before: Array) -> list[Moved]:
    """Row by row from contributions (rows x columns, log-odds); background and surroundings are not named."""
    new, old = families_of(columns, now), families_of(columns, before)
    step = np.where(new.may_be_listed, new.sums - old.sums, 0.0)
    return [_most(new.names, row) for row in step]


def _most(names: Sequence[str], step: Array) -> Moved:
    up, down = int(step.argmax()), int(step.argmin())
    rose = (names[up], float(step[up])) if step[up] > NOTICEABLE else (None, None)
    fell = (names[down], float(step[down])) if step[down] < -NOTICEABLE else (None, None)
    return Moved(*rose, *fell)


def sentence(one: Moved | None, lang: str, *, before: str = "") -> str:
    """One sentence; None: no estimate then. ``before``: the day compared with, empty for last week."""
    words = _EN if lang == "en" else _ZH
    if one is None:
        return words["new on"].format(before) if before else words["new"]
    told = (("rose", one.rose), ("fell", one.fell))
    parts = [words[way].format(family_word(name, lang)) for way, name in told if name]
    return (words["since"].format(before) if before else words["last week"]) + (
        words["told"].format(words["and"].join(parts)) if parts else words["same"]
    )


_ZH = {
    "new": "上周未作估计。",
    "new on": "{}的名单中未作估计。",
    "last week": "与上周相比，",
    "since": "与{}的名单相比，",
    "rose": "“{}”的记录使估计升高最多",
    "fell": "“{}”的记录使估计降低最多",
    "and": "，",
    "told": "{}。",
    "same": "各类记录对估计的影响几乎未变。",
}
_EN = {
    "new": "Not estimated the week before.",
    "new on": "Not estimated on {}.",
    "last week": "Since last week: ",
    "since": "Since {}: ",
    "rose": "{} raised the estimate most",
    "fell": "{} lowered it most",
    "and": "; ",
    "told": "{}.",
    "same": "hardly any change.",
}
