"""Evidence on real data: the product's own commands on the Open University files, beside two opponents.

    python -m benchmarks.oulad [--data ../shared/data/oulad] [--work DIR] [--variants 4w,end]

Trains on 2013B + 2013J and tests on 2014B through `convert`, `train`, `weekly` and `scores`. In the same
run: a plain LightGBM on raw columns (one week's rows at a time) and the rule "days since last activity".
Beside them the five baselines of every report, by `evaluate` on the four weeks together.
Intervals are bootstrap over students. The outcome is counted here from the original files, not by the product.
Data: Kuzilek, Hlosta, Zdrahal, Sci Data 4:170171 (2017), CC BY 4.0. An analogue, not school children.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import lightgbm as lgb
import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, roc_auc_score

WEEKS = (4, 8, 12, 16)
DAY0 = {"B": (2, 1), "J": (10, 1)}
TRAIN, TEST = ("2013B", "2013J"), "2014B"
AFTER_ALL, REAL_START = date(2014, 12, 31), date(2014, 2, 1)
HORIZON_DAYS = {"4w": 28, "end": 100_000}
REPLICATES = 200
RECALLS = ("recall_at_5", "recall_at_10", "recall_at_capacity")
KEY = ["code_module", "code_presentation", "id_student"]
Array = np.ndarray


@dataclass(frozen=True)
class Raw:
    """The original files, with undated withdrawals left out as the protocol says."""

    people: pl.DataFrame
    clicks: pl.DataFrame
    marks: pl.DataFrame

    @classmethod
    def read(cls, folder: Path) -> Raw:
        """The files needed here."""
        info = pl.read_parquet(folder / "studentInfo.parquet")
        people = info.join(pl.read_parquet(folder / "studentRegistration.parquet"), on=KEY).filter(
            ~((pl.col("final_result") == "Withdrawn") & pl.col("date_unregistration").is_null())
        )
        work = pl.read_parquet(folder / "assessments.parquet").select(
            *KEY[:2], "id_assessment", pl.col("date").alias("due")
        )
        marks = (
            pl.read_parquet(folder / "studentAssessment.parquet")
            .filter(pl.col("is_banked") == 0)
            .join(work, on="id_assessment")
        )
        # one order whichever way the join went: trees see ties in the order of their rows
        return cls(people.sort(KEY), pl.read_parquet(folder / "studentVle_daily.parquet"), marks)


def asked(raw: Raw, presentations: tuple[str, ...], *, week: int, horizon: str) -> pl.DataFrame:
    """Who is asked about at the end of a week, and whether they unregistered within the horizon."""
    day = 7 * week
    gone = pl.col("date_unregistration")
    return raw.people.filter(
        pl.col("code_presentation").is_in(presentations)
        & (pl.col("date_registration").fill_null(0) <= day)
        & (gone.is_null() | (gone > day))
    ).with_columns(
        (gone.is_not_null() & (gone <= day + HORIZON_DAYS[horizon])).cast(pl.Int8).alias("y"),
        pl.concat_str(KEY, separator="-").alias("student_id"),
    )


def raw_columns(raw: Raw, people: pl.DataFrame, week: int) -> pl.DataFrame:
    """What anybody would put in first: totals of clicks by kind, mean mark, what the form says."""
    day = 7 * week
    kinds = [c for c in raw.clicks.columns if c not in {*KEY, "date"}]
    clicks = (
        raw.clicks.filter(pl.col("date") <= day)
        .with_columns(pl.col("id_student").cast(pl.Int64))
        .group_by(KEY)
        .agg(*[pl.col(k).cast(pl.Int64).sum() for k in kinds], last_day=pl.col("date").max())
    )
    marks = (
        raw.marks.filter(pl.col("date_submitted") <= day - 7)
        .group_by(KEY)
        .agg(mean_score=pl.col("score").mean(), handed_in=pl.len())
    )
    static = ["num_of_prev_attempts", "studied_credits", "date_registration"]
    words = ["imd_band", "highest_education", "disability"]
    return (
        # in the order of the alphabet: codes of a dictionary hang on which word came first
        people.select(*KEY, *static, *[pl.col(c).rank("dense") for c in words])
        .join(clicks, on=KEY, how="left", maintain_order="left")
        .join(marks, on=KEY, how="left", maintain_order="left")
    ).drop(KEY)


def plain_lightgbm(raw: Raw, *, week: int, horizon: str) -> Array:
    """An untuned LightGBM on raw columns of the same week of 2013, scored on 2014B."""
    train = asked(raw, TRAIN, week=week, horizon=horizon)
    test = asked(raw, (TEST,), week=week, horizon=horizon)
    both = raw_columns(raw, pl.concat([train, test]), week).cast(pl.Float64).to_numpy()
    model = lgb.LGBMClassifier(
        n_estimators=100,
        learning_rate=0.05,
        num_leaves=15,
        random_state=1,
        num_threads=2,
        verbose=-1,
    )
    model.fit(both[: len(train)], train["y"].to_numpy())
    probability: Array = model.predict_proba(both[len(train) :])[:, 1]
    return probability


def days_since(raw: Raw, *, week: int, horizon: str) -> Array:
    """The rule: days since last activity; those never active come first."""
    test = asked(raw, (TEST,), week=week, horizon=horizon)
    last = raw_columns(raw, test, week)["last_day"].fill_null(-1000)
    rule: Array = (7 * week - last).to_numpy().astype(float)
    return rule


def baoxue(home: Path, *arguments: str) -> str:
    """One command of the product, in a home of its own; its output is shown as it comes."""
    print(f"  $ baoxue {' '.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "baoxue", *arguments],
        env={**os.environ, "BAOXUE_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{done.stdout}\n{done.stderr}\nexit {done.returncode}")
    return done.stdout


def iso_week(day: date) -> str:
    """The name of the day's week."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def product(work: Path, *, horizon: str, until: date) -> dict[int, pl.DataFrame]:
    """student_id and probability by week, through the product's own commands."""
    home = work / f"home-{horizon}-{until:%Y%m%d}"
    weeks = "end" if horizon == "end" else "4"
    baoxue(
        home, "train", str(work / "train"), "--until", until.isoformat(), "--horizon-weeks", weeks,
        "--name", "oulad", "--workers", "2",
    )  # fmt: skip
    found = {}
    for week in WEEKS:
        day = date(2014, *DAY0["B"]) + timedelta(days=7 * week)
        out = work / f"scores-{horizon}-{until:%Y%m%d}-{week}.parquet"
        baoxue(home, "weekly", str(work / "test"), "--as-of", day.isoformat(), "--model", "oulad/1")
        baoxue(home, "scores", "--week", iso_week(day), "--out", str(out))
        found[week] = pl.read_parquet(out).select("student_id", "probability")
    return found


