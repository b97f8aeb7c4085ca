"""What training choices are made on: Open University 2013 alone, what was not learned from judged.

    python -m benchmarks.oulad_2013 [--data ../shared/data/oulad] [--work DIR] [--by presentation]
                                    [--rounds 350] [--seeds 1]

Leaves within four weeks, weekly rows through the product's own `convert` and indicators. Every setting of the
recipe, and those that serve together: AUC and average precision, each a mean over the weeks 3 to 20, and the
difference in average precision of all those weeks' rows to the first setting, 95 % by paired bootstrap over
students. `--by presentation`: grown on 2013B and judged on 2013J, and the other way round. `--by class`: each
of the nine classes judged by trees grown on the eight others. Nothing of 2014 is read: that is for
`benchmarks.oulad`. Data: Kuzilek, Hlosta, Zdrahal, Sci Data 4:170171 (2017), CC BY 4.0. An analogue, not
school children.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.oulad import AFTER_ALL, DAY0, TRAIN, baoxue
from features.facts import open_areas
from training.assemble import data_of
from training.bundle.score import matrix
from training.evaluate.paired import precision_less
from training.fit import Data, Growth, drawn, grown
from training.material import Material
from training.predictions import Predictions
from training.rows import Order, Rows, gather
from training.run import material_of

WEEKS = range(3, 21)
REPLICATES = 300


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


def parts(frame: pl.DataFrame, by: str) -> list[np.ndarray]:
    """The rows of each presentation, or of each class."""
    if by == "class":
        return [(frame["class_id"] == one).to_numpy() for one in sorted(set(frame["class_id"]))]
    return [frame["student_id"].str.contains(one).to_numpy() for one in TRAIN]


Grow = Callable[[Data], lightgbm.Booster]


def said(material: Material, by: str, grow: Grow) -> np.ndarray:
    """The margin of every row, said by what ``grow`` learned from the other parts."""
    frame = material.rows.frame
    names = tuple(column.name for column in material.columns)
    margin = np.full(len(frame), np.nan)
    for mine in parts(frame, by):
        other = replace(material, rows=Rows(frame.filter(~mine), {}, ()))
        x = matrix(frame.filter(mine), names)
        margin[mine] = grow(data_of(other)).predict(x, raw_score=True)
    return margin


def settings(
    material: Material, by: str, *, rounds: int, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Each setting and its margins; those of joints are sums of their parts' (as joined boosters say)."""
    recipe = material.order.recipe.tried(material.rows.outcomes)
    alone: dict[str, np.ndarray] = {}
    for name, mix in recipe.mixes().items():
        if name in recipe.candidates:
            growth = Growth(name, rounds, seed)
            alone[name] = said(material, by, lambda data, g=growth: grown(data, recipe, g))
            yield name, alone[name]
            continue
        lines = said(material, by, lambda data, m=mix: drawn(data, recipe, m))
        yield "lines", lines
        trees = np.mean([alone[one] for one in mix.of], axis=0)
        yield name, (1 - mix.line) * trees + mix.line * lines


def judged(frame: pl.DataFrame, margin: np.ndarray, here: str) -> np.ndarray:
    """Mean AUC and average precision over the weeks of one presentation."""
    mine = frame["student_id"].str.contains(here).to_numpy()
    label, weeks = frame["label"].to_numpy(), week_of(frame, here)
    told = [
        (roc_auc_score(label[at], margin[at]), average_precision_score(label[at], margin[at]))
        for at in (mine & (weeks == week) for week in WEEKS)
    ]
    mean: np.ndarray = np.mean(told, axis=0)
    return mean


def differs(frame: pl.DataFrame, first: np.ndarray, margin: np.ndarray, here: str) -> str:
    """Average precision of all the weeks' rows together less that of ``first``, with its interval."""
    mine = frame["student_id"].str.contains(here).to_numpy()
    at = mine & np.isin(week_of(frame, here), WEEKS)
    rows = frame.filter(at).select("student_id", "as_of", "school_id")
    label, one = frame["label"].to_numpy()[at].astype(float), np.ones(int(at.sum()))
    ours, theirs = (
        Predictions(rows, label, m[at], m[at], one, np.zeros(len(one), np.int64))
        for m in (margin, first)
    )
    found = precision_less(ours, theirs, replicates=REPLICATES, seed=1)
    return f"{found['point']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]"


def main() -> None:
    """Print one row a setting."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/oulad"))
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--by", choices=("presentation", "class"), default="presentation")
    parser.add_argument("--rounds", type=int, default=350)
    parser.add_argument("--seeds", type=int, default=1)
    chosen = parser.parse_args()
    work = chosen.work or Path(tempfile.mkdtemp(prefix="baoxue-oulad-"))
    show(learned(chosen.data, work), chosen.by, rounds=chosen.rounds, seeds=chosen.seeds)


def show(material: Material, by: str, *, rounds: int, seeds: int) -> None:
    """One row a setting; with several seeds their mean, and intervals of the first."""
    frame = material.rows.frame
    print("| setting | 2013J AUC / AP | 2013B AUC / AP | mean | AP less the first, 2013J | 2013B |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    walks = [settings(material, by, rounds=rounds, seed=seed) for seed in range(seeds)]
    first: np.ndarray | None = None
    for told in zip(*walks, strict=True):
        margins = [margin for _, margin in told]
        both = [np.mean([judged(frame, m, here) for m in margins], axis=0) for here in TRAIN[::-1]]
        cells = [f"{auc:.4f} / {ap:.4f}" for auc, ap in (*both, np.mean(both, axis=0))]
        first = margins[0] if first is None else first
        less = [differs(frame, first, margins[0], here) for here in TRAIN[::-1]]
        print(f"| {told[0][0]} | " + " | ".join(cells + less) + " |", flush=True)


if __name__ == "__main__":
    main()
