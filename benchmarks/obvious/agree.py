"""``python -m benchmarks.obvious.agree DIR --as-of DATE``: how many values are the product's.

A comparison of costs is worth something only where both sides say the same. Printed is, by indicator, the share
of pupils with an equal value (to two thousandths, since the product keeps standings in thousandths; both empty
counts as equal), of those whom both sides have.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import shape
from benchmarks.obvious.run import Stages, indicators_of

TOLERANCE = 2e-3


def ours(folder: Path, as_of: str, home: Path) -> pd.DataFrame:
    """The product's values of the same columns, by pupil."""
    from features.build import build
    from features.facts import open_facts

    frame = build(open_facts([folder], home), date.fromisoformat(as_of))
    return frame.select("student_id", *shape.NAMES).to_pandas().set_index("student_id")


def shares(folder: Path, as_of: str) -> pd.Series:
    """By indicator, the share of equal values."""
    city, x = indicators_of(folder, as_of, Stages())
    theirs = x.set_index(pd.Index(city.roll["student_id"]))
    with tempfile.TemporaryDirectory() as home:
        product = ours(folder, as_of, Path(home))
    both = theirs.index.intersection(product.index)
    a, b = theirs.loc[both].to_numpy(), product.loc[both].to_numpy(float)
    same = np.isclose(a, b, rtol=0, atol=TOLERANCE, equal_nan=True)
    return pd.Series(same.mean(axis=0), index=list(shape.NAMES)).sort_values()


def main() -> None:
    """Print, least agreement first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", required=True)
    given = parser.parse_args()
    found = shares(given.folder, given.as_of)
    for name, share in found.items():
        print(f"{share:8.4f}  {name}")
    print(f"{found.mean():8.4f}  mean of {len(found)}")


if __name__ == "__main__":
    main()
