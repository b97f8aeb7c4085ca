"""How the contributions of a booster come about: looked up in tables, or from LightGBM where they cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Literal

from training.bundle.tables import Outside, Tables, made

_one_at_a_time = Lock()


@dataclass(frozen=True)
class Exact:
    """``kind``: 'tables', 'pred_contrib', or 'parts' where a score without trees is its own sum.

    All three are exact, and for trees both ways play the same, path-dependent game. ``why`` says what kept
    the tables away.
    """

    kind: Literal["tables", "pred_contrib", "parts"]
    why: str = ""
    tables: Tables | None = None


def exact_of(text: str) -> Exact:
    """Tables made from a LightGBM text and checked against it, else ``pred_contrib``; a second's work, kept.

    It depends on the text alone, never on how many rows are asked about: a pupil's numbers have the same
    last digits whoever is scored beside.
    """
    with _one_at_a_time:
        return _made(text)


@lru_cache(maxsize=2)
def _made(text: str) -> Exact:
    import lightgbm

    try:
        return Exact("tables", tables=made(lightgbm.Booster(model_str=text), text))
    except Outside as outside:
        return Exact("pred_contrib", str(outside))
