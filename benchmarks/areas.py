"""What a model loses in a county it has never seen: ``python -m benchmarks.areas``. All figures are synthetic.

Four counties as ``baoxue sample`` makes them, of other seeds, sizes and profiles (in one few leave, in one
sudden leaving is common and poor families weigh less). Setting and rounds are chosen on all of them walking
forward in time, as in training. Every county's rows are then judged twice, period by period: by trees that saw
the earlier periods of all four, and by trees that saw those of the other three alone. The drop is the first
less the second, paired on the same rows, schools drawn again (pupils where there are fewer than twenty).
Beside it the attendance rule on the same rows: what a county without a past of its own would have otherwise.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.facts import Facts, open_areas
from features.synthetic.county import LAST_DAY, County, write_county
from training.assemble import data_of, folds
from training.baselines import attendance
from training.bundle import Calibration
from training.bundle.calibration import probability
from training.elsewhere import never_seen
from training.evaluate.paired import compare
from training.fit import Growth, search
from training.material import Material
from training.metrics import measure
from training.predictions import Predictions
from training.rows import Order, gather
from training.run import material_of

Array = NDArray[np.float64]
#: A county where other things matter: who leaves shows less beforehand, and poverty less than low results.
PROFILE = "[leave]\npoor = 0.2\nlow_achievement = 1.0\ndisengagement = 0.5\n[sudden]\nshare = 0.5\n"
MEASURES = ("average_precision", "recall_at_capacity")
HOME, AWAY, RULE = "model", "without", "attendance"


def counties(students: int, folder: Path) -> list[County]:
    """Alike in kind and not in numbers."""
    own = folder / "other.toml"
    own.write_text(PROFILE, encoding="utf-8")
    return [
        County(students, seed=301),
        County(2 * students, seed=302),
        County(4 * students, seed=303, profile="city"),
        County(students, seed=304, profile=str(own)),
    ]


def opened(given: Sequence[County], folder: Path) -> Sequence[Facts]:
    """Every county written and imported."""
    folders = []
    for county in given:
        folders.append(folder / county.area)
        write_county(folders[-1], county)
    return open_areas(folders, folder / "home")


def said(material: Material, at: Any, margin: Array) -> Predictions:
    """What margins say of the rows ``at``."""
    told = probability(margin, Calibration("identity"))
    return material.said(at, margin=margin, probability=told, fold=np.zeros(len(margin), np.int64))


def less(systems: dict[str, Predictions], other: str, *, alike: bool) -> dict[str, Any]:
    """The model that knew the county less another; ``alike``: equals count alike for both."""
    pair = {name: systems[name] for name in (HOME, other)}
    return compare(pair, HOME, replicates=300, seed=0, alike=alike)


def judged(material: Material, margins: dict[str, Array]) -> None:
    """A line a county, then all together."""
    areas = material.rows.frame["area"].to_numpy()
    known = ~np.isnan(np.sum(list(margins.values()), axis=0))
    for area in (*np.unique(areas), "all"):
        at = np.flatnonzero(known & ((areas == area) | (area == "all")))
        if not material.label[at].any():
            print(f"{area}: nobody had the outcome")
            continue
        systems = {name: said(material, at, margin) for name, margin in margins.items()}
        found = {name: less(systems, name, alike=name == AWAY) for name in (AWAY, RULE)}
        left = systems[HOME].rows.filter(material.label[at] > 0)["student_id"].n_unique()
        print(
            f"{area}: {len(at)} rows, {left} pupils with the outcome, by {found[AWAY]['clustered_on']}"
        )
        for what in MEASURES:
            points = {name: measure(p)[what] for name, p in systems.items()}
            drop, rule = (found[name]["against"][name][what] for name in (AWAY, RULE))
            print(
                f"  {what}: seen {points[HOME]:.3f}, never seen {points[AWAY]:.3f}, drop {_span(drop)};"
                f" attendance rule {points[RULE]:.3f}, seen less rule {_span(rule)}",
                flush=True,
            )


def _span(told: Any) -> str:
    return f"{told['point']:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]"


def main() -> None:
    """Write, train, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--students", type=int, default=1500)
    parser.add_argument("--every-weeks", type=int, default=2)
    given = parser.parse_args()
    print("synthetic counties, not evidence about children", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        facts = opened(counties(given.students, Path(folder)), Path(folder))
        order = Order(LAST_DAY, every_weeks=given.every_weeks)
        material = material_of(facts, gather(facts, order), order)
        data, periods = data_of(material), folds(material)
        choice = search(data, periods, order.recipe.tried(material.rows.outcomes), seed=order.seed)
        learned = attendance.BASELINE.learn
        assert learned is not None
        rule = learned(material.lesson)
        assert rule is not None
        print(f"chosen: {choice.name}, {choice.rounds} rounds, {len(periods)} periods", flush=True)
        margins = {
            HOME: choice.margin,
            AWAY: never_seen(
                material, data, periods, Growth(choice.name, choice.rounds, order.seed)
            ),
            RULE: rule.margin(material.rows.frame),
        }
        judged(material, margins)


if __name__ == "__main__":
    main()
