"""Visits that were made change what came: training is told, and what they did is reported.

Rows whose outcome a visit may have changed are taken out, and those like them who were not visited stand
for them (``interventions.guard``): a model must not learn that visited pupils are safe. What visits did is
estimated where visits differ and pupils do not. Without recorded visits nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite
from typing import Any

import polars as pl

from features.facts import Facts
from training.interventions.effect import bands, delayed, naive
from training.interventions.guard import Handling, weights
from training.interventions.panel import LISTS, VISITS, first_days, ripe, visits_of, weekly
from training.interventions.pooled import Effect
from training.interventions.saved import told_apart
from training.labels import events
from training.rows import (
    Order,
    Rows,
    catalogue_of,
    columns_of,
    evidence,
    lasting_rows,
    question_of,
)
from training.shown import carried, shown

#: Counts of children from 1 to 4 are not kept (trust).
FEWEST_SHOWN = 5


def guarded(facts: Sequence[Facts], rows: Rows, order: Order) -> tuple[Rows, list[dict[str, Any]]]:
    """The rows with weights that account for visits, and for each area with visits what they did.

    Pupils are taken to be alike by week and by the score that the list of that week was made by
    (``shown``). Weighting wants every week's rows; further apart visited rows are only left out.
    """
    parts, told, left = [], [], 0
    fingerprint = catalogue_of(facts).fingerprint
    for one in facts:
        own = rows.frame.filter(pl.col("area") == one.batch.area)
        measures = lasting_rows(one, "interventions", order.until)
        visits = visits_of(measures, VISITS).unique(["student_id", "on"])
        if own.is_empty() or visits.is_empty():
            parts.append(own)
            continue
        seen = shown(own, columns_of(catalogue_of([one])), fingerprint, order.served)
        panel = _panel(one, seen.scores, order, measures=measures)
        handling: Handling = "ipcw" if order.every_weeks == 1 and not order.days else "drop"
        weeks = panel
        if handling == "ipcw":
            weeks = _panel(one, carried(seen.scores, order.until), order, measures=measures)
        weight = weights(own, visits, handling, panel=weeks)
        parts.append(own.with_columns(pl.col("weight") * weight).filter(pl.col("weight") > 0))
        taken = own.height - parts[-1].height
        # of a sample as many as they stand for, as the counts beside it
        left += round(float(own["weight"].filter(weight == 0).sum()))
        about = {
            "area": one.batch.area,
            "handling": handling,
            "visits": visits.height,
            "lists_by": {
                "versions": seen.versions,
                "rule": seen.rule,
                "unreadable": seen.unreadable,
            },
        }
        told.append(about | {"rows_taken_out": taken} | _effects(panel, order))
    if not told:
        return rows, []
    return replace(rows, frame=pl.concat(parts), counts=rows.counts | {"visited": left}), told


def _panel(
    one: Facts, scores: pl.DataFrame, order: Order, *, measures: pl.DataFrame
) -> pl.DataFrame:
    """The area's rows week by week, with the score of their lists, visits and what came."""
    asked = question_of(one, order)
    outcomes, leaves = first_days(events(evidence(one, asked), asked.outcome))
    lists = visits_of(measures, LISTS)
    return weekly(
        scores,
        visits_of(measures, VISITS),
        outcomes,
        exits=leaves,
        lists=None if lists.is_empty() else lists,
    )


def _effects(panel: pl.DataFrame, order: Order) -> dict[str, Any]:
    done = ripe(panel, order.until)
    within, waiting = bands(done), delayed(done)
    chosen = waiting if waiting.enough else within
    apart = told_apart(done, chosen)
    return {
        "effects": [_said(one) for one in (naive(done), within, waiting)],
        "apart": _hidden(_clean(asdict(apart)), "left", "visited") | {"by": chosen.method},
    }


def _said(effect: Effect) -> dict[str, Any]:
    told = _hidden(_clean(asdict(effect)), "visited_events")
    return _hidden(told, "other_events") | {"enough": effect.enough}


def _hidden(said: dict[str, Any], count: str, *beside: str) -> dict[str, Any]:
    """The same without a count of one to four children, and without those that would give it away."""
    few = said[count] is not None and 0 < round(said[count]) < FEWEST_SHOWN
    return said | dict.fromkeys((count, *beside), None) if few else said


def _clean(said: Mapping[str, Any]) -> dict[str, Any]:
    """The same without numbers that JSON does not know."""
    return {
        key: _clean(value)
        if isinstance(value, Mapping)
        else None
        if isinstance(value, float) and not isfinite(value)
        else value
        for key, value in said.items()
    }
