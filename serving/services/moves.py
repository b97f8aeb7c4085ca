"""What moved in a pupil's estimate since the list before, from the parts that both lists store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from serving.ports import Publication
from serving.scoring.explain import Part
from serving.scoring.week import monday
from serving.services.desk import Desk
from serving.services.views import Since
from training.bundle.moved import moved, sentence

OTHER_ZH = "{}的名单由另一版模型生成，各类记录的影响不能相比。"
OTHER_EN = "The list of {} was made by another version of the model: parts cannot be compared."


def since(
    desk: Desk, publication: Publication, row: dict[str, Any], parts: Sequence[Part]
) -> Since | None:
    """One sentence; None for a rule, whose points are told one by one, and where no list came before.

    ``row``: the pupil's of the roster. ``parts``: those of the estimate now. Compared with the newest list
    of an earlier week of the same area and model name, as it was drawn then: what became known late has
    moved since.
    """
    before = _before(desk, publication)
    if before is None or publication.model_kind == "rule":
        return None
    day = before.as_of.isoformat()
    if before.bundle_digest != publication.bundle_digest:
        return Since(before.week, before.as_of, OTHER_ZH.format(day), OTHER_EN.format(day))
    then = _then(desk, before, row, [f"contribution__{part.column.name}" for part in parts])
    step = None
    if then is not None:
        now = np.array([[part.contribution for part in parts]])
        step = moved([part.column for part in parts], now, then)[0]
    last_week = monday(before.week) + timedelta(weeks=1) == monday(publication.week)
    on = "" if last_week else day
    return Since(
        before.week,
        before.as_of,
        sentence(step, "zh", before=on),
        sentence(step, "en", before=on),
    )


def _before(desk: Desk, publication: Publication) -> Publication | None:
    standing = desk.lists.standing(area=publication.area, model=publication.model_name)
    earlier = [one for one in standing if one.week < publication.week]
    return max(earlier, key=lambda one: one.week, default=None)


def _then(
    desk: Desk, before: Publication, row: dict[str, Any], names: Sequence[str]
) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """The parts of then, 1 x n; None where the pupil had no estimate."""
    mine = pl.col("student_id") == row["student_id"]
    there = pl.col("school_id") == row["school_id"]
    table = desk.table(before, "scores")
    # in the order of schools: whoever stayed is found without reading the rest
    for where in (mine & there, mine):
        found = table.filter(where).select(pl.col(names).cast(pl.Float64)).collect()
        if found.height:
            return found.to_numpy()
    return None
