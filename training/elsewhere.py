"""A county never seen: every area's rows judged again by trees of the other areas, period by period.

Both judge the same rows, each period by what lay before it; the drop is what was said by trees that knew the
area's own past less what was said by trees that did not, with an interval paired over schools (or pupils).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.bundle import Calibration
from training.bundle.calibration import probability
from training.evaluate.paired import compare
from training.fit import Data, Growth, grown
from training.folds import Fold
from training.material import Material
from training.metrics import measure
from training.predictions import Predictions
from training.rows import Say

Array = NDArray[np.float64]
SEEN, NEVER = "model", "never_seen"
#: What of a drop is told.
MEASURES = ("average_precision", "recall_at_capacity")


def never_seen(
    material: Material,
    data: Data,
    periods: Sequence[Fold],
    growth: Growth,
    say: Say = lambda zh, en: None,
) -> Array:
    """The margin of every judged row by trees that never saw its area; NaN where nothing could be learned."""
    areas = material.rows.frame["area"].to_numpy()
    margin = np.full(len(data.label), np.nan)
    for area in np.unique(areas):
        for period in periods:
            train = period.train[areas[period.train] != area]
            judge = period.judge[areas[period.judge] == area]
            if len(judge) == 0 or not data.label[train].any():
                continue
            booster = grown(data, material.order.recipe, growth, rows=train)
            margin[judge] = booster.predict(data.x[judge], raw_score=True, num_threads=1)
        say(f"留出 {area} 检验完成。", f"Judged {area} by the others.")
    return margin


def dropped(
    material: Material, seen: Array, never: Array, *, replicates: int
) -> list[dict[str, Any]]:
    """An entry an area: rows, outcomes, metrics of both, and ``drop`` (seen less never) of ``MEASURES``.

    ``seen`` and ``never`` are margins row for row of the material; rows that either leaves out are left out.
    Areas in which nobody had the outcome are not told of.
    """
    areas = material.rows.frame["area"].to_numpy()
    known = ~np.isnan(seen + never)
    table = []
    for area in np.unique(areas):
        at = np.flatnonzero(known & (areas == area))
        if not material.label[at].any():
            continue
        both = {
            name: _said(material, at, margin) for name, margin in ((SEEN, seen), (NEVER, never))
        }
        seed = material.order.seed
        found = compare(both, SEEN, replicates=replicates, seed=seed, alike=True)
        less = found["against"][NEVER]
        table.append(
            {
                "area": str(area),
                "rows": len(at),
                "outcomes": int(material.label[at].sum()),
                **measure(both[NEVER]),
                "seen": measure(both[SEEN]),
                "drop": {what: less[what] for what in MEASURES if what in less},
            }
        )
    return table


def _said(material: Material, at: Any, margin: Array) -> Predictions:
    told = probability(margin, Calibration("identity"))
    return material.said(at, margin=margin, probability=told, fold=np.zeros(len(margin), np.int64))
