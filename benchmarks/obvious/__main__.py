"""``python -m benchmarks.obvious DIR --as-of DATE [--only-indicators]``: the obvious way, timed.

Two threads where a library has any. The model is grown beforehand and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

for _library in ("OMP", "OPENBLAS", "NUMEXPR"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "2")


def main() -> None:
    """Read, reckon, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", required=True)
    parser.add_argument("--model", type=Path, help="LightGBM text on the columns of shape.NAMES")
    parser.add_argument("--only-indicators", action="store_true")
    parser.add_argument("--out", type=Path, help="folder for lists and scores")
    given = parser.parse_args()
    from benchmarks import shape
    from benchmarks.obvious import run

    told: dict[str, Any]
    if given.only_indicators:
        stages = run.Stages()
        _, x = run.indicators_of(given.folder, given.as_of, stages)
        told = {"pupils": len(x), "stages": stages.told, "total": stages.total()}
        if given.out:
            x.to_parquet(given.out / "features.parquet")
    else:
        text = given.model.read_text() if given.model else shape.model()
        with tempfile.TemporaryDirectory() as aside:
            told = run.week(given.folder, given.as_of, given.out or Path(aside), text)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
