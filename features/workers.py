"""Processes of this machine that work for another: how they begin, how many threads they take, how they end.

Imports nothing heavy: libraries ask once, as they are imported, how many threads they may have.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import NoReturn, TypeVar

from features.cluster import THREADS
from features.memory import seldom_look_for_rings
from features.refusal import Refusal

#: Seconds that a process has to end by itself, and after which whoever waits looks up.
MOMENT, BEAT = 3.0, 0.2
R = TypeVar("R")
J = TypeVar("J")


class Stopped(BaseException):
    """This process was told to end; whoever gave it work learns it as if the process were gone."""


def begin(threads: int) -> None:
    """The first thing in a process: take ``threads`` threads, leave Ctrl-C to whoever began it, and end with
    that one."""
    os.environ.update(told(threads))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.enable()  # whatever the server it is a copy of was about
    seldom_look_for_rings()
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


def threads_of(workers: int) -> int:
    """Threads of each worker: together they take the cores of this machine, once."""
    import polars as pl

    return max(1, pl.thread_pool_size() // workers)


@contextmanager
def pool(workers: int, *, method: str = "spawn") -> Iterator[ProcessPoolExecutor]:
    """So many processes, the cores shared among them; none is left, also where this one is told to stop.

    ``method``: as of ``multiprocessing``; a plain copy of this process would hold the locks of threads that it
    has not got.
    """
    threads = threads_of(workers)
    with telling(threads):
        found = ProcessPoolExecutor(
            workers,
            mp_context=multiprocessing.get_context(method),
            initializer=begin,
            initargs=(threads,),
        )
        try:
            yield found
        except BaseException:
            # its own only; a name for them comes with Python 3.14
            _end(list(dict(getattr(found, "_processes", None) or {}).values()))
            raise
        finally:
            found.shutdown(cancel_futures=True)


def _end(processes: Sequence[BaseProcess]) -> None:
    """All are told to end, and have a moment to take away what they were writing; two where they may have to
    end others first."""
    until = time.monotonic() + (MOMENT if parent_process() else 2 * MOMENT)
    while (alive := [one for one in processes if one.is_alive()]) and time.monotonic() < until:
        for one in alive:  # again and again: who was at work and has tidied up waits for more work
            one.terminate()
        alive[0].join(BEAT)
    for one in alive:  # in the middle of something long that listens to nobody
        one.kill()


def each(work: Callable[[J], R], jobs: Iterable[J], *, workers: int) -> Iterator[R]:
    """``work`` of every job, in the order of the jobs; where there are several, by so many processes.

    ``work`` and jobs travel, so a function of a module and plain values. Refusal where the system ends a
    process. Until the last answer is taken the environment says what the processes were told.
    """
    jobs = list(jobs)
    workers = min(workers, len(jobs))
    if workers <= 1:
        yield from map(work, jobs)
        return
    try:
        with pool(workers) as found:
            asked = [found.submit(_cleanly, work, job) for job in jobs]
            yield from map(answered, asked)
    except (BrokenProcessPool, Stopped) as error:
        raise _died() from error


@contextmanager
def alone(work: Callable[[], R]) -> Iterator[Callable[[], R]]:
    """``work`` in one process of its own with all the cores, which takes the memory it held along when it
    ends; what is yielded waits for the answer, and refuses where the system ended the process."""
    with pool(1) as found:
        asked = found.submit(_cleanly, _done, work)

        def answer() -> R:
            try:
                return answered(asked)
            except (BrokenProcessPool, Stopped) as error:
                raise _died() from error

        yield answer


def answered(asked: Future[R]) -> R:
    """Its answer, as ``result`` gives it; Ctrl-C is heard meanwhile.

    Polars takes the signal for itself and lets the system resume what it interrupts, so a wait without an
    end would go on until the work is done.
    """
    while not asked.done():
        wait([asked], timeout=BEAT)
    return asked.result()


def _done(work: Callable[[], R]) -> R:
    return work()


def _cleanly(work: Callable[[J], R], job: J) -> R:
    """Told to end, it leaves as other programs do: what it was writing is taken away. Where nobody tells it
    (Windows, a power cut) whoever writes there next does (``files.sweep``)."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        return work(job)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # who waits for work has nothing to take away


def _leave(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: nobody disturbs the tidying up
    raise Stopped


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()  # also where it was killed and could tell nobody
        os._exit(1)


def _died() -> Refusal:
    """Most often for want of memory."""
    return Refusal(
        "一个计算进程中途被系统结束（多见于内存不足），没有算完。请再运行同一条命令，加上 --workers 1，"
        "或换内存更大的机器。",
        "A process was ended by the system while it worked (most often for want of memory). Run the same "
        "command again with --workers 1, or take a machine with more.",
    )
