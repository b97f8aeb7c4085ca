"""How fast and in how much memory a synthetic county is written: ``python -m benchmarks.synthetic``.

Prints seconds, rows, bytes and peak memory for a few sizes.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

#: A spring that holds 101 school days in its last 25 weeks.
LAST, WEEKS = date(2026, 6, 12), 25


def measure(students: int, weeks: int, last: date, out: Path) -> None:
    """Write one county and print its line."""
    from features.synthetic.county import County, write_county
    from features.synthetic.terms import span

    start = time.perf_counter()
    rows = write_county(out, County(students, weeks=weeks, last_day=last))
    seconds = time.perf_counter() - start
    size = sum(f.stat().st_size for f in out.iterdir()) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    days = len(span(last, weeks).days)
    print(
        f"{students:>9,} pupils x {days:>3} days  {seconds:7.1f} s  {sum(rows.values()):>12,} rows  "
        f"{size:8.1f} MiB  peak {peak:6.0f} MiB  {seconds / students * 1e6:6.0f} s per million pupils",
        flush=True,
    )


def main() -> None:
    """Measure each size in a process of its own, so that peaks do not mix."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("students", type=int, nargs="*", default=[6_000, 85_000])
    parser.add_argument("--weeks", type=int, default=WEEKS)
    parser.add_argument("--last-day", type=date.fromisoformat, default=LAST)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for students in given.students:
        out = Path(tempfile.mkdtemp(prefix="county"))
        try:
            if given.one:
                measure(students, given.weeks, given.last_day, out)
                continue
            again = [sys.executable, "-m", "benchmarks.synthetic", "--one", str(students)]
            again += ["--weeks", str(given.weeks), "--last-day", given.last_day.isoformat()]
            subprocess.run(again, check=True)
        finally:
            shutil.rmtree(out, ignore_errors=True)


if __name__ == "__main__":
    main()
