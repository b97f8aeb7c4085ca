"""What a program holds in memory, together with every process that it began."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

import psutil

#: Between two looks, at least. A look walks the page tables of every process: some ten milliseconds a gigabyte.
SECONDS = 0.2
#: So many times as long as a look took nobody looks again: it takes time from what is looked at.
REST = 10


def highest() -> int:
    """The most bytes that this process alone has held so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    # Linux counts KiB, macOS bytes
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def tree(pid: int | None = None) -> list[psutil.Process]:
    """A process (None: this one) and all its descendants, as far as they live."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def held(processes: list[psutil.Process]) -> int:
    """Bytes that these processes hold now. On Linux what several share counts once (PSS); elsewhere, and
    where the system does not tell, it counts in each of them."""
    return sum(_own(process) for process in processes)


def _own(process: psutil.Process) -> int:
    try:
        with suppress(psutil.AccessDenied):
            return int(getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss)
        return int(process.memory_info().rss)
    except psutil.Error:  # ended meanwhile
        return 0


class Watch:
    """Looks at a process and its descendants while the block runs; ``peak`` is the most bytes that they held
    together at any look."""

    def __init__(
        self,
        pid: int | None = None,
        *,
        seconds: float = SECONDS,
        seen: Callable[[list[psutil.Process]], None] = lambda processes: None,
    ) -> None:
        """``pid``: None for this process. ``seen`` is told of all processes at every look."""
        self.peak = 0
        self._pid, self._seconds, self._seen = pid, seconds, seen
        self._over = Event()

    def __enter__(self) -> Watch:
        """Begin to look."""
        self._over.clear()
        self._looking = Thread(target=self._look, daemon=True, name="memory")
        self._looking.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._over.set()
        self._looking.join()

    def _look(self) -> None:
        while not self._over.is_set():
            since = time.thread_time()
            processes = tree(self._pid)
            self._seen(processes)
            self.peak = max(self.peak, held(processes))
            self._over.wait(max(self._seconds, REST * (time.thread_time() - since)))
