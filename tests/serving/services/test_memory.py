"""What a program holds, with every process that it began."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from serving.services import memory

HOLDS = "import sys; held = bytearray(100_000_000); held[::4096] = b'x' * len(held[::4096]); print('ready', flush=True); sys.stdin.read()"


def test_processes_are_counted_together() -> None:
    """Two of 100 MB each are seen as 200 MB more, and no longer once they have ended."""
    before = memory.held(memory.tree())
    with memory.Watch(seconds=0.01) as watch:
        children = [
            subprocess.Popen(
                [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(2)
        ]
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()
        assert len(memory.tree()) >= 3
        time.sleep(0.2)
        for child in children:
            child.communicate()
    assert 200e6 < watch.peak - before < 300e6
    assert memory.held(memory.tree()) < before + 50e6


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
