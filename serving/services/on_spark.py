"""A run's portions as tasks of a Spark cluster. The driver sees numbers of portions and counts, no pupil.

Every task opens the facts in the shared home, draws its schools on Polars as one machine would, and writes its
part there by itself: aside, then renamed. A task that is tried again, or twice at once, writes the same part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from features.cluster import attempts, cluster, failures, quiet
from features.refusal import Refusal
from features.settings import Spark
from serving.services import portions
from serving.services.errand import Errand
from serving.services.making import Run, Say, Stages
from serving.services.tasks import (
    SCHEMA,
    Step,
    Told,
    as_row,
    counted,
    draw,
    failed,
    in_time,
    numbered,
    plan,
    read_margins,
    tell,
    weigh,
)

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

#: Between two looks at how far the tasks have come.
LOOK_SECONDS = 5.0
#: What is to be looked at where a portion failed.
LOOK = (
    "执行节点的内存、磁盘和共享目录",
    "memory, disk and the shared folder of the executors",
)


class OnSpark:
    """``making.Crew`` on a cluster: ``home`` is a folder that every machine sees under this path."""

    def __init__(self, home: Path, spark: Spark | None = None) -> None:
        """``spark``: which cluster; a session that runs already is taken."""
        self.home = home.resolve()
        self.spark = spark
        self.told: list[Told] = []

    def draw(self, run: Run, clock: Stages, say: Say) -> None:
        """Write every portion that does not stand yet, each by a task."""
        tasks = _Tasks(cluster(self.spark), clock, self.told)
        try:
            count = self._drawn(run, tasks, say)
        except failures() as error:
            raise _given_up(run) from error
        _check_complete(run, count)

    def _drawn(self, run: Run, tasks: _Tasks, say: Say) -> int:
        """How many portions there are, every one of them asked for."""
        errand, room = Errand.of(run, self.home), run.into.room(run.order.folder)
        count = tasks.ask(errand, plan, [0])[0].count
        model = run.order.model
        if count > 1 and not model.fitted:
            tasks.ask(errand, weigh, range(count))
            errand = errand.with_cuts(model.settled(read_margins(room, count)).cuts)
        left = run.left(count)
        with _telling(run, count, tasks.clock, say):
            tasks.ask(errand, draw, left)
        if left and count > 1:
            say(f"{count}/{count}", tasks.clock.running)
        return count

    @property
    def held(self) -> float:
        """The most memory that a task's process held, in GB."""
        return max((one.held for one in self.told), default=0.0)

    @property
    def hosts(self) -> int:
        """How many machines drew."""
        return len({one.host for one in self.told})


class _Tasks:
    """Steps of a run, one task a portion."""

    def __init__(self, session: SparkSession, clock: Stages, answers: list[Told]) -> None:
        self.session = session
        self.clock = clock
        self.answers = answers

    def ask(self, errand: Errand, step: Step, numbers: Sequence[int]) -> list[Told]:
        """The answers of a step for these portions; Refusal naming those that could not be done."""
        if not numbers:
            return []
        asked = self.session.range(0, len(numbers), 1, len(numbers))
        do = partial(_answers, errand, step, tuple(numbers), attempts(self.session))
        with quiet():
            rows = asked.mapInPandas(do, SCHEMA).collect()
        told = sorted((Told(**row.asDict()) for row in rows), key=lambda one: one.number)
        self.answers += told
        wrong = [one for one in told if counted(one, self.clock).zh]
        if wrong:
            raise failed(wrong, len(told), LOOK, at=True)
        return told


def _answers(
    errand: Errand, step: Step, numbers: tuple[int, ...], tries: int, asked: Iterator[pd.DataFrame]
) -> Iterator[pd.DataFrame]:
    """On an executor: one row in, one row out."""
    import pandas as pd
    from pyspark import TaskContext

    context: Any = TaskContext.get()
    last = context is None or context.attemptNumber() + 1 >= tries
    for batch in asked:
        rows = [as_row(tell(errand, step, numbers[at], last=last)) for at in batch["id"]]
        yield pd.DataFrame(rows)


@contextmanager
def _telling(run: Run, count: int, clock: Stages, say: Say) -> Iterator[None]:
    """Say how many parts stand, while the cluster works."""
    over = Event()

    def look() -> None:
        known = 0
        while not over.wait(LOOK_SECONDS):
            done = count - len(run.left(count))
            if done != known and done < count:
                say(f"{done}/{count}", clock.running)
            known = done

    watcher = Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _check_complete(run: Run, count: int) -> None:
    in_time(lambda: not run.left(count))
    left = run.left(count)
    if left:
        raise Refusal(
            f"有{len(left)}批（共{count}批）的结果在共享目录中看不到。请确认执行节点与本机看到的是同一个 "
            "BAOXUE_HOME、以同一用户运行，然后重新运行同一条命令。名单没有发布。",
            f"{len(left)} of {count} portions are not to be seen in the shared folder. Make sure that "
            "executors and this machine see the same BAOXUE_HOME and run as the same user, then run the "
            "same command again. Nothing was published.",
        )


def _given_up(run: Run) -> Refusal:
    """What Spark itself gave up, with the portions that it leaves open."""
    laid = portions.laid(run.into.room(run.order.folder))
    left = numbered(run.left(laid.count)) if laid else "1"
    return Refusal(
        f"Spark 任务多次失败，运行中止，第 {left} 批还没有算成（常见情形：执行节点内存不足被终止、节点失联、"
        "两端 Python 版本不同、执行节点没有安装保学）。名单没有发布，已算完的批次保留。请查看 Spark 页面上失败"
        "任务的日志，调整 [spark.options] 后再运行同一条命令，只补算这些批次。",
        f"Spark gave the run up after several tries; portion {left} is not drawn yet (often: an executor ran "
        "out of memory or was lost, the Python versions differ, or Baoxue is not installed there). Nothing "
        "was published; portions that are done stay. Look at the failed task's log on Spark's pages, mend "
        "[spark.options] and run the same command again: only these are drawn.",
    )
