"""What moved since last week: the same model asked about both weeks, so that only the records differ."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from training.bundle import Bundle
from training.bundle.moved import Moved, moved, sentence

_KEY = "student_id"


def since(
    bundle: Bundle, now: pl.DataFrame, before: pl.DataFrame, *, lang: str = "zh"
) -> pl.DataFrame:
    """student_id, moved (log-odds), rose, rose_by, fell, fell_by, sentence; one row a pupil of ``now``.

    ``rose`` is the family that may be named and whose sum rose most, ``fell`` the one that fell most (empty
    where none did); background and surroundings count in ``moved`` and are not named. A pupil who is not in
    ``before`` has empty figures and a sentence that says so.
    """
    then = now.select(_KEY).join(before, on=_KEY, how="left", maintain_order="left")
    known = now[_KEY].is_in(before[_KEY].implode()).to_list()
    new, old = (bundle.score(frame) for frame in (now, then))
    steps = moved(bundle.manifest.columns, new.contributions, old.contributions)
    rows = [
        {
            _KEY: student,
            "moved": float(new.margin[n] - old.margin[n]) if known[n] else None,
            **asdict(steps[n] if known[n] else Moved()),
            "sentence": sentence(steps[n] if known[n] else None, lang),
        }
        for n, student in enumerate(now[_KEY])
    ]
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
