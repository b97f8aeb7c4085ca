"""What training choices are made on: Open University 2013 alone, one presentation judged by the other.

    python -m benchmarks.oulad_2013 [--data ../shared/data/oulad] [--work DIR] [--rounds 350] [--seeds 1]

Leaves within four weeks, weekly rows through the product's own `convert` and indicators. Every setting of the
recipe, and those that serve together, grown on 2013B and judged on 2013J and the other way round: AUC and
average precision, each a mean over the weeks 3 to 20. Nothing of 2014 is read: that is for `benchmarks.oulad`.
Data: Kuzilek, Hlosta, Zdrahal, Sci Data 4:170171 (2017), CC BY 4.0. An analogue, not school children.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.oulad import AFTER_ALL, DAY0, TRAIN, baoxue
from features.facts import open_areas
from training.assemble import data_of
from training.bundle.score import matrix
from training.fit import Growth, grown
from training.material import Material
from training.rows import Order, Rows, gather
from training.run import material_of

WEEKS = range(3, 21)


def learned(data: Path, work: Path) -> Material:
    """All rows of 2013 with their outcomes."""
    folder = work / "train"
    if not folder.is_dir():
        names = ",".join(TRAIN)
        baoxue(work, "convert", "oulad", str(data), str(folder), "--presentations", names)
    facts = open_areas([folder], work / "home-2013")
    order = Order(AFTER_ALL, 4, name="oulad")
    return material_of(facts, gather(facts, order), order)


def week_of(frame: pl.DataFrame, presentation: str) -> np.ndarray:
    """The nearest week of the presentation by row."""
    begin = date(int(presentation[:4]), *DAY0[presentation[4]])
    days = (frame["as_of"] - begin).dt.total_days().to_numpy()
    weeks: np.ndarray = np.rint(days / 7).astype(int)
    return weeks


def judged(material: Material, name: str, *, here: str, rounds: int, seed: int) -> np.ndarray:
    """Mean AUC and average precision on ``here`` of trees grown on the other presentation."""
    frame = material.rows.frame
    mine = frame["student_id"].str.contains(here)
    other = replace(material, rows=Rows(frame.filter(~mine), {}, ()))
    booster = grown(data_of(other), material.order.recipe, Growth(name, rounds, seed))
    test = frame.filter(mine)
    x = matrix(test, tuple(column.name for column in material.columns))
    margin, label = np.asarray(booster.predict(x, raw_score=True)), test["label"].to_numpy()
    weeks = week_of(test, here)
    told = [
        (roc_auc_score(label[at], margin[at]), average_precision_score(label[at], margin[at]))
        for at in (weeks == week for week in WEEKS)
    ]
    mean: np.ndarray = np.mean(told, axis=0)
    return mean


def main() -> None:
    """Print one row a setting."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/oulad"))
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=350)
    parser.add_argument("--seeds", type=int, default=1)
    chosen = parser.parse_args()
    work = chosen.work or Path(tempfile.mkdtemp(prefix="baoxue-oulad-"))
    material = learned(chosen.data, work)
    recipe = material.order.recipe.tried(material.rows.outcomes)
    print("| setting | judged on 2013J AUC / AP | judged on 2013B AUC / AP | mean |")
    print("| --- | --- | --- | --- |", flush=True)
    for name in recipe.mixes():
        both = [
            np.mean(
                [
                    judged(material, name, here=here, rounds=chosen.rounds, seed=seed)
                    for seed in range(chosen.seeds)
                ],
                axis=0,
            )
            for here in TRAIN[::-1]
        ]
        cells = [f"{auc:.4f} / {ap:.4f}" for auc, ap in (*both, np.mean(both, axis=0))]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
