"""What a program holds, with every process that it began."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from serving.services import memory

HOLDS = (
    "import sys; held = bytearray(100_000_000); held[::4096] = b'x' * len(held[::4096]);"
    "print('ready', flush=True); sys.stdin.read()"
)
#: Two of those, begun by one that holds little itself, since what runs beside a test holds now more, now less.
BEGINS = f"""
import subprocess, sys
told = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
both = [subprocess.Popen([sys.executable, "-c", {HOLDS!r}], **told) for _ in range(2)]
for one in both:
    one.stdout.readline()
print("ready", flush=True)
sys.stdin.readline()
for one in both:
    one.communicate()
print("ended", flush=True)
sys.stdin.read()
"""


def test_processes_are_counted_together() -> None:
    """Two of 100 MB each are seen as 200 MB, and no longer once they have ended."""
    with subprocess.Popen(
        [sys.executable, "-c", BEGINS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdout.readline()
        with memory.Watch(first.pid, seconds=0.01) as watch:
            assert len(memory.tree(first.pid)) == 3
            time.sleep(0.2)
            first.stdin.write(b"end\n")
            first.stdin.flush()
            first.stdout.readline()
        left = memory.held(memory.tree(first.pid))
        first.communicate()
    assert 200e6 < watch.peak < 300e6
    assert left < 50e6


def test_what_ended_holds_nothing() -> None:
    """A process that is gone has no tree, and counts nothing where it was still listed."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    listed = psutil.Process(child.pid)
    child.wait()
    assert memory.tree(child.pid) == []
    assert memory.held([listed]) == 0


def test_where_shares_are_not_told_all_of_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the right to look closer, or on a system that does not tell, each counts all that it holds."""
    own = psutil.Process(os.getpid())
    whole = own.memory_info().rss

    def refused(self: psutil.Process) -> object:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "memory_full_info", refused)
    assert memory.held([own]) == pytest.approx(whole, rel=0.2)
    monkeypatch.setattr(psutil.Process, "memory_full_info", lambda self: object())
    assert memory.held([own]) == pytest.approx(whole, rel=0.2)


def test_the_highest_is_never_less_than_what_is_held() -> None:
    """The high-water mark of this process, in bytes."""
    assert memory.highest() >= 0.9 * psutil.Process().memory_info().rss
