"""The same figures by group: what a list finds, and whom it troubles in vain, in a group and in the rest.

The lists are those that schools get: k anew in every school and week. They are taken as they were made;
schools (or pupils, see ``clusters``) are drawn again around them.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluate.paired import clusters, draws
from training.groups import ALL, PAIRS, member
from training.metrics.listed import Lists
from training.metrics.precision_at_capacity import CAPACITY
from training.predictions import Predictions

Array = NDArray[np.float64]
_PAIR = frozenset(group.name for group in PAIRS)
#: What is summed over the rows of a side, in this order.
_ROWS, _LEFT, _TAKEN, _HITS, _SAID, _ALONE = range(6)
_STATISTICS = 6
#: With fewer who left nothing is worked out for the side alone.
_FEWEST = 10


def by_group(
    p: Predictions, *, confidence: float, confidence_pairs: float, replicates: int, seed: int
) -> list[dict[str, Any]]:
    """One entry a group and pair of groups that ``p.rows`` tell of.

    The group's over the rest's, each with an interval: ``recall_ratio``, ``precision_ratio``,
    ``occurs_ratio`` (how often the outcome comes at all) and ``recall_ratio_alone``, that of lists of the
    same share made for each of the two alone (k anew in each): it does not rise because the outcome comes
    oftener. The group's less the rest's: ``false_alarm_gap`` (share of the listed with whom nothing
    happened), ``calibration_gap`` (said less seen). ``outcomes`` and ``listed`` count pupils, each once.
    """
    p = p.listable()
    sides = {
        name: side for name in ALL if (side := _sides(p, name)) is not None and side.any(1).all()
    }
    if not sides:
        return []
    chosen = Lists(p.label, p.margin, p.lists()).chosen(p.weight, CAPACITY)
    _, of = clusters(p)
    pupils = p.rows["student_id"].rank("dense").to_numpy().astype(np.int64) - 1
    sums = _summed(p, chosen, of, np.concatenate(list(sides.values())))
    flat = sums.reshape(len(sums), -1)
    again = _again(flat, replicates, seed)
    points = _told(flat.sum(axis=0).reshape(len(sides), 2, _STATISTICS))
    drawn = _told(again.reshape(replicates, len(sides), 2, _STATISTICS))

    def spread(n: int, name: str, what: str) -> dict[str, float | None]:
        level = confidence_pairs if name in _PAIR else confidence
        return {"point": _number(points[what][n]), **_interval(drawn[what][:, n], level)}

    return [
        {
            "group": name,
            **_counted(pupils, p.label > 0, chosen > 0, side),
            **{what: _number(points[what][n]) for what in _PLAIN},
            **{what: spread(n, name, what) for what in points if what not in _PLAIN},
        }
        for n, (name, side) in enumerate(sides.items())
    ]


_PLAIN = ("recall", "recall_rest", "precision", "precision_rest")


def _sides(p: Predictions, name: str) -> NDArray[np.bool_] | None:
    """2 x n: in the group, in the rest."""
    inside = member(p.rows, name)
    if inside is None:
        return None
    return np.array([inside.fill_null(False).to_numpy(), (~inside).fill_null(False).to_numpy()])


def _summed(p: Predictions, chosen: Array, of: Any, masks: Any) -> Array:
    """clusters x sides x statistics."""
    w = p.weight
    rows = [w, w * p.label, w * chosen, w * p.label * chosen, w * p.probability]
    days = p.days()
    count = int(of.max()) + 1
    out = np.zeros((count, len(masks), _STATISTICS))
    for n, mask in enumerate(masks):
        here = of[mask]
        alone = w * p.label * _alone(p, days, mask)
        for k, values in enumerate([*rows, alone]):
            out[:, n, k] = np.bincount(here, weights=values[mask], minlength=count)
    return out


def _alone(p: Predictions, days: NDArray[np.int64], mask: NDArray[np.bool_]) -> Array:
    """What part of each row a list of the same share would hold, made every week for one side alone."""
    out = np.zeros(len(p))
    if p.label[mask].sum() >= _FEWEST:
        own = Lists(p.label[mask], p.margin[mask], days[mask])
        out[mask] = own.chosen(p.weight[mask], CAPACITY)
    return out


def _again(sums: Array, replicates: int, seed: int) -> Array:
    """replicates x columns: the sums of clusters drawn again, a hundred replicates a multiplication."""
    drawn = draws(np.arange(len(sums)), replicates, seed)
    parts = [np.array(times) @ sums for times in iter(lambda: list(islice(drawn, 100)), [])]
    return np.concatenate(parts)


def _told(sums: Array) -> dict[str, Array]:
    """Figures from sums (... x groups x 2 sides x statistics); NaN where they do not exist."""
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = sums[..., _HITS] / sums[..., _LEFT]
        alone = sums[..., _ALONE] / sums[..., _LEFT]
        precision = sums[..., _HITS] / sums[..., _TAKEN]
        occurs = sums[..., _LEFT] / sums[..., _ROWS]
        off = (sums[..., _SAID] - sums[..., _LEFT]) / sums[..., _ROWS]
        told = {
            "recall": recall[..., 0],
            "recall_rest": recall[..., 1],
            "precision": precision[..., 0],
            "precision_rest": precision[..., 1],
            "recall_ratio": recall[..., 0] / recall[..., 1],
            "recall_ratio_alone": alone[..., 0] / alone[..., 1],
            "precision_ratio": precision[..., 0] / precision[..., 1],
            "occurs_ratio": occurs[..., 0] / occurs[..., 1],
            "false_alarm_gap": precision[..., 1] - precision[..., 0],
            "calibration_gap": off[..., 0] - off[..., 1],
        }
    return {name: np.where(np.isfinite(value), value, np.nan) for name, value in told.items()}


def _number(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _interval(values: Array, confidence: float) -> dict[str, float | None]:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return {"low": None, "high": None}
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return {"low": float(low), "high": float(high)}


def _counted(
    pupils: NDArray[np.int64], left: NDArray[np.bool_], chosen: NDArray[np.bool_], side: Any
) -> dict[str, int]:
    """Rows, and pupils: each pupil once, however many weeks they were asked about."""

    def many(mask: NDArray[np.bool_]) -> int:
        return int(np.count_nonzero(np.bincount(pupils[mask])))

    inside, rest = side
    return {
        "rows": int(inside.sum()),
        "outcomes": many(inside & left),
        "outcomes_rest": many(rest & left),
        "listed": many(inside & chosen),
        "listed_rest": many(rest & chosen),
    }


def recall_inside(
    ours: Predictions, other: Predictions, mask: NDArray[np.bool_], *, replicates: int, seed: int
) -> dict[str, float | None]:
    """Recall of ``ours`` less that of ``other`` among the rows of ``mask``, lists made for everybody."""
    mask = mask[ours.there]
    ours, other = ours.listable(), other.listable()
    if not len(ours):
        return {"point": None, "low": None, "high": None}
    _, of = clusters(ours)
    left = ours.weight * ours.label * mask
    parts = [left]
    for p in (ours, other):
        chosen = Lists(p.label, p.margin, p.lists()).chosen(p.weight, CAPACITY)
        parts.append(left * chosen)
    count = int(of.max()) + 1
    sums: Array = np.array([np.bincount(of, weights=w, minlength=count) for w in parts]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        point, drawn = (
            (s[..., 1] - s[..., 2]) / s[..., 0]
            for s in (sums.sum(axis=0), _again(sums, replicates, seed))
        )
    return {"point": _number(point), **_interval(drawn, 0.95)}
