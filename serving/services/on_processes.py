"""A run's portions on processes of this machine, where Python's lock holds none of them up.

A worker does what a task of a cluster does: it is told an ``errand``, makes the run again out of the home
folder and writes its parts there by itself. Back come counts, never a pupil. Where there are no more pupils
than one portion holds none is begun to draw; much that arrived is read by one whoever it is about.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from threading import Thread

import polars as pl

from features.facts import Facts, last_known, open_facts
from features.memory import seldom_look_for_rings
from features.prepare import several
from features.refusal import Refusal
from features.workers import alone, pool, telling, threads_of
from serving.services.errand import Errand
from serving.services.making import Run, Say, Stages, Threads
from serving.services.memory import Watch, highest
from serving.services.order import MOST
from serving.services.tasks import (
    Step,
    Told,
    counted,
    draw,
    failed,
    plan,
    read_margins,
    tell,
    weigh,
)

#: A plain copy of this process would hold the locks of threads that it has not got. On Linux workers are
#: copies of a server that has imported what is heavy and nothing else; macOS' own libraries do not
#: bear that either and Windows cannot: there each begins anew.
METHOD = "forkserver" if sys.platform == "linux" else "spawn"
#: Between two looks at how much memory is held.
LOOK_SECONDS = 2.0
#: What is to be looked at where a portion failed.
LOOK = ("内存和磁盘", "memory and disk")
#: So many bytes are much to read: a city's term, not its week. To begin a process takes half a second.
MUCH = 64 * 2**20
#: What the server imports.
HEAVY = ("serving.services.heavy",)


class OnProcesses:
    """``making.Crew`` of ``order.workers`` processes; ``home`` holds facts, models and runs."""

    def __init__(self, home: Path) -> None:
        """Nothing is begun yet."""
        self.home = home.resolve()
        self.told: list[Told] = []
        self._watch = Watch(seconds=LOOK_SECONDS)
        self._read = 0

    def read(self, folder: Path, *, workers: int, meanwhile: Callable[[], None]) -> Facts:
        """What arrived, checked and laid upon the store, while this process does something else.

        Where much is to be read another process does it: what it held goes with it, and the workers have the
        memory. Where there will be several portions, what workers need is imported meanwhile, too, and this
        process seldom looks for rings from then on.
        """
        if self._foreseen(workers):
            _serve(workers)
            seldom_look_for_rings()
        if workers <= 1 or size(folder) <= MUCH:
            meanwhile()
            return open_facts([folder], self.home)
        with self._watch, alone(partial(_opened, folder, self.home)) as answer:
            meanwhile()
            facts, self._read = answer()
        return facts

    def _foreseen(self, workers: int) -> bool:
        """Whether the store opened last has pupils for several portions, as the new one then will have."""
        with suppress(
            OSError, ValueError, pl.exceptions.PolarsError
        ):  # whoever opens the store will tell
            return workers > 1 and several(last_known(self.home), MOST)
        return False

    def expect(self, facts: Facts, *, workers: int, most: int = MOST) -> bool:
        """Whether workers will be wanted; then what they need is imported meanwhile, elsewhere."""
        wanted = workers > 1 and several(facts.known, most)
        if wanted:
            _serve(workers)
        return wanted

    def draw(self, run: Run, clock: Stages, say: Say) -> None:
        """Write every portion that does not stand yet; Refusal where one cannot be drawn or a worker died."""
        order = run.order
        apart = order.engine == "polars" and not order.model.manifest.lag_weeks
        if not (apart and self.expect(order.facts, workers=order.workers, most=order.most)):
            Threads().draw(run, clock, say)
            return
        with self._watch, _pool(order.workers) as pool:
            try:
                self._drawn(run, _Work(pool, clock, say, self.told))
            except BrokenProcessPool as error:
                raise _died() from error

    def _drawn(self, run: Run, work: _Work) -> None:
        count = plan(run, 0, work.clock)
        left, model = run.left(count), run.order.model
        errand = Errand.of(run, self.home)
        errand = replace(errand, workers=threads_of(errand.workers))
        if left and count > 1 and not model.fitted:
            work.ask(errand, weigh, range(count))
            margins = read_margins(run.into.room(run.order.folder), count)
            errand = errand.with_cuts(model.settled(margins).cuts)
        work.ask(errand, draw, left, of=count)

    @property
    def held(self) -> int:
        """The most bytes that this process and those it began held together; of whoever read its own highest,
        where no look saw it."""
        return max(self._read, self._watch.peak)


def size(folder: Path) -> int:
    """Bytes of the files that arrived; 0 where there is no such folder."""
    with suppress(OSError):
        return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    return 0


def _opened(folder: Path, home: Path) -> tuple[Facts, int]:
    """The facts, and the most bytes that opening them held."""
    facts = open_facts([folder], home)
    return facts, highest()


def _serve(workers: int) -> None:
    """Begin the server that workers are copies of, where there is one and it is not there yet."""
    if METHOD == "forkserver":
        with telling(threads_of(workers)):
            forkserver.set_forkserver_preload(list(HEAVY))
            forkserver.ensure_running()


class _Work:
    """Steps of a run, one by one to whichever worker is free."""

    def __init__(
        self, pool: ProcessPoolExecutor, clock: Stages, say: Say, answers: list[Told]
    ) -> None:
        self.pool, self.clock, self.say = pool, clock, say
        self.answers = answers

    def ask(self, errand: Errand, step: Step, numbers: Sequence[int], *, of: int = 0) -> None:
        """Do a step for these portions, of ``of``; Refusal naming those that could not be done, after all
        others stand."""
        asked = [self.pool.submit(tell, errand, step, n, last=True) for n in numbers]
        done, wrong = of - len(asked), []
        for answer in as_completed(asked):
            told = counted(answer.result(), self.clock)
            self.answers.append(told)
            if told.zh:
                wrong.append(told)
                continue
            done += 1
            if of > 1:
                self.say(f"{done}/{of}", self.clock.running)
        if wrong:
            raise failed(sorted(wrong, key=lambda one: one.number), len(asked), LOOK)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Workers, already importing; none is left, also where this process is told to stop."""
    with pool(workers, method=METHOD) as found:
        # a worker is begun when the server is ready, for which nobody else need wait
        greeting = Thread(target=_greet, args=(found, workers))
        greeting.start()
        try:
            yield found
        finally:
            greeting.join()


def _greet(pool: ProcessPoolExecutor, workers: int) -> None:
    with suppress(BrokenProcessPool):  # whoever asks next is told
        for _ in range(workers):
            pool.submit(_ready)


def _ready() -> None:
    """The first thing that a worker is asked: imports what it will need."""
    import serving.services.tasks  # noqa: F401


def _died() -> Refusal:
    """What a worker left when the system ended it, most often for want of memory."""
    return Refusal(
        "一个计算进程中途被系统结束（多见于内存不足）。名单没有发布，已算完的批次保留。请再运行同一条命令，"
        "只补算其余批次；内存不够时加 --workers 1，或换内存更大的机器。",
        "A process that was drawing was ended by the system (most often for want of memory). Nothing was "
        "published; portions that are done stay. Run the same command again: only the rest is drawn. Where "
        "memory is short, add --workers 1 or take a machine with more.",
    )
