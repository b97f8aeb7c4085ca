"""Exact contributions for everybody: tables against LightGBM's pred_contrib and shap, in one run, as ratios.

    python -m benchmarks.contributions [--rows 20000] [--depth 5 6] [--trees 400] [--leaves 15]
                                       [--width 60] [--threads 2] [--full]
    python -m benchmarks.contributions --bundle DIR [--rows 20000]

Synthetic rows (counts, shares, measures, empty cells). ``--full`` takes 850,000 rows; pred_contrib is asked
about every row up to ``--slow`` rows and the rest by proportion, which is said. Times are CPU seconds, since
the machine may be shared; both sides have the same threads. The clock's
seconds stand beside. The block is compiled before anything is timed; what that takes is printed first.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import lightgbm
import numpy as np
from numpy.typing import NDArray

from training.bundle import Bundle
from training.bundle.tables import Tables, build, contributions, from_bytes, made, to_bytes
from training.fit import text_of

Array = NDArray[np.float64]
CITY = 850_000
#: Fewer rows than this compile nothing by themselves.
ENOUGH = 8192


@dataclass(frozen=True)
class Cost:
    """What a call took."""

    cpu: float
    clock: float
    rows: int

    def of(self, rows: int) -> float:
        """CPU seconds for so many rows, by proportion."""
        return self.cpu * rows / self.rows


def drawn(rows: int, width: int, seed: int) -> Array:
    """Counts, shares and measures; every fourth column a fifth empty."""
    lot = np.random.default_rng(seed)
    x = lot.normal(size=(rows, width))
    x[:, 0::3] = np.floor(np.abs(x[:, 0::3]) * 4)
    x[:, 1::3] = np.round(1 / (1 + np.exp(-x[:, 1::3])), 2)
    for column in range(0, width, 4):
        x[lot.random(rows) < 0.2, column] = np.nan
    return x


def grown(depth: int, chosen: argparse.Namespace) -> str:
    """The text of a model whose outcome depends on many columns, some together."""
    x = drawn(40_000, chosen.width, 0)
    lot, known = np.random.default_rng(1), np.nan_to_num(drawn(40_000, chosen.width, 0))
    weight = 0.5 / (1 + np.arange(chosen.width) / 5)
    margin = known @ weight + 0.3 * known[:, 0] * known[:, 1] + 0.3 * np.abs(known[:, 2]) - 4
    label = (lot.random(len(x)) < 1 / (1 + np.exp(-margin))).astype(float)
    params = {
        "objective": "binary",
        "num_leaves": chosen.leaves,
        "max_depth": depth,
        "learning_rate": 0.05,
        "feature_fraction": 0.5,
        "min_data_in_leaf": 50,
        "num_threads": chosen.threads,
        "seed": 1,
        "verbosity": -1,
    }
    return text_of(lightgbm.train(params, lightgbm.Dataset(x, label), chosen.trees))


def timed(work: Callable[[], object], rows: int) -> Cost:
    """CPU and clock seconds of one call, all threads counted."""
    cpu, clock = time.process_time(), time.perf_counter()
    work()
    return Cost(time.process_time() - cpu, time.perf_counter() - clock, rows)


def microseconds(work: Callable[[int], object], times: int = 300) -> float:
    """Median of calls on one row after another."""
    took = []
    for n in range(times):
        before = time.perf_counter()
        work(n)
        took.append(time.perf_counter() - before)
    return median(took) * 1e6


def start_up() -> tuple[float, float]:
    """Clock seconds of a fresh process to import numba and have the block: compiled, and kept from before."""
    lines = (
        "import sys, time; import numpy as np;"
        "from training.bundle.tables import build, contributions, explain;"
        "explain.WORTH_COMPILING = 1; told = build(open(sys.argv[1]).read(), int(sys.argv[2]));"
        "before = time.perf_counter(); contributions(told, np.zeros((8, told.width)));"
        "print(time.perf_counter() - before)"
    )
    found = []
    with tempfile.TemporaryDirectory(prefix="kept") as folder:
        path = Path(folder) / "booster.txt"
        held = lightgbm.Dataset(drawn(500, 4, 0), np.arange(500.0))
        path.write_text(text_of(lightgbm.train({"verbosity": -1}, held, 2)))
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", lines, str(path), "4"],
                capture_output=True, check=True, text=True, cwd=Path(__file__).parents[1],
                env=os.environ | {"NUMBA_CACHE_DIR": folder},
            )  # fmt: skip
            found.append(float(done.stdout))
    return found[0], found[1]


def one_row(booster: lightgbm.Booster, told: Tables, x: Array) -> list[str]:
    """A what-if: one row at a time, cold as it comes."""
    ways: dict[str, Callable[[int], object]] = {
        "by tables": lambda n: contributions(told, x[n : n + 1]),
        "pred_contrib": lambda n: booster.predict(x[n : n + 1], pred_contrib=True, num_threads=1),
        "raw score alone": lambda n: booster.predict(x[n : n + 1], raw_score=True, num_threads=1),
    }
    return [f"  {name}: {microseconds(way):.0f} us" for name, way in ways.items()]


def shap_ratio(booster: lightgbm.Booster, x: Array) -> Cost:
    """shap's explainer on few rows: it is the slowest."""
    import shap

    explainer = shap.TreeExplainer(booster)
    return timed(lambda: explainer.shap_values(x), len(x))


