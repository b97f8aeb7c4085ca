"""A second real source through the same training code, with an indicator set of its own: UCI 697.

    python -m benchmarks.uci697 [--data ../shared/data/uci697/uci697.parquet] [--seeds 3]

4,424 students of one polytechnic, no dates: who dropped out against the rest, five folds, three seeds. Not
a weekly course: it shows that fitting, calibration, baselines and groups hold on other data than they were
made with. Data: Martins et al. 2021; Realinho et al., Data 7:146 (2022), CC BY 4.0. `Tuition fees up to
date` is partly a consequence of leaving, so every set is shown without it too.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.model_selection import StratifiedKFold

from training import calibrate, opponents
from training.assemble import data_of
from training.bundle import Column
from training.bundle.calibration import probability
from training.evaluate import MODEL, compare
from training.evaluate.report import by_column
from training.fit import search
from training.folds import Fold
from training.labels import STANDINGS
from training.material import Material
from training.metrics import measure
from training.predictions import Predictions
from training.recipe import Recipe
from training.rows import Order, Rows

RECIPE = Recipe.read(Path(__file__).with_name("uci697.toml"))
DAY = date(2021, 1, 1)
#: Never inputs of the product; in here only for the benchmark's own figure "all columns".
NEVER = ("gender", "nacionality", "international", "mother_s_", "father_s_", "marital_status")
FEES = "tuition_fees_up_to_date"
SECOND, FIRST = "curricular_units_2nd_sem", "curricular_units_1st_sem"
GROUPS = {"gender": "sex", "displaced": "displaced", "educational_special_needs": "special needs"}
#: Share of the students that a list holds when groups are compared.
SHARE = 0.10


def slug(name: str) -> str:
    """A column's name as an indicator's."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def table(path: Path) -> pl.DataFrame:
    """The students as rows of the product: keys, indicators as numbers, label."""
    raw = pl.read_parquet(path)
    named = raw.rename({name: slug(name) for name in raw.columns})
    return named.with_row_index("n").select(
        pl.format("U{}", "n").alias("student_id"),
        pl.lit(DAY).alias("as_of"),
        pl.col("course").cast(pl.String).alias("school_id"),
        pl.lit("1").alias("class_id"),
        pl.lit("1").alias("grade"),
        pl.exclude("n", "target").cast(pl.Float64),
        (pl.col("target") == "Dropout").cast(pl.Int8).alias("label"),
        pl.lit(1.0).alias("weight"),
        pl.lit(DAY).alias("window_end"),
        pl.when(pl.col("age_at_enrollment") >= 25)
        .then(pl.lit("25+"))
        .otherwise(pl.lit("<25"))
        .alias("age"),
    )


@dataclass(frozen=True)
class Set:
    """A set of columns to learn from."""

    title: str
    without: tuple[str, ...] = ()

    def columns(self, frame: pl.DataFrame) -> tuple[Column, ...]:
        """Those of the frame that are in it."""
        keys = {"student_id", "as_of", "school_id", "class_id", "grade", "label", "weight",
                "window_end", "age"}  # fmt: skip
        names = [c for c in frame.columns if c not in keys and not c.startswith(self.without)]
        return tuple(Column(name, "record", 0) for name in names)


SETS = (
    Set("all columns (benchmark only)"),
    Set("without sex, nationality, parents, marital status", NEVER),
    Set("the same, without tuition fees", (*NEVER, FEES)),
    Set("to the end of semester 1, all", (SECOND,)),
    Set("to the end of semester 1, product", (*NEVER, SECOND)),
    Set("at enrolment, all", (SECOND, FIRST)),
    Set("at enrolment, product", (*NEVER, SECOND, FIRST)),
)


def periods(label: np.ndarray, seed: int) -> list[Fold]:
    """Five folds of students."""
    parts = StratifiedKFold(5, shuffle=True, random_state=seed).split(label, label)
    return [Fold(DAY, train, judge, "by_school") for train, judge in parts]


def judged(frame: pl.DataFrame, columns: tuple[Column, ...], seed: int) -> dict[str, Predictions]:
    """What the model and the baselines that these data allow said of students left out."""
    counts = dict.fromkeys(STANDINGS, 0)
    order = Order(DAY, None, name="uci697", seed=seed, recipe=RECIPE)
    material = Material(Rows(frame, counts, (DAY,)), columns, "", order, ("Dropout",))
    folds = periods(material.label, seed)
    choice = search(data_of(material), folds, RECIPE, seed=seed, threads=2)
    rates, _ = calibrate.fit(
        material.label, choice.margin, weight=material.weight, fold=choice.fold
    )
    told = probability(choice.margin, rates)
    every = slice(None)
    ours = material.said(every, margin=choice.margin, probability=told, fold=choice.fold)
    rows = frame.select("student_id", "as_of", "school_id", "age", *GROUPS)
    ours = Predictions(rows, ours.label, ours.margin, ours.probability, ours.weight, ours.fold)
    return {MODEL: ours} | opponents.walked(material, folds, choice.fold, choice.margin)


def mean(found: Sequence[dict[str, float]], name: str) -> float:
    """Over the seeds."""
    return float(np.mean([one[name] for one in found]))


def groups(p: Predictions) -> None:
    """Recall, false alarms and calibration of each group, k anew in every group and in one list."""
    print(f"\nGroups, lists of {SHARE:.0%}, without sex, nationality, parents, marital status\n")
    print("| group | n / dropouts | recall | precision | recall in one list | said | seen |")
    print("| --- |" + " --- |" * 6)
    for column, title in {**GROUPS, "age": "age"}.items():
        for one in by_column(p, column, SHARE):
            shown = " | ".join(
                f"{one[m]:.3f}" for m in ("recall", "precision", "recall_in_all", "said", "seen")
            )
            print(f"| {title} {one['value']} | {one['rows']:,} / {one['outcomes']} | {shown} |")


def main() -> None:
    """Every set, every seed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/uci697/uci697.parquet"))
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    if not chosen.data.is_file():
        raise SystemExit(f"no such file: {chosen.data}; give --data")
    frame = table(chosen.data)
    print(f"UCI 697: {frame.height:,} students, {frame['label'].sum():,} dropped out; 5 folds\n")
    print("| columns | n | AUC | AP | calibration error | Brier skill | logistic AUC |")
    print("| --- |" + " --- |" * 6)
    kept: Predictions | None = None
    for one in SETS:
        columns = one.columns(frame)
        runs = [judged(frame, columns, seed) for seed in range(chosen.seeds)]
        ours = [measure(run[MODEL]) for run in runs]
        theirs = [measure(run["logistic"]) for run in runs]
        shown = ("auc", "average_precision", "calibration_error", "brier_skill")
        cells = " | ".join(f"{mean(ours, name):.4f}" for name in shown)
        print(f"| {one.title} | {len(columns)} | {cells} | {mean(theirs, 'auc'):.4f} |", flush=True)
        if one is SETS[1]:
            kept = runs[0][MODEL]
            said = compare(runs[0], MODEL, replicates=200, seed=0)["against"]
    assert kept is not None
    groups(kept)
    print("\nModel less each other, average precision [95 %, students]\n")
    for name, differences in said.items():
        d = differences["average_precision"]
        print(f"{name}: {d['point']:+.4f} [{d['low']:+.4f}, {d['high']:+.4f}]")


if __name__ == "__main__":
    main()
