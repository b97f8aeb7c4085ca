"""What came of rows that were scored: the second door of ``training`` that ``serving`` may open.

Monitoring must judge by the very labels that models are trained and measured on; a copy of that
reading in ``serving`` would be a second truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import narwhals as nw
import polars as pl

from features.asof import follow, known
from features.facts import Facts
from training.labels import Question, label
from training.rows import at_school, evidence, year_ends


def matured(as_of: date, facts: Facts, *, until: date, horizon_weeks: int | None) -> bool:
    """Whether a window of whole weeks that began on ``as_of`` is over and its records are in.

    True for windows to the end of the school year: each row says for itself (standing ``immature``).
    """
    if horizon_weeks is None:
        return as_of < until
    return as_of + timedelta(days=7 * horizon_weeks + facts.batch.largest_lag) <= until


def settled(
    rows: pl.DataFrame,
    facts: Facts,
    *,
    until: date,
    horizon_weeks: int | None,
    outcome: Sequence[str] = (),
) -> pl.DataFrame:
    """``rows`` (student_id, as_of and what else they carry) with ``standing``, as known by ``until``.

    Temporary numbers are followed to the lasting ones; rows whose school year had not begun or was
    over are left out, as in training. ``outcome``: what the model was asked; else the batch's own.
    """
    asked = Question(
        until=until,
        outcome=tuple(outcome) or facts.batch.outcome,
        horizon_days=None if horizon_weeks is None else 7 * horizon_weeks,
        lag_days=facts.batch.largest_lag,
    )
    aliases = known(facts.scan("student_aliases"), until)
    lasting = follow(nw.from_native(rows.lazy()), nw.from_native(aliases)).to_native().collect()
    named = label(at_school(lasting, year_ends(facts, until)), evidence(facts, asked), asked)
    return named.rows.select(*rows.columns, "standing").sort("as_of", "student_id")