def compare(title: str, text: str, x: Array, chosen: argparse.Namespace) -> None:
    """Everything about one model."""
    booster = lightgbm.Booster(model_str=text)
    making = timed(lambda: build(text, x.shape[1]), 1)
    told = made(booster, text)
    data = to_bytes(told, "00" * 32)
    reading = timed(lambda: from_bytes(data, "00" * 32), 1)
    print(f"\n## {title}, {len(x):,} rows x {x.shape[1]}, {chosen.threads} threads each\n")
    print(
        f"tables: built in {making.cpu:.2f} s, {told.nbytes / 1e6:.1f} MB in memory, {len(data) / 1e6:.1f} MB"
        f" stored (read in {reading.cpu:.2f} s); {len(told.sum_at) - 1} groups, {len(told.step_code)} steps,"
        f" {len(told.sum_into)} sums a row"
    )
    alone = one_row(booster, told, x[:300])
    print("one row, NumPy alone:\n" + "\n".join(alone))
    contributions(told, x[: max(ENOUGH, 1)])
    fast = timed(lambda: contributions(told, x, threads=chosen.threads), len(x))
    few = x[: min(len(x), chosen.slow)]
    slow = timed(
        lambda: booster.predict(few, pred_contrib=True, num_threads=chosen.threads), len(few)
    )
    score = timed(
        lambda: booster.predict(few, raw_score=True, num_threads=chosen.threads), len(few)
    )
    by = shap_ratio(booster, x[: min(len(x), 2000)])
    own = contributions(told, few, threads=chosen.threads)[1]
    off = np.abs(booster.predict(few[:2000], pred_contrib=True)[:, :-1] - own[:2000]).max()
    line(f"tables, {fast.rows:,} rows", fast, len(x))
    line(f"pred_contrib, {slow.rows:,} rows", slow, len(x))
    line(f"shap.TreeExplainer, {by.rows:,} rows", by, len(x))
    line(f"raw score alone, {score.rows:,} rows", score, len(x))
    ratio = slow.of(len(x)) / fast.of(len(x))
    clock = (slow.clock / slow.rows) / (fast.clock / fast.rows)
    print(f"\n**pred_contrib / tables: {ratio:.0f}x** CPU, {clock:.0f}x by the clock (bar: 60x)")
    print(f"largest difference on 2,000 rows: {off:.1e}")


def line(name: str, cost: Cost, rows: int) -> None:
    """One way's figures; what was not run for all rows is by proportion."""
    by = "" if cost.rows == rows else f", by proportion {cost.of(rows):.1f} s for {rows:,}"
    each = cost.cpu / cost.rows * 1e6
    print(f"- {name}: {cost.cpu:.2f} CPU-s ({cost.clock:.2f} s clock, {each:.2f} us a row{by})")


def main() -> None:
    """Grow or read, time, tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--slow", type=int, default=85_000, help="rows for pred_contrib")
    parser.add_argument("--depth", type=int, nargs="+", default=[5, 6])
    parser.add_argument("--trees", type=int, default=400)
    parser.add_argument("--leaves", type=int, default=15)
    parser.add_argument("--width", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--full", action="store_true")
    chosen = parser.parse_args()
    rows = CITY if chosen.full else chosen.rows
    print(
        f"# Exact contributions\n\nSynthetic rows. {platform.processor() or platform.machine()},"
        f" {os.cpu_count()} cores; lightgbm {lightgbm.__version__}, numpy {np.__version__}"
    )
    first, again = start_up()
    print(f"\nfresh process until the block runs: {first:.1f} s compiling, {again:.1f} s kept")
    if chosen.bundle:
        bundle = Bundle.load(chosen.bundle)
        print(f"\nbundle: {bundle.exact.kind} {bundle.exact.why}")
        if bundle.exact.tables is not None:
            x = drawn(rows, len(bundle.indicators), 5)
            compare(str(chosen.bundle.name), bundle.files["booster.txt"], x, chosen)
        return
    x = drawn(rows, chosen.width, 5)
    for depth in chosen.depth:
        title = f"{chosen.trees} trees, {chosen.leaves} leaves, depth {depth}"
        compare(title, grown(depth, chosen), x, chosen)


if __name__ == "__main__":
    main()
