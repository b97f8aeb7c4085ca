"""The week from an extract to lists, with what every stage took."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from benchmarks import shape
from benchmarks.obvious import attendance, grades, registers, score
from benchmarks.obvious.pupils import City, gather
from benchmarks.obvious.read import Extract, read

T = TypeVar("T")


def peak_mib() -> float:
    """The most that this process has held so far (``ru_maxrss`` of a child begins at its parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


class Stages:
    """What each stage took, by the clock and of the processor, all threads counted."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, float]] = {}

    def time(self, name: str, work: Callable[[], T]) -> T:
        """Do it, and note what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        self.told[name] = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak_mib": peak_mib(),
        }
        return done

    def total(self) -> dict[str, float]:
        """All stages together."""
        sums = {k: sum(one[k] for one in self.told.values()) for k in ("wall", "cpu")}
        return {**sums, "peak_mib": peak_mib()}


def indicators_of(folder: Path, as_of: str, stages: Stages) -> tuple[City, pd.DataFrame]:
    """The roll and the 60 columns, in the model's order."""
    extract = stages.time("read", lambda: read(folder, pd.Timestamp(as_of)))
    city = stages.time("roll", lambda: gather(extract))
    x = _attendance(extract, city, stages)
    marks = stages.time("grades", lambda: grades.indicators(extract, city))
    rest = stages.time("registers", lambda: registers.indicators(extract, city))
    return city, x.join(marks).join(rest)[list(shape.NAMES)].astype(float)


def _attendance(extract: Extract, city: City, stages: Stages) -> pd.DataFrame:
    """In a function of its own, so that the days are let go."""
    days = stages.time("days", lambda: attendance.lay_out(extract, city))
    return stages.time("attendance", lambda: attendance.indicators(days, extract, city))


def week(folder: Path, as_of: str, out: Path, text: str) -> dict[str, Any]:
    """Everything, once."""
    stages = Stages()
    city, x = indicators_of(folder, as_of, stages)
    stages.time("import", _imported)
    model = score.classifier(text)
    chance = stages.time("predict", lambda: score.chances(model, x))
    parts = stages.time("shap", lambda: score.contributions(model, x))
    listed = stages.time("lists", lambda: score.write(out, city, x, chance, parts))
    return {"pupils": len(x), "listed": listed, "stages": stages.told, "total": stages.total()}


def _imported() -> None:
    import shap  # noqa: F401
