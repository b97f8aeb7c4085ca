"""Results as JSON: what was measured at one size, on which machine, with which versions, on which day."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "polars", "pandas", "lightgbm", "shap", "numba", "scikit-learn", "duckdb")

Results = dict[str, Any]


def machine() -> str:
    """Processor, cores and memory, without a name."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def versions() -> dict[str, str]:
    """Of Python and of what does the work."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def begun(size: str) -> Results:
    """Results without bars yet. ``load`` tells how busy the machine was: ratios bear it, seconds do not."""
    return {
        "synthetic": True,
        "size": size,
        "day": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": round(os.getloadavg()[1], 1),
        "versions": versions(),
        "bars": {},
    }


def keep(path: Path, told: Results) -> None:
    """Write; bars measured before and not now stay as they were, and the load that they were measured at."""
    before: Results = read(path) if path.exists() else {"bars": {}, "load": 0.0}
    path.parent.mkdir(parents=True, exist_ok=True)
    every = dict(sorted((before["bars"] | told["bars"]).items()))
    left = set(before["bars"]) - set(told["bars"])
    load = max(told["load"], before["load"]) if left else told["load"]
    whole = told | {"load": load, "bars": every}
    path.write_text(json.dumps(_short(whole), indent=1, ensure_ascii=False) + "\n", "utf-8")


def _short(value: Any) -> Any:
    """Numbers to four digits: the rest is noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return value


def read(path: Path) -> Results:
    """What was kept."""
    told: Results = json.loads(path.read_text(encoding="utf-8"))
    return told
