"""How good the reasons are, on a synthetic county: do they stand, do other ways of asking name the same.

    python -m benchmarks.explanations [--students 6000] [--draws 5] [--recipe training/recipe.toml] [--out DIR]

Synthetic data: the figures show that the machinery works and say nothing of children. A model is trained
on the county; the pupils looked at are those whom its list of 3 % would hold on the last day.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.build import build
from features.facts import open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from training.bundle import Bundle
from training.bundle.reasons import family_word
from training.explanation import (
    Agreement,
    Stability,
    beeswarm,
    breaches,
    by_bag,
    by_permutation,
    by_seed,
    compared,
    explanation,
    family_explanation,
    interventional,
    lines,
    since,
    stays,
    waterfall,
    what_if,
)
from training.material import Material
from training.recipe import HERE, Recipe
from training.rows import Order, gather
from training.run import material_of, train

SHARE = 0.03
HEAD = (
    "| | 学生 pupils | 次 models | 首位不变 first stays | 仍在前三 among three | 前三重合 overlap "
    "| 次序相关 ranks |"
)
SYNTHETIC = (
    "**演示数据，不反映真实学生。** 以下数字只说明程序能够运行。\n"
    "**Synthetic data.** The figures show that the machinery works; they say nothing of children."
)


@dataclass(frozen=True)
class Scene:
    """A trained model, the rows it was grown on, the last day's frame, the week before, the list."""

    material: Material
    bundle: Bundle
    frame: pl.DataFrame
    before: pl.DataFrame
    listed: pl.DataFrame


def scene(work: Path, chosen: argparse.Namespace) -> Scene:
    """A county made, a model trained; the list is the ``SHARE`` of the cohort with the highest estimates."""
    folder = work / "county"
    write_county(folder, County(chosen.students, seed=chosen.seed))
    facts = open_facts([folder], work)
    recipe = Recipe.read(chosen.recipe)
    order = Order(LAST_DAY, 8, name="explained", every_weeks=chosen.every_weeks, recipe=recipe)
    trained = train([facts], order)
    if trained.challenger.booster is None:
        raise SystemExit(f"no model: {trained.challenger.manifest.notice_en}")
    material = material_of([facts], gather([facts], order), order)
    frame, before = (build(facts, LAST_DAY - timedelta(weeks=w)) for w in (0, 1))
    margin = trained.challenger.score(frame).margin
    listed = np.argsort(-margin, kind="stable")[: max(round(SHARE * frame.height), 1)]
    return Scene(material, trained.challenger, frame, before, frame[listed.tolist()])


def stability(title: str, told: Stability) -> str:
    """One line of the first table."""
    figures = (told.first_stays, told.first_among_three, told.three_overlap, told.ranks)
    return f"| {title} | {told.pupils} | {told.models} | " + " | ".join(
        f"{one:.2f}" for one in figures
    )


def agreement(told: Agreement) -> list[str]:
    """A line a family: mean absolute part, the other way's, largest first."""
    ordered = sorted(told.own, key=lambda name: -told.own[name])
    return [
        f"| {family_word(name)} {family_word(name, 'en')} | {told.own[name]:.3f} | {told.other[name]:.3f} |"
        for name in ordered
    ]


def pictures(held: Scene, ways: dict[str, Stability], out: Path) -> None:
    """The figures as PNG, each with its footnote."""
    out.mkdir(parents=True, exist_ok=True)
    first = held.listed.head(1)
    grade = held.frame.filter(pl.col("grade") == first["grade"][0])
    drawn: dict[str, Any] = {
        "beeswarm": beeswarm(explanation(held.bundle, held.frame), synthetic=True),
        "waterfall": waterfall(family_explanation(held.bundle, first)[0], synthetic=True),
        "stays": stays(ways, synthetic=True),
        "what_if": lines(what_if(held.bundle, first, grade), synthetic=True),
    }
    for name, figure in drawn.items():
        figure.savefig(out / f"{name}.png")
        print(f"{out / name}.png")


def tell(held: Scene, draws: int, out: Path | None) -> None:
    """All tables, and the figures where a folder is given."""
    seeds, model = range(1, draws + 1), held.bundle
    ways = {
        "换种子 seeds": compared(model, by_seed(held.material, model, seeds), held.listed),
        "换学生 bags": compared(model, by_bag(held.material, model, seeds), held.listed),
    }
    print("\n## 依据稳不稳 Do reasons stand\n")
    print(HEAD + "\n| --- |" + " --- |" * 6)
    for title, one in ways.items():
        print(stability(title, one) + " |")
    apart = interventional(held.bundle, held.listed, held.frame)
    shuffled = by_permutation(held.bundle, held.frame)
    for title, told in (
        (f"拆开换值 interventional：首位相同 first same {apart.first_same:.2f}", apart),
        ("整类打乱 families shuffled", shuffled),
    ):
        print(f"\n## {title}，次序相关 ranks {told.ranks:.2f}\n")
        print("| 类别 family | 本法 own | 另法 other |\n| --- | --- | --- |")
        print("\n".join(agreement(told)))
    wrong = breaches(held.bundle, held.frame)
    print(f"\n违反方向的指标 indicators against their direction: {len(wrong)}")
    moved = since(held.bundle, held.listed, held.before)["rose"].value_counts(sort=True)
    print("\n与上周相比升高最多的类别 family that rose most since last week\n")
    for family, count in moved.iter_rows():
        print(f"- {family_word(family) if family else '几乎未变 hardly any change'}：{count}")
    if out is not None:
        pictures(held, ways, out)


def main() -> None:
    """Make, train, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--students", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every-weeks", type=int, default=2)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--recipe", type=Path, default=HERE)
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="explained") as work:
        held = scene(Path(work), chosen)
        print(f"# 依据的质量 Quality of reasons\n\n{SYNTHETIC}")
        tell(held, chosen.draws, chosen.out)


if __name__ == "__main__":
    main()
