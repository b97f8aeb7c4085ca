"""How a process that draws portions begins. Imports nothing heavy: libraries ask once, as they are imported,
how many threads they may have."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from threading import Thread

from features.cluster import THREADS

#: So many objects more than were let go of before anybody looks for rings among them.
RINGS = 200_000


def begin(threads: int) -> None:
    """Take ``threads`` threads, leave Ctrl-C to the process that began this one, and end with it."""
    os.environ.update(told(threads))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # a portion makes millions of short-lived objects and hardly a ring of them: looking for rings costs a
    # thirtieth of it
    gc.set_threshold(RINGS)
    Thread(target=_end_with_parent, daemon=True).start()


def told(threads: int) -> dict[str, str]:
    """What the libraries are told."""
    return dict.fromkeys((*THREADS, "OPENBLAS_NUM_THREADS"), str(threads))


@contextmanager
def telling(threads: int) -> Iterator[None]:
    """Tell processes that begin within; what was told before is told again afterwards."""
    before = {name: os.environ.get(name) for name in told(threads)}
    os.environ.update(told(threads))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def ready() -> None:
    """The first thing that a worker is asked: imports what it will need."""
    import serving.services.tasks  # noqa: F401


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()  # also where it was killed and could tell nobody
        os._exit(1)
