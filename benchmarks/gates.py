"""How often the gate of fairness refuses, by how unfair a model is and how many of a group had the outcome.

    python -m benchmarks.gates

A group of so many pupils with the outcome beside a rest with three times as many, of whom a list finds
40 %; each pupil drawn once, the outcome as
frequent on both sides. Pupils are drawn on their own: where schools are, intervals are wider.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import typer

from training.gates.fair import standing
from training.recipe import packaged_gates

REST, TRIALS, REPLICATES = 0.4, 400, 500
RATIOS = (0.3, 0.5, 0.65, 0.8, 1.0)
PUPILS = (30, 50, 100, 200, 1000)


def refused(ratio: float, pupils: int, seed: int = 0) -> float:
    """The share of trials in which the group is refused."""
    drawn = np.random.default_rng([seed, pupils])
    bounds = packaged_gates()["fair"]
    even = {"point": 1.0, "low": 0.9, "high": 1.1}
    none = {"point": 0.0, "low": 0.0, "high": 0.0}
    count = 0
    for _ in range(TRIALS):
        own = drawn.binomial(pupils, REST * ratio) / pupils
        rest = drawn.binomial(3 * pupils, REST) / (3 * pupils)
        again = drawn.binomial(pupils, own, REPLICATES) / pupils
        beside = np.maximum(drawn.binomial(3 * pupils, rest, REPLICATES) / (3 * pupils), 1e-9)
        tail = (1 - bounds["confidence"]) / 2
        low, high = np.quantile(again / beside, [tail, 1 - tail])
        said = {"point": own / rest, "low": low, "high": high}
        counts = {"outcomes": pupils, "outcomes_rest": 3 * pupils, "listed": 0, "listed_rest": 0}
        one: dict[str, Any] = counts | {
            "recall": own,
            "recall_rest": rest,
            "recall_ratio": said,
            "recall_ratio_alone": said,
            "precision_ratio": even,
            "occurs_ratio": even,
            "false_alarm_gap": none,
        }
        count += standing(one, bounds) == "outside"
    return count / TRIALS


def main() -> None:
    """Print the table as Markdown."""
    typer.echo("| recall ratio | " + " | ".join(f"{n} pupils" for n in PUPILS) + " |")
    typer.echo("| --- |" + " --- |" * len(PUPILS))
    for ratio in RATIOS:
        cells = " | ".join(f"{refused(ratio, n):.1%}" for n in PUPILS)
        typer.echo(f"| {ratio} | {cells} |")


if __name__ == "__main__":
    main()
