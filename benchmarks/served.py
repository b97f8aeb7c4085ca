"""Whose lists were visited? ``python -m benchmarks.served [--seeds 8]``.

Each seed is a synthetic county without visits. A model is trained by the product on the first half year and
from then on its lists are visited here: of each school's weekly list some, and an outcome due within six
weeks after a visit does not come with the chance 1 - ratio. What would have come is known, so is the ratio.
The product is then asked twice what visits did and how the later rows are to be weighed: by the attendance
rule's points on all days, and by the score of the lists as made (``training.shown``). Told are the ratio, the
weighted outcomes of rows not visited over those that would have come, and what average precision model less
rule has on them, beside its value had nobody been visited. All figures are synthetic.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from features.facts import Facts, open_facts
from features.synthetic.county import LAST_DAY, County, write_county
from training.bundle import Bundle
from training.interventions.effect import COVER_DAYS, bands
from training.interventions.guard import weights
from training.interventions.panel import first_days, weekly
from training.interventions.pooled import Effect
from training.labels import events
from training.rows import Order, catalogue_of, columns_of, evidence, gather, question_of
from training.run import train
from training.shown import shown

TRAINED = date(2026, 3, 6)
RATIO = 0.5
#: Share of each school's pupils listed, and of the listed whom somebody visits in the week.
LISTED, VISITED = 0.05, 0.3

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What one way of telling who is alike gives: effect, level and average precision's difference."""

    effect: Effect
    level: float
    gain: float


def visits_made(
    rows: pl.DataFrame, margin: Array, due: dict[str, date], seed: int
) -> tuple[pl.DataFrame, set[str]]:
    """(student_id, on of the visits; whose outcome did not come). ``due``: whose outcome comes when."""
    rng = np.random.default_rng(seed)
    last: dict[str, date] = {}
    made: list[tuple[str, date]] = []
    stayed: set[str] = set()
    told = rows.select("student_id", "school_id", "as_of").with_columns(m=pl.Series(margin))
    for (day,), week in sorted(told.partition_by("as_of", as_dict=True).items()):
        assert isinstance(day, date)
        at = pl.col("m").rank("ordinal", descending=True).over("school_id")
        listed = week.filter(at <= (pl.len().over("school_id") * LISTED).ceil())
        for pupil in listed["student_id"].sort():
            before = last.get(pupil)
            if (before is not None and (day - before).days < COVER_DAYS) or rng.random() >= VISITED:
                continue
            on = day + timedelta(days=int(rng.integers(0, 5)))
            if pupil in due and due[pupil] <= on and pupil not in stayed:
                continue
            last[pupil] = on
            made.append((pupil, on))
            comes = pupil in due and 0 < (due[pupil] - on).days <= COVER_DAYS
            if comes and rng.random() >= RATIO:
                stayed.add(pupil)
    return pl.DataFrame(made, schema={"student_id": pl.String, "on": pl.Date}, orient="row"), stayed


def _gain(label: Array, model: Array, rule: Array, weight: Array | None = None) -> float:
    ours = average_precision_score(label, model, sample_weight=weight)
    return float(ours - average_precision_score(label, rule, sample_weight=weight))


@dataclass(frozen=True)
class World:
    """A county's later rows, the version that made its lists, and its points by the rule."""

    facts: Facts
    order: Order
    rows: pl.DataFrame
    served: Bundle

    @property
    def fingerprint(self) -> str:
        """Of the definitions the rows were made by."""
        return catalogue_of([self.facts]).fingerprint

    def scores(self, served: Sequence[Bundle]) -> pl.DataFrame:
        """The score of each row's list, if these versions served."""
        columns = columns_of(catalogue_of([self.facts]))
        return shown(self.rows, columns, self.fingerprint, served).scores


def answers(world: World, seed: int) -> tuple[float, int, list[Answer]]:
    """(the model's gain had nobody been visited, outcomes visits kept away, by the rule and as served)."""
    asked = question_of(world.facts, world.order)
    outcomes, leaves = first_days(events(evidence(world.facts, asked), asked.outcome))
    first = outcomes.group_by("student_id").agg(pl.col("on").min())
    due = dict(zip(first["student_id"], first["on"], strict=True))
    ways = [world.scores(()), world.scores((world.served,))]
    rule, model = (way["score"].to_numpy() for way in ways)
    visits, stayed = visits_made(world.rows, model, due, seed)
    free = ~pl.col("student_id").is_in(list(stayed))
    label = world.rows["label"].to_numpy().astype(float)
    left = pl.when(free).then("event_on")
    seen = world.rows.with_columns(event_on=left, label=pl.col("label") * free.cast(pl.Int8))
    kept = seen["label"].to_numpy().astype(float)
    told = []
    for scores in ways:
        panel = weekly(scores, visits, outcomes.filter(free), exits=leaves)
        weight = weights(seen, visits, "ipcw", panel=panel).to_numpy()
        told.append(
            Answer(
                bands(panel),
                float((weight * kept).sum() / label.sum()),
                _gain(kept, model, rule, weight),
            )
        )
    return _gain(label, model, rule), len(stayed), told


def world_of(folder: Path, seed: int, students: int) -> World:
    """The county, its model and the rows of the weeks in which that served."""
    write_county(folder / "extract", County(students, seed=seed))
    facts = open_facts([folder / "extract"], folder / "home")
    trained = train([facts], Order(TRAINED))
    order = Order(LAST_DAY)
    rows = gather([facts], order, lambda zh, en: None).frame.filter(pl.col("as_of") >= TRAINED)
    return World(facts, order, rows, trained.challenger)


def seeds(first: int, many: int, students: int) -> Iterator[tuple[int, float, int, list[Answer]]]:
    """Seed after seed: gain, kept away, answers."""
    for seed in range(first, first + many):
        with tempfile.TemporaryDirectory() as folder:
            yield seed, *answers(world_of(Path(folder), seed, students), seed)


def main() -> None:
    """Print a line a seed and what they come to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first", type=int, default=321)
    parser.add_argument("--students", type=int, default=20_000)
    given = parser.parse_args()
    print(f"synthetic counties, {given.students:,} pupils; true ratio {RATIO}")
    print("seed  kept away | by the rule: ratio [95 %] level, gain | as served | gain in truth")
    done, begun = [], time.perf_counter()
    for seed, gain, kept, told in seeds(given.first, given.seeds, given.students):
        done.append((gain, told))
        each = "  ".join(
            f"{a.effect.ratio:5.2f} [{a.effect.low:.2f},{a.effect.high:.2f}]"
            f" {'in ' if a.effect.contains(RATIO) else 'out'} {a.level:.2f} {a.gain:+.3f}"
            for a in told
        )
        took = time.perf_counter() - begun
        print(f"{seed:>4} {kept:>5}  {each}  {gain:+.3f}  {took:.0f} s", flush=True)
    truly = float(np.mean([gain for gain, _ in done]))
    print(f"model less rule in average precision, had nobody been visited: {truly:+.3f} on average")
    for k, name in enumerate(("by the rule", "as served")):
        inside = sum(told[k].effect.contains(RATIO) for _, told in done)
        mean = float(np.exp(np.mean([np.log(told[k].effect.ratio) for _, told in done])))
        level = float(np.mean([told[k].level for _, told in done]))
        off = [told[k].gain - gain for gain, told in done]
        print(
            f"{name}: truth inside {inside} of {len(done)}; ratio {mean:.2f} (geometric mean);"
            f" level {level:.2f}; gain off by {np.mean(off):+.3f} ({min(off):+.3f} to {max(off):+.3f})"
        )


if __name__ == "__main__":
    main()
