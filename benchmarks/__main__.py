"""Every bar in one run: ``python -m benchmarks [--size SIZE] [--only NAME ...] [--json FILE]``.

Each bar is measured in a process of its own. Ratios are over the obvious way in the same run; the physical
limit is measured beside it. All data are synthetic. ``--json FILE`` keeps the results, ``--table FILE ...``
prints the tables of README and handbook from kept results (``--write`` writes them there), ``--plots FILE ...``
draws cost against size.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import apart, bars, results, rooms, table

ROOM = Path("var/benchmarks")


def main() -> None:
    """Measure, or tell what was measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=list(bars.SIZES), default="small")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=list(bars.load()))
    parser.add_argument(
        "--room", type=Path, default=ROOM, help="where extracts and stores are kept"
    )
    parser.add_argument(
        "--json", type=Path, help="file for the results; what it held of other bars stays"
    )
    parser.add_argument("--table", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--plots", type=Path, nargs="+", metavar="FILE")
    parser.add_argument(
        "--write", action="store_true", help="with --table: into README and handbook"
    )
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        figure = bars.load()[given.one].measure(bars.Place(given.room.resolve(), given.size))
        print(json.dumps(asdict(figure)))
    elif given.table:
        told = [results.read(path) for path in given.table]
        for page, text in ((table.README, table.made(told)), (table.PAGE, table.growth(told))):
            print(text)
            if given.write:
                table.write(page, text)
    elif given.plots:
        from benchmarks import plots

        print("\n".join(map(str, plots.drawn([results.read(path) for path in given.plots]))))
    else:
        with rooms.taken(given.room):
            _measured(given)


def _measured(given: argparse.Namespace) -> None:
    told = results.begun(given.size)
    print(f"{told['machine']}\n{told['versions']}\nsynthetic, {bars.SIZES[given.size]:,} pupils\n")
    known = bars.load()
    for name in given.only or ():
        if given.size not in known[name].sizes:
            sys.exit(
                f"{name} is not measured at {given.size}, but at: {', '.join(known[name].sizes)}"
            )
    missing = []
    for name, bar in known.items():
        if (given.only and name not in given.only) or given.size not in bar.sizes:
            continue
        command = [
            "-m",
            "benchmarks",
            "--one",
            name,
            "--size",
            given.size,
            "--room",
            str(given.room),
        ]
        if bar.needs and bar.needs not in os.environ and not given.only:
            print(f"{name}: left out, {bar.needs} is not set\n", flush=True)
            continue
        # not watched: a bar looks at what it measures itself, and a second look would slow that down
        done = subprocess.run(
            [sys.executable, *command], cwd=apart.ROOT, env=os.environ | apart.THREADS,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"{name}: not measured\n{done.stdout}{done.stderr}", flush=True)
            missing.append(name)
            continue
        figure = bars.Figure(**json.loads(done.stdout.splitlines()[-1]))
        print(table.lines(bar, figure, given.size), flush=True)
        if untold := bar.untold(figure, given.size):
            missing.append(f"{name} ({', '.join(untold)})")
            continue
        told["bars"][name] = asdict(figure)
        if given.json:
            results.keep(given.json, told)
    if missing:
        sys.exit(f"not measured: {', '.join(missing)}")


if __name__ == "__main__":
    main()
