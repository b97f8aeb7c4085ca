"""Judging: a course walked forward, a version on other data, a county left out. Nothing is registered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from features.facts import Facts
from features.refusal import Refusal
from training.ablation import ablate
from training.assemble import data_of, folds
from training.bundle import Bundle
from training.bundle.calibration import probability
from training.bundle.format import REPORT
from training.elsewhere import dropped, never_seen
from training.evaluate import MODEL, Report, report
from training.fit import Growth
from training.gates.fair import standing
from training.material import Material, Trained
from training.predictions import Predictions
from training.rows import Order, Rows, Say, frames, gather
from training.run import material_of, say_visits, train, with_groups
from training.sums import one_thread
from training.visited import guarded


@dataclass(frozen=True)
class Systems:
    """A registered version and the baselines kept beside it, by name."""

    model: Bundle
    baselines: Mapping[str, Bundle]

    def named(self) -> dict[str, Bundle]:
        """All, ours first."""
        return {MODEL: self.model, **self.baselines}


@one_thread()
def walk(facts: Sequence[Facts], order: Order, say: Say, *, ablation: bool = False) -> Report:
    """The report of a course of training on these facts, each week judged by what lay before it.

    With several areas each is also judged by a model of the others (``elsewhere``); with ``ablation``
    the model is also judged without what it is told of disability, poverty and care. Refusal where the
    records do not allow a model: there is nothing to judge.
    """
    trained = train(facts, order, say)
    material = trained.material
    if material is None:
        notice = trained.challenger.manifest
        raise Refusal(f"无法检验：{notice.notice_zh}", f"Nothing to judge: {notice.notice_en}")
    told: Report = json.loads(trained.challenger.files[REPORT])
    if len(facts) > 1:
        told["elsewhere"] = leave_areas_out(material, trained, say)
    if ablation:
        told["ablation"] = ablate(material, folds(material), trained.challenger, say)
    return told | about(trained.challenger, order, "walk_forward")


def about(bundle: Bundle, order: Order, way: str) -> dict[str, Any]:
    """What a report says about itself."""
    manifest = bundle.manifest
    return {
        "way": way,
        "name": manifest.name,
        "digest": bundle.digest,
        "until": order.until.isoformat(),
        "horizon_weeks": manifest.horizon_weeks,
        "outcome": list(manifest.outcome),
        "trained_until": manifest.trained_until,
        "synthetic": manifest.synthetic,
    }


@one_thread()
def judge(facts: Sequence[Facts], systems: Systems, order: Order, say: Say) -> Report:
    """A version and its baselines on the mature rows of these facts, nothing learned from them.

    ``order.horizon_weeks`` must be the version's. Where the version was trained past an as-of day
    the report says so (``retrospective``): it is evidence only where these pupils were not in it.
    """
    rows = gather(facts, replace(order, recipe=_unsampled(order)), say)
    if rows.frame.height == 0 or not rows.frame["label"].sum():
        raise Refusal(
            f"截至{order.until}，这些数据中没有观察期已满且出现约定结果的学生，无法检验。"
            "请用更晚的 --until，或更多的数据。",
            f"By {order.until} these data hold nobody whose window is over and who had the outcome:"
            " nothing to judge. Give a later --until or more data.",
        )
    rows, visits = guarded(facts, rows, order)
    say_visits(visits, say)
    material = with_groups(facts, material_of(facts, rows, order))
    systems.model.check(material.fingerprint)
    zero = np.zeros(rows.frame.height, np.int64)
    said: dict[str, Predictions] = {}
    for name, bundle in systems.named().items():
        margin = _margins(bundle, facts, order, rows)
        rates = probability(margin, bundle.manifest.calibration)
        said[name] = material.said(slice(None), margin=margin, probability=rates, fold=zero)
    recipe = order.recipe
    told = report(
        said, replicates=recipe.gate["replicates"], seed=order.seed, fair=recipe.gates["fair"]
    )
    first = min(rows.days).isoformat()
    past = systems.model.manifest.trained_until > first
    before = systems.baselines.get("last_week")
    told["list_before_weeks"] = 1 if before is None else before.lag_weeks
    told["standings"] = {
        one["group"]: standing(one, recipe.gates["fair"]) for one in told["by_group"]
    }
    told |= about(systems.model, order, "version") | {"counts": rows.counts}
    if visits:
        told["visits"] = visits
    return told | {"retrospective": past, "synthetic": any(f.batch.synthetic for f in facts)}


def _unsampled(order: Order) -> Any:
    """The recipe with every row kept: what is judged is judged whole."""
    recipe = order.recipe
    return replace(recipe, rows=replace(recipe.rows, most=10**12))


def _margins(bundle: Bundle, facts: Sequence[Facts], order: Order, rows: Rows) -> Any:
    """Margins row for row; of a bundle that looks back, those of the frame so many weeks before."""
    if not bundle.lag_weeks:
        return bundle.score(rows.frame).margin
    back = timedelta(weeks=bundle.lag_weeks)
    days = tuple(day - back for day in rows.days)
    then = frames(facts, replace(order, days=days))
    margin = bundle.score(then).margin
    was = then.select("area", "student_id", pl.col("as_of") + back).with_columns(m=margin)
    keys = ["area", "student_id", "as_of"]
    told = rows.frame.select(keys).join(was, on=keys, how="left", maintain_order="left")["m"]
    return told.fill_null(float(margin.min()) - 1.0 if len(margin) else 0.0).to_numpy()


def leave_areas_out(material: Material, trained: Trained, say: Say) -> list[dict[str, Any]]:
    """Each area judged by trees of the others at the setting and rounds chosen, beside what was said of
    the same rows by trees that knew its past: what a county never seen would lose."""
    order, periods = material.order, folds(material)
    seen = np.full(len(material.label), np.nan)
    judged = np.unique(np.concatenate([period.judge for period in periods]))
    seen[judged] = trained.systems[MODEL].margin
    chosen = trained.challenger.manifest.recipe
    growth = Growth(str(chosen["chosen"]), int(chosen["rounds"]), order.seed)
    never = never_seen(material, data_of(material), periods, growth, say)
    return dropped(material, seen, never, replicates=order.recipe.gate["replicates"])
