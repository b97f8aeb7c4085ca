"""What moved since last week: the same model asked about both weeks, so that only the records differ."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.bundle import Bundle
from training.bundle.reasons import family_word
from training.explanation.families import families_of

_KEY = "student_id"
#: A family that moved less (log-odds; about one in twenty of the odds) is not named.
NOTICEABLE = 0.05


def since(
    bundle: Bundle, now: pl.DataFrame, before: pl.DataFrame, *, lang: str = "zh"
) -> pl.DataFrame:
    """student_id, moved (log-odds), rose, rose_by, fell, fell_by, sentence; one row a pupil of ``now``.

    ``rose`` is the family that may be named and whose sum rose most, ``fell`` the one that fell most (empty
    where none did); background and surroundings count in ``moved`` and are not named. A pupil who is not in
    ``before`` has empty figures and a sentence that says so.
    """
    then = now.select(_KEY).join(before, on=_KEY, how="left", maintain_order="left")
    known = now[_KEY].is_in(before[_KEY].implode()).to_numpy()
    columns = bundle.manifest.columns
    a, b = (bundle.score(frame) for frame in (now, then))
    new, old = (families_of(columns, scored.contributions) for scored in (a, b))
    step = np.where(new.may_be_listed, new.sums - old.sums, 0.0)
    rose, fell = step.argmax(axis=1), step.argmin(axis=1)
    rows = []
    for n, student in enumerate(now[_KEY]):
        up, down = float(step[n, rose[n]]), float(step[n, fell[n]])
        up_name = new.names[rose[n]] if known[n] and up > NOTICEABLE else None
        down_name = new.names[fell[n]] if known[n] and down < -NOTICEABLE else None
        rows.append(
            {
                _KEY: student,
                "moved": float(a.margin[n] - b.margin[n]) if known[n] else None,
                "rose": up_name,
                "rose_by": up if up_name else None,
                "fell": down_name,
                "fell_by": down if down_name else None,
                "sentence": _sentence(bool(known[n]), up_name, down_name, lang),
            }
        )
    return pl.DataFrame(rows, schema=_SCHEMA)


_SCHEMA = {
    _KEY: pl.String,
    "moved": pl.Float64,
    "rose": pl.String,
    "rose_by": pl.Float64,
    "fell": pl.String,
    "fell_by": pl.Float64,
    "sentence": pl.String,
}


def _sentence(known: bool, rose: str | None, fell: str | None, lang: str) -> str:
    """Which family's records moved the estimate, up and down, since the week before."""
    words = _EN if lang == "en" else _ZH
    if not known:
        return words["new"]
    named = (("rose", rose), ("fell", fell))
    parts = [words[way].format(family_word(name, lang)) for way, name in named if name]
    return words["told"].format(words["and"].join(parts)) if parts else words["same"]


_ZH = {
    "new": "上周未作估计。",
    "rose": "“{}”的记录使估计升高最多",
    "fell": "“{}”的记录使估计降低最多",
    "and": "，",
    "told": "与上周相比，{}。",
    "same": "与上周相比，各类记录对估计的影响几乎未变。",
}
_EN = {
    "new": "Not estimated the week before.",
    "rose": "{} raised the estimate most",
    "fell": "{} lowered it most",
    "and": "; ",
    "told": "Since last week: {}.",
    "same": "Since last week: hardly any change.",
}
