"""The whole course: from recorded facts to a bundle, each step a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from features.build import build
from features.facts import Facts
from training import assemble
from training.foresight import look
from training.groups import groups_of
from training.material import Material, Trained
from training.rows import Order, Rows, Say, catalogue_of, columns_of, gather
from training.sums import one_thread
from training.visited import guarded

REFUSED = (
    "模型未通过检验，本名单按出勤规则生成。",
    "The model did not pass its test; this list is made by the attendance rule.",
)


@one_thread()
def train(facts: Sequence[Facts], order: Order, say: Say = lambda zh, en: None) -> Trained:
    """Train on what was known by ``order.until``; where nothing can be learned, the rule comes back."""
    rows = gather(facts, order, say)
    say_counts(rows, say)
    rows, visits = guarded(facts, rows, order)
    say_visits(visits, say)
    material = with_groups(facts, replace(material_of(facts, rows, order), visits=visits))
    periods = assemble.folds(material) if enough(rows, order) else []
    if not periods:
        say(*to_the_analyst(rows, order))
        today = _today(facts, rows, order)
        simple = assemble.rule(material, notice=on_lists(rows, order), today=today)
        return Trained(simple, simple, today)
    material = replace(material, looked=look(facts, order, rows))
    simple = assemble.rule(material, notice=REFUSED)
    return replace(assemble.model(material, periods, simple, say), material=material)


def enough(rows: Rows, order: Order) -> bool:
    """True where as many pupils had the outcome as the recipe asks for."""
    return rows.outcomes >= order.recipe.rows.fewest_outcomes


def too_little(rows: Rows, order: Order) -> tuple[str, str]:
    """Why no model was fitted, in a clause of either language."""
    fewest = order.recipe.rows.fewest_outcomes
    if not enough(rows, order):
        return (
            f"截至{order.until}，可用记录中出现约定结果的学生有{rows.outcomes}名（至少需要{fewest}名），"
            "不足以训练模型",
            f"By {order.until} the records hold {rows.outcomes} pupils with the outcome (at least"
            f" {fewest} are needed): too few to fit a model",
        )
    return (
        f"截至{order.until}，记录的时间跨度不足以先训练后检验",
        f"By {order.until} the records do not span enough weeks to train on some and test on later ones",
    )


def on_lists(rows: Rows, order: Order) -> tuple[str, str]:
    """What the rule's lists say of why it makes them."""
    zh, en = too_little(rows, order)
    return (
        f"{zh}；本名单按出勤规则生成。积累记录后再训练即可。",
        f"{en}. This list is made by the attendance rule. Train again when more has been recorded.",
    )


def to_the_analyst(rows: Rows, order: Order) -> tuple[str, str]:
    """What training says: a model may serve on whatever came of this one; and what would help."""
    zh, en = too_little(rows, order)
    help_zh, help_en = ["积累记录后再训练"], ["Train again when more has been recorded"]
    if enough(rows, order):
        help_zh += ["缩短预测周数（--horizon-weeks）"]
        help_en += ["with a shorter horizon (--horizon-weeks)"]
    if order.every_weeks > 1:
        help_zh += ["减小 --every-weeks"]
        help_en += ["with a smaller --every-weeks"]
    return (
        f"{zh}；登记的是出勤规则。可以{'，或'.join(help_zh)}。",
        f"{en}. What is registered is the attendance rule. {', or '.join(help_en)}.",
    )


def say_counts(rows: Rows, say: Say) -> None:
    """How many rows stand where: nothing is left out in silence."""
    c = rows.counts
    say(
        f"样本：出现结果 {c['positive']}，未出现 {c['negative']}；合法离校 {c['exit']}，"
        f"去向未明 {c['unresolved']}，事后得知已离校 {c['already'] + c['gone']}，"
        f"观察期未满 {c['immature']}（后四类不参加训练）。",
        f"Rows: {c['positive']} with the outcome, {c['negative']} without; left out: {c['exit']} lawful"
        f" exits, {c['unresolved']} unresolved leaves, {c['already'] + c['gone']} already gone as"
        f" learned later, {c['immature']} not yet mature.",
    )


def say_visits(visits: Sequence[Mapping[str, Any]], say: Say) -> None:
    """How many rows a visit may have changed: training must not learn that visited pupils are safe."""
    for one in visits:
        say(
            f"{one['area']}：记录走访{one['visits']}次，可能因此改变结果的{one['rows_taken_out']}行不参加训练"
            + (
                "，由情况相近的学生代表。"
                if one["handling"] == "ipcw"
                else "（取样不是每周一次，无法由情况相近的学生代表）。"
            ),
            f"{one['area']}: {one['visits']} visits recorded; {one['rows_taken_out']} rows whose outcome"
            " they may have changed are left out"
            + (
                ", pupils like them stand for them."
                if one["handling"] == "ipcw"
                else " (rows are not weekly, so pupils like them cannot stand for them)."
            ),
        )


def material_of(facts: Sequence[Facts], rows: Rows, order: Order) -> Material:
    """The rows of these facts, with what a manifest says about where they came from."""
    catalogue = catalogue_of(facts)
    extracts = hashlib.sha256("\n".join(one.digest for one in facts).encode()).hexdigest()
    return Material(
        rows,
        columns_of(catalogue),
        catalogue.fingerprint,
        order,
        tuple(dict.fromkeys(name for one in facts for name in one.batch.outcome)),
        lag_days=max(one.batch.largest_lag for one in facts),
        synthetic=any(one.batch.synthetic for one in facts),
        extracts=extracts,
    )


def with_groups(facts: Sequence[Facts], material: Material) -> Material:
    """The same with who belonged to which group: for figures alone."""
    rows = material.rows
    found = groups_of(facts, rows.days, until=material.order.until, among=rows.frame)
    return replace(material, groups=found)


def _today(facts: Sequence[Facts], rows: Rows, order: Order) -> pl.DataFrame:
    """The rows; where there are none the cohort as of the last day, to fit the rule's cuts to."""
    if rows.frame.height:
        return rows.frame
    catalogue = catalogue_of(facts)
    built = [
        build(one, order.until, engine=order.engine).select("student_id", *catalogue.names)
        for one in facts
    ]
    return pl.concat(built)
