"""What a process took is told together with the workers that it began."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import apart
from serving.services.memory import Watch

#: Two workers of a server that outlives the process it served, each with 100 MB held and half a second's work.
WORKERS = """
import multiprocessing, time
from concurrent.futures import ProcessPoolExecutor

def work(n):
    held = bytearray(100_000_000)
    held[::4096] = b"x" * len(held[::4096])
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass

if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        list(pool.map(work, range(2)))
    print('{"done": true}')
"""


def test_workers_count_with_their_process(tmp_path: object) -> None:
    """Their memory at one time and their processor seconds, also where a server of theirs ends last."""
    script = f"{tmp_path}/workers.py"
    with open(script, "w", encoding="utf-8") as file:
        file.write(WORKERS)
    done = apart.run([script])
    assert done.json() == {"done": True}
    assert 1.0 < done.cpu < 3.0
    assert 200 < done.peak_mib < 400


def test_a_call_is_told_with_the_processes_it_began() -> None:
    """Seconds of the processor of those that have ended by its end are its own."""
    busy = "import time\nwhile time.process_time() < 0.6: pass"
    _, cpu = apart.timed(lambda: subprocess.run([sys.executable, "-c", busy], check=True))
    assert 0.6 <= cpu < 3.0


def test_one_process_alone_is_told_by_its_highest_mark() -> None:
    """What is held for a moment only, between two looks, is not missed."""
    lines = (
        "import time; held = bytearray(300_000_000); held[::4096] = b'x' * len(held[::4096]); "
        "del held; time.sleep(0.5)"
    )
    assert 280 < apart.run(["-c", lines]).peak_mib < 420


def test_what_nobody_looks_at_is_told_by_its_own_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody walks its pages meanwhile, and what it held is told all the same, however much its parent holds."""
    monkeypatch.delattr(Watch, "__enter__")
    much = bytearray(700_000_000)
    much[::4096] = b"x" * len(much[::4096])
    lines = (
        "import time; held = bytearray(300_000_000); held[::4096] = b'x' * len(held[::4096]); "
        "del held; time.sleep(0.5)"
    )
    assert 280 < apart.run(["-c", lines], look=False).peak_mib < 420


def test_a_failure_is_raised_with_what_was_said() -> None:
    """What it printed and what it said beside."""
    with pytest.raises(SystemExit, match="broken"):
        apart.run(["-c", "raise ValueError('broken')"])
