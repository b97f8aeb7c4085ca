"""What is lost without an indicator that carries the signal is lost in the group that it describes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from tests.training.factories import COLUMNS, frame, groups, material, order, quick_recipe
from training.ablation import ALL, ablate
from training.assemble import folds, model, rule
from training.bundle import Column
from training.evaluate.page import page
from training.material import Material

CARE = Column(
    "left_behind_now", "left_behind", 0, background=True, label_zh="登记", label_en="registered"
)
POOR = pl.col("poverty_now") == 1


def held() -> Material:
    """Among pupils of poor households a registered new entry is what precedes leaving; care says nothing."""
    rows = frame(pupils=300, weeks=16, signal=0.6, rate=-4.2)
    drawn = np.random.default_rng(9)
    strong = pl.Series("s", drawn.uniform(size=len(rows)) < 0.12)
    lot = pl.Series("u", drawn.uniform(size=len(rows)))
    care = pl.Series(CARE.name, (drawn.uniform(size=len(rows)) < 0.3).astype(float))
    hit = POOR & strong
    told = rows.with_columns(
        care,
        label=pl.when(hit).then((lot < 0.6).cast(pl.Int8)).otherwise(pl.col("label")),
        poverty_now=pl.when(hit).then(2.0).otherwise(pl.col("poverty_now")),
    )
    inside = groups(told, poverty=pl.col("poverty_now") > 0, left_behind=pl.lit(False))
    whole = material(told, order=order(recipe=quick_recipe()), groups=inside)
    return replace(whole, columns=(*COLUMNS, CARE))


@cache
def table() -> list[dict[str, Any]]:
    given = held()
    periods = folds(given)
    made = model(given, periods, rule(given, notice=("。", ".")), lambda zh, en: None)
    return ablate(given, periods, made.challenger)


def test_each_family_and_all_are_taken_away() -> None:
    """One entry a family that has indicators, and one for all of them."""
    assert [one["without"] for one in table()] == ["poverty", "left_behind", ALL]
    assert table()[-1]["indicators"] == ["poverty_now", "left_behind_now"]


def test_what_carries_the_signal_is_missed() -> None:
    """Without it ranking is worse beyond chance, over all and in the group that it describes."""
    lost = table()[0]
    assert lost["average_precision"]["high"] < 0
    inside = lost["groups"][0]
    assert inside["group"] == "poverty"
    assert inside["average_precision"]["high"] < 0
    assert inside["recall_at_capacity"]["point"] < 0


def test_what_says_nothing_is_not_missed() -> None:
    """Without noise nothing is lost beyond chance; a group in which nobody left is counted only."""
    lost = table()[1]
    assert lost["average_precision"]["low"] <= 0.01
    assert lost["average_precision"]["high"] >= -0.01
    assert lost["groups"] == [{"group": "left_behind", "outcomes": 0}]


def test_without_groups_or_other_families_the_rest_is_still_told() -> None:
    """One family alone has no entry for all, and without groups nothing is said inside them."""
    given = replace(material(order=order(recipe=quick_recipe())), columns=COLUMNS)
    periods = folds(given)
    made = model(given, periods, rule(given, notice=("。", ".")), lambda zh, en: None)
    told = ablate(given, periods, made.challenger)
    assert [one["without"] for one in told] == ["poverty"]
    assert told[0]["groups"] == []


def test_the_page_tells_of_it() -> None:
    """The page has a table of what is lost, in both languages, and of who was too few."""
    given = held()
    made = model(given, folds(given), rule(given, notice=("。", ".")), lambda zh, en: None)
    report = json.loads(made.challenger.files["report.json"]) | {"ablation": table()}
    text = page(report)
    assert "去掉这些指标的得失" in text
    assert "人数过少" in text
    assert "| 家庭经济登记 poverty |" in text
    assert "## 各类学生 By group" in text
    assert "家庭经济困难登记学生" in text
    assert "不足以判断" in text
