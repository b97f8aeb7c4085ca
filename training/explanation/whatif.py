"""What the estimate would be were an indicator otherwise: the model's arithmetic, no promise of an effect.

Only changeable indicators with a direction are moved, and only towards less: fewer days missed, more work
handed in. Because directions are constraints of the trees, such a move can never raise the estimate;
``breaches`` looks whether that holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from training.bundle import Bundle, Column

#: Sums of floats may differ in their last digits.
TOLERANCE = 1e-9
#: How far towards the better end an indicator is moved when the law is looked at: quantiles of the frame.
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
ALL = "all"


@dataclass(frozen=True)
class Breach:
    """An indicator (or ``all`` together) whose easing raised the margin, in how many rows, at worst by."""

    indicator: str
    rows: int
    worst: float


def movable(bundle: Bundle) -> list[Column]:
    """The indicators that can be changed and point one way."""
    return [c for c in bundle.manifest.columns if c.changeable and c.direction]


def eased(column: Column, to: float | pl.Expr) -> pl.Expr:
    """The indicator no worse than ``to``: lower where more counts for more, higher where less does.

    What is not recorded stays empty, and who already stands better stays there.
    """
    own = pl.col(column.name)
    goal = to if isinstance(to, pl.Expr) else pl.lit(float(to))
    bound = pl.min_horizontal(own, goal) if column.direction > 0 else pl.max_horizontal(own, goal)
    return pl.when(own.is_not_null()).then(bound).alias(column.name)


def what_if(
    bundle: Bundle, pupil: pl.DataFrame, others: pl.DataFrame, *, lang: str = "zh"
) -> pl.DataFrame:
    """Each changeable indicator of one pupil at the middle of ``others`` (say the class), the rest as is.

    Columns: code, family, label, value, to, probability (now), then (with the move), lower (now less
    then). Only indicators that stand worse than the middle; the largest drop first. The last row, ``all``,
    moves every one of them. Raises ValueError unless ``pupil`` holds one row.
    """
    if pupil.height != 1:
        raise ValueError("one pupil at a time")
    to = _worse_than_middle(bundle, pupil, others)
    named = {c.name: c for c in movable(bundle) if c.name in to}
    moves = [(name, [eased(column, to[name])]) for name, column in named.items()]
    moves.append((ALL, [eased(column, to[name]) for name, column in named.items()]))
    stack = pl.concat([pupil, *(pupil.with_columns(move) for _, move in moves)])
    told = bundle.score(stack).probability
    rows = [
        {
            "code": name,
            "family": named[name].family if name in named else "",
            "label": _label(named.get(name), lang),
            "value": pupil[name].item() if name in named else None,
            "to": to.get(name),
            "probability": float(told[0]),
            "then": float(told[n]),
            "lower": float(told[0] - told[n]),
        }
        for n, (name, _) in enumerate(moves, start=1)
    ]
    found = pl.DataFrame(rows, schema=_SCHEMA)
    return found.sort(pl.col("code") == ALL, -pl.col("lower"), "code")


_SCHEMA = {
    "code": pl.String,
    "family": pl.String,
    "label": pl.String,
    "value": pl.Float64,
    "to": pl.Float64,
    "probability": pl.Float64,
    "then": pl.Float64,
    "lower": pl.Float64,
}


def _label(column: Column | None, lang: str) -> str:
    if column is None:
        return "all together" if lang == "en" else "各项一起"
    return (column.label_en if lang == "en" else column.label_zh) or column.name


def _worse_than_middle(
    bundle: Bundle, pupil: pl.DataFrame, others: pl.DataFrame
) -> Mapping[str, float]:
    found = {}
    for column in movable(bundle):
        own, middle = pupil[column.name].item(), others[column.name].median()
        if own is None or not isinstance(middle, float):
            continue
        if (own - middle) * column.direction > 0:
            found[column.name] = middle
    return found


def breaches(bundle: Bundle, frame: pl.DataFrame) -> list[Breach]:
    """Where easing a changeable indicator raised an estimate: none, unless a direction was not kept.

    Each is moved to five quantiles of ``frame``, alone and all together.
    """
    before = bundle.score(frame).margin
    columns = [c for c in movable(bundle) if frame[c.name].null_count() < frame.height]
    moves = {c.name: [[eased(c, _at(frame, c, q))] for q in STEPS] for c in columns}
    moves[ALL] = [[eased(c, _at(frame, c, q)) for c in columns] for q in STEPS]
    found = []
    for name, steps in moves.items():
        rise = np.max([bundle.score(frame.with_columns(s)).margin - before for s in steps], axis=0)
        if (rise > TOLERANCE).any():
            found.append(Breach(name, int((rise > TOLERANCE).sum()), float(rise.max())))
    return found


def _at(frame: pl.DataFrame, column: Column, q: float) -> float:
    told = frame[column.name].drop_nulls().quantile(q, "nearest")
    assert told is not None
    return float(told)
