"""How long a person waits for ``baoxue --help``."""

from __future__ import annotations

from benchmarks import apart
from benchmarks.bars import SIZES, Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Seconds by the clock, the best of several: what else runs on the machine only adds."""
    told = [apart.run(["baoxue.py", "--help"]) for _ in range(7)]
    bare = [apart.run(["-c", "import typer"]) for _ in range(5)]
    wall = min(one.wall for one in told)
    cpu = min(one.cpu for one in told)
    return Figure(
        wall, "s", None, min(one.wall for one in bare), "python importing typer and nothing else",
        {"cpu": cpu},
    )  # fmt: skip


BAR = Bar(
    "help",
    "baoxue --help",
    "baoxue --help",
    "",
    (Bound("value", "most", dict.fromkeys(SIZES, 0.3)),),
    measure,
)
