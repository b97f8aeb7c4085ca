"""Work done in a process of its own, so that peaks do not mix: seconds, processor seconds, peak memory; its
workers, where it has any, counted with it."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from serving.services.memory import Watch

ROOT = Path(__file__).parents[1]
#: So long is waited for what a process left running.
ORPHANS_SECONDS = 5.0
#: Between two readings of one process' highest mark.
MARK_SECONDS = 0.05
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "2")


@dataclass(frozen=True)
class Done:
    """What a process and those it began took, start and imports included, and what it printed. ``peak_mib``:
    the most that they held together."""

    wall: float
    cpu: float
    peak_mib: float
    out: str

    def json(self) -> Any:
        """The last line printed, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


def settle() -> None:
    """What was written before goes to the disk now, not while somebody waits for it."""
    if hasattr(os, "sync"):
        os.sync()


def run(command: Sequence[str], *, look: bool = True, **environment: str) -> Done:
    """``python`` with these arguments, from the project's folder.

    Raises ``SystemExit`` with what it said where it fails. The peak is read from the system while it runs:
    what is told of a child that has ended begins at its parent's, and is the largest process' alone. To look
    costs what is looked at some hundredths of its time; with ``look`` False only the first process' own highest
    mark is read, which costs nothing.
    """
    _adopt_orphans()
    since, before = time.perf_counter(), _children()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=os.environ | THREADS | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    marks = _Marks()
    watch = Watch(process.pid, seen=marks.look)
    with watch if look else marks.of(process.pid):
        out, said = _read(process)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - since
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{out}{said}")
    cpu = _seconds(used) + sum(map(_ended, _children() - before))
    return Done(wall, cpu, max(watch.peak / 2**20, marks.mib), out)


def _read(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What it prints and what it says beside, to the end of both."""
    said: list[str] = []
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout as out, process.stderr as beside:
        reader = threading.Thread(target=lambda: said.append(beside.read()))
        reader.start()
        told = out.read()
        reader.join()
    return told, "".join(said)


class _Marks:
    """The highest mark of any one process: it is exact where ``Watch`` sees what is held when it looks."""

    def __init__(self) -> None:
        self.mib = 0.0

    def look(self, processes: Sequence[psutil.Process]) -> None:
        for process in processes:
            try:
                told = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            except OSError:
                continue
            if "VmHWM:" in told:
                self.mib = max(self.mib, int(told.split("VmHWM:")[1].split()[0]) / 1024)

    @contextmanager
    def of(self, pid: int) -> Iterator[None]:
        """Read one process' mark now and then, while the block runs."""
        over, one = threading.Event(), [psutil.Process(pid)]

        def read() -> None:
            while not over.wait(MARK_SECONDS):
                self.look(one)

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        try:
            yield
        finally:
            over.set()
            reading.join()


def _adopt_orphans() -> None:
    """What the processes of a child leave behind is handed to this process (Linux): a server of workers ends
    after the process that it served, and only its parent is told what it and they took."""
    set_child_subreaper = 36
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _ended(pid: int) -> float:
    """Processor seconds of an orphan and its own children, once it has ended; 0 where it does not."""
    until = time.monotonic() + ORPHANS_SECONDS
    while time.monotonic() < until:
        done, _, used = os.wait4(pid, os.WNOHANG)
        if done:
            return _seconds(used)
        time.sleep(0.01)
    return 0.0


def _seconds(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Clock and processor seconds of a call in this process, all threads counted, and processes that it began
    and that have ended."""
    wall, cpu = time.perf_counter(), _used()
    work()
    return time.perf_counter() - wall, _used() - cpu


def _used() -> float:
    return time.process_time() + _seconds(resource.getrusage(resource.RUSAGE_CHILDREN))


def least(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the cheapest of so many calls: what else runs on the machine only adds."""
    return min(timed(work)[1] for _ in range(times))
