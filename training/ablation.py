"""What a model loses, or gains, without what it is told of disability, poverty and care.

The question is whether these indicators help the very pupils whom they describe. The trees are grown
again on every period at the setting and rounds chosen, blind to one family after another and to all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.assemble import data_of
from training.bundle import Bundle, Calibration
from training.bundle.calibration import probability
from training.evaluate import compare
from training.evaluate.fairness import recall_inside
from training.fit import Data, Growth, grown
from training.folds import Fold
from training.groups import member
from training.material import Material
from training.predictions import Predictions
from training.rows import Say

#: Families by the group that they describe; the names are the same.
FAMILIES = ("disability", "poverty", "left_behind")
ALL = "all"
#: A group with fewer pupils who left is counted and not measured.
FEWEST_OUTCOMES = 20
WHOLE, LESS = "whole", "without"
MEASURES = ("average_precision", "recall_at_capacity")


def ablate(
    material: Material, periods: Sequence[Fold], chosen: Bundle, say: Say = lambda zh, en: None
) -> list[dict[str, Any]]:
    """One entry a family and one for all: differences (without less whole) with paired 95 % intervals.

    ``groups`` holds the same inside the groups described: recall of the schools' lists as they are made for
    all, and average precision among the group alone.
    """
    data = data_of(material)
    named = {f: tuple(c.name for c in material.columns if c.family == f) for f in FAMILIES}
    named = {family: names for family, names in named.items() if names}
    if len(named) > 1:
        named[ALL] = tuple(name for names in named.values() for name in names)
    whole = _judged(material, periods, chosen, data=data, less=())
    table = []
    for family, names in named.items():
        less = _judged(material, periods, chosen, data=data, less=names)
        about = FAMILIES if family == ALL else (family,)
        table.append(
            {"without": family, "indicators": list(names), **_beside(material, whole, less, about)}
        )
        say(f"去掉 {family} 类指标后的检验完成。", f"Judged without {family}.")
    return table


def _judged(
    material: Material,
    periods: Sequence[Fold],
    chosen: Bundle,
    *,
    data: Data,
    less: tuple[str, ...],
) -> Predictions:
    """What the model says of later periods when it is not offered ``less``."""
    recipe, setting = material.order.recipe, str(chosen.manifest.recipe["chosen"])
    margin = np.full(len(data.label), np.nan)
    fold = np.full(len(data.label), -1, np.int64)
    for n, period in enumerate(periods):
        booster = grown(
            data,
            recipe,
            Growth(setting, int(chosen.manifest.recipe["rounds"]), material.order.seed, less=less),
            rows=period.train,
        )
        margin[period.judge] = booster.predict(data.x[period.judge], raw_score=True, num_threads=1)
        fold[period.judge] = n
    told = probability(margin, Calibration("identity"))
    return material.said(np.flatnonzero(fold >= 0), margin=margin, probability=told, fold=fold)


def _beside(
    material: Material, whole: Predictions, less: Predictions, about: Sequence[str]
) -> dict[str, Any]:
    order = material.order
    drawn: dict[str, int] = {"replicates": order.recipe.gate["replicates"], "seed": order.seed}
    told = compare({WHOLE: whole, LESS: less}, LESS, **drawn, alike=True)["against"][WHOLE]
    groups = []
    for name in about:
        inside = member(whole.rows, name)
        if inside is None:
            continue
        mask = inside.fill_null(False).to_numpy()
        pupils = whole.rows.filter(mask & (whole.label > 0))["student_id"].n_unique()
        entry: dict[str, Any] = {"group": name, "outcomes": pupils}
        if pupils >= FEWEST_OUTCOMES:
            both = {WHOLE: whole.take(mask), LESS: less.take(mask)}
            own = compare(both, LESS, **drawn, alike=True)["against"][WHOLE]
            entry["average_precision"] = own["average_precision"]
            entry["recall_at_capacity"] = recall_inside(less, whole, mask, **drawn)
        groups.append(entry)
    return {**{m: told[m] for m in MEASURES if m in told}, "groups": groups}
