"""Work done in a process of its own, so that peaks do not mix: seconds, processor seconds, peak memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), "2")


@dataclass(frozen=True)
class Done:
    """What a process took, start and imports included, and what it printed."""

    wall: float
    cpu: float
    peak_mib: float
    out: str

    def json(self) -> Any:
        """The last line printed, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


def run(command: Sequence[str], **environment: str) -> Done:
    """``python`` with these arguments, from the project's folder.

    Raises ``SystemExit`` with what it said where it fails. The peak is read from the system while it runs:
    what is told of a child that has ended begins at its parent's.
    """
    since = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=os.environ | THREADS | environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    peak = _Peak(process.pid)
    peak.start()
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join()
    peak.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{out}{''.join(said)}")
    wall = time.perf_counter() - since
    return Done(wall, used.ru_utime + used.ru_stime, peak.mib, out)


class _Peak(threading.Thread):
    """Looks at a process's high-water mark until it ends."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.path, self.mib = Path(f"/proc/{pid}/status"), 0.0

    def run(self) -> None:
        while True:
            try:
                told = self.path.read_text(encoding="ascii")
            except OSError:
                return
            if "VmHWM:" not in told:
                return
            self.mib = max(self.mib, int(told.split("VmHWM:")[1].split()[0]) / 1024)
            time.sleep(0.05)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Clock and processor seconds of a call in this process, all threads counted."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def least(work: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the cheapest of so many calls: what else runs on the machine only adds."""
    return min(timed(work)[1] for _ in range(times))