def figures(y: Array, score: Array) -> tuple[float, float]:
    """AUC and average precision."""
    return float(roc_auc_score(y, score)), float(average_precision_score(y, score))


def interval(y: Array, score: Array) -> tuple[float, float]:
    """95 % of AUC under resampling of students."""
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, len(y), len(y)) for _ in range(REPLICATES)]
    aucs = [roc_auc_score(y[i], score[i]) for i in drawn if y[i].any()]
    low, high = np.quantile(aucs, [0.025, 0.975])
    return float(low), float(high)


def at_share(y: Array, score: Array, share: float) -> tuple[float, float]:
    """Precision and recall of the first ``share`` by score."""
    k = int(np.ceil(share * len(y)))
    hits = y[np.argsort(-score, kind="stable")[:k]].sum()
    return float(hits / k), float(hits / max(y.sum(), 1))


def table(raw: Raw, scores: dict[int, pl.DataFrame], horizon: str, title: str) -> None:
    """One table of the protocol: the product, the plain model and the rule, week by week."""
    print(f"\n{title}")
    print(
        "| week | n / positives | AUC [95 %] | AP | P@10 % | R@10 % | plain AUC / AP | rule AUC / AP |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    rows = []
    for week in WEEKS:
        test = asked(raw, (TEST,), week=week, horizon=horizon)
        joined = test.join(scores[week], on="student_id", how="left", maintain_order="left")
        assert joined["probability"].null_count() == 0, "somebody asked about has no estimate"
        assert len(scores[week]) == len(test), "somebody not asked about has an estimate"
        y, score = test["y"].to_numpy(), joined["probability"].to_numpy()
        auc, ap = figures(y, score)
        low, high = interval(y, score)
        precision, recall = at_share(y, score, 0.10)
        plain = figures(y, plain_lightgbm(raw, week=week, horizon=horizon))
        rule = figures(y, days_since(raw, week=week, horizon=horizon))
        rows.append((auc, ap, *plain, *rule))
        print(
            f"| {week} | {len(y):,} / {int(y.sum())} | {auc:.3f} [{low:.3f}, {high:.3f}] | {ap:.3f} "
            f"| {precision:.3f} | {recall:.3f} | {plain[0]:.3f} / {plain[1]:.3f} "
            f"| {rule[0]:.3f} / {rule[1]:.3f} |"
        )
    m = np.mean(rows, axis=0)
    print(
        f"| mean | | {m[0]:.3f} | {m[1]:.3f} | | | {m[2]:.3f} / {m[3]:.3f} | {m[4]:.3f} / {m[5]:.3f} |",
        flush=True,
    )


def beside(work: Path, *, horizon: str, until: date) -> None:
    """The version and its five baselines on the four weeks together, by the product's own `evaluate`."""
    home = work / f"home-{horizon}-{until:%Y%m%d}"
    start = date(2014, *DAY0["B"])
    days = [x for w in WEEKS for x in ("--as-of", (start + timedelta(days=7 * w)).isoformat())]
    told = baoxue(
        home, "evaluate", str(work / "test"), "--version", "1", "--name", "oulad",
        "--until", AFTER_ALL.isoformat(), *days, "--json",
    )  # fmt: skip
    report = json.loads(told)
    compared, measures = report["compared"], ("auc", "average_precision", *RECALLS)
    print(
        f"\nThe four weeks together, {report['rows']:,} rows, {report['outcomes']} students with the outcome"
        f" (paired bootstrap over {compared['clusters']:,} students, {compared['replicates']} times)\n"
    )
    print("| | AUC | AP | R@5 % | R@10 % | R@3 % by module | ECE | Brier skill |")
    print("| --- |" + " --- |" * 7)
    for name, said in report["systems"].items():
        shown = [said.get(m) for m in (*measures, "calibration_error", "brier_skill")]
        print(f"| {name} | " + " | ".join("" if v is None else f"{v:.4f}" for v in shown) + " |")
    print("\nModel less each other [95 %]\n")
    print("| | AUC | AP | R@5 % | R@10 % | R@3 % by module |")
    print("| --- |" + " --- |" * 5)
    for name, said in compared["against"].items():
        cells = [
            f"{said[m]['point']:+.3f} [{said[m]['low']:+.3f}, {said[m]['high']:+.3f}]"
            for m in measures
        ]
        print(f"| {name} | " + " | ".join(cells) + " |")
    print("\n| as of | calibration error | Brier skill |\n| --- | --- | --- |")
    for day in report["by_day"]:
        print(f"| {day['as_of']} | {day['calibration_error']:.4f} | {day['brier_skill']:+.4f} |")
    print(flush=True)


def main() -> None:
    """Run every variant and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/oulad"))
    parser.add_argument("--work", type=Path, default=None)
    parser.add_argument("--variants", default="4w,end,4w-until,end-until")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        raise SystemExit(f"no Open University files in {chosen.data}; give --data")
    work = chosen.work or Path(tempfile.mkdtemp(prefix="baoxue-oulad-"))
    raw = Raw.read(chosen.data)
    for name, presentations in (("train", ",".join(TRAIN)), ("test", TEST)):
        if not (work / name).is_dir():
            baoxue(
                work, "convert", "oulad", str(chosen.data), str(work / name),
                "--presentations", presentations,
            )  # fmt: skip
    for variant in chosen.variants.split(","):
        horizon, _, known = variant.partition("-")
        until = REAL_START if known else AFTER_ALL
        started = time.perf_counter()
        scores = product(work, horizon=horizon, until=until)
        said = "known by the real start of 2014B" if known else "all of 2013B + 2013J"
        table(
            raw, scores, horizon, f"2014B, horizon {horizon}, trained on {said} (--until {until})"
        )
        beside(work, horizon=horizon, until=until)
        print(f"({time.perf_counter() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
