"""By what score were lists made? Who was visited went by what schools were shown, week by week.

From the day a version was trained until its successor was, its own scores; before the first, and where a
version cannot score these rows, the attendance rule's points, which any school sees. Pupils are alike by
this score and by no other: by the rule's points two pupils may be alike of whom a model listed one, and
those visited are then worse off than those they are held against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from training.baselines import Lesson, attendance
from training.bundle import Bundle, Column
from training.interventions.panel import WEEK

#: The scale of the rule's points; the scales of versions follow it.
RULE = 0


@dataclass(frozen=True)
class Shown:
    """``scores``: student_id, school_id, as_of, weight, score, scale (scores of one scale can be compared).

    Days by whose lists: of ``versions`` that served, of the rule, and of those the ``unreadable`` ones, on
    which a version served that cannot score these rows.
    """

    scores: pl.DataFrame
    versions: int
    rule: int
    unreadable: int


def shown(
    rows: pl.DataFrame, columns: tuple[Column, ...], fingerprint: str, served: Sequence[Bundle]
) -> Shown:
    """The score of each of ``rows`` (as ``Rows.frame``, of one area) as the list of its day had it.

    ``served``: oldest first. ``fingerprint``: of the definitions that the rows were made by.
    """
    keys = rows.select("student_id", "school_id", "as_of", "weight")
    score, scale = _points(rows, columns), np.full(rows.height, RULE)
    made = {"versions": 0, "rule": 0, "unreadable": 0}
    days = rows["as_of"].to_numpy()
    for day in rows["as_of"].unique().sort():
        at = _serving(day, served)
        if at is None or served[at].kind == "rule":
            made["rule"] += 1
        elif served[at].manifest.fingerprint != fingerprint:
            made["rule"] += 1
            made["unreadable"] += 1
        else:
            here = np.flatnonzero(days == np.datetime64(day))
            score[here] = served[at].score(rows[here]).margin
            scale[here] = 1 + at
            made["versions"] += 1
    return Shown(keys.with_columns(score=pl.Series(score), scale=pl.Series(scale)), **made)


def carried(scores: pl.DataFrame, until: date) -> pl.DataFrame:
    """``scores`` and after their last day the same pupils week by week up to ``until``, by what was shown last.

    Rows end where windows can no longer be told; visits do not, and the last windows reach into those weeks.
    """
    if scores.is_empty():
        return scores
    last = scores["as_of"].max()
    assert isinstance(last, date)
    here = scores.filter(pl.col("as_of") == last)
    weeks = range(1, (until - last).days // WEEK + 1)
    later = (here.with_columns(as_of=pl.lit(last + timedelta(weeks=k))) for k in weeks)
    return pl.concat([scores, *later])


def _points(rows: pl.DataFrame, columns: tuple[Column, ...]) -> np.ndarray:
    rule, none = attendance.BASELINE.learn, rows["weight"].to_numpy()
    assert rule is not None
    learned = rule(Lesson(rows, none, none, columns))
    return np.zeros(rows.height) if learned is None else np.asarray(learned.margin(rows), float)


def _serving(day: date, served: Sequence[Bundle]) -> int | None:
    """Which of them made the list of a day: the one last trained by then, whatever was put back later.

    When each was put into use is kept nowhere; a version put back is told no day that a newer one could have.
    """
    trained = [date.fromisoformat(one.manifest.trained_until) for one in served]
    by_then = [(day_of, k) for k, day_of in enumerate(trained) if day_of <= day]
    return max(by_then)[1] if by_then else None
