"""Processes of this machine: what they are told, in what order they answer, and that none is left."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path

import polars as pl
import psutil
import pytest

from features.refusal import Refusal
from features.workers import alone, each, pool, telling, threads_of

KILLED = """
import os, signal, time, multiprocessing
from concurrent.futures import ProcessPoolExecutor
from features import workers
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(2, mp_context=context, initializer=workers.begin, initargs=(1,))
    print(*{pool.submit(os.getpid).result() for _ in range(2)}, flush=True)
    pool.submit(time.sleep, 60)
    os.kill(os.getpid(), signal.SIGKILL)
"""


INTERRUPTED = """
import os, signal, sys, threading, time
from functools import partial
import polars
from features import workers
def long(room):
    import tempfile
    with tempfile.TemporaryDirectory(dir=room):
        open(room + "/begun", "w").close()
        time.sleep(60)
def deaf(room):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    long(room)
def press():
    while not os.path.exists(sys.argv[2] + "/begun"):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)
if __name__ == "__main__":
    threading.Thread(target=press, daemon=True).start()
    if sys.argv[3] == "alone":
        with workers.alone(partial(globals()[sys.argv[1]], sys.argv[2])) as answer:
            answer()
    else:
        list(workers.each(globals()[sys.argv[1]], [sys.argv[2]] * 2, workers=2))
"""


@pytest.mark.parametrize("work", ["long", "deaf"])
@pytest.mark.parametrize("way", ["alone", "each"])
def test_who_waits_hears_ctrl_c(tmp_path: Path, work: str, way: str) -> None:
    """While another process works the wait for it is ended by Ctrl-C, Polars or not, also where that one hears
    nothing; what it was writing is taken away where it does."""
    script, room = tmp_path / "interrupted.py", tmp_path / "room"
    room.mkdir()
    script.write_text(INTERRUPTED, "utf-8")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    since = time.monotonic()
    command = [sys.executable, str(script), work, str(room), way]
    done = subprocess.run(command, env=env, stderr=subprocess.PIPE, timeout=50, check=False)
    assert done.returncode == -signal.SIGINT
    assert time.monotonic() - since < 40
    if work == "long":
        assert [path.name for path in room.iterdir()] == ["begun"]
        assert b"Stopped" not in done.stderr


def test_workers_end_with_the_process_that_began_them(tmp_path: Path) -> None:
    """Also where it is killed and can tell nobody, in the midst of their work: none keeps its memory."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in done.stdout.split()]
    assert pids
    until = time.monotonic() + 10
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(psutil.pid_exists, pids))


def test_a_worker_begins_without_libraries() -> None:
    """They ask once how many threads they may have, and must not be there before they are told."""
    lines = "import sys, features.workers; print(*({'polars', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_workers_share_the_cores() -> None:
    """Together they take the threads that one process would; afterwards nobody is told of it any more."""
    before, cores = dict(os.environ), pl.thread_pool_size()
    assert threads_of(10**4) == 1
    assert threads_of(1) == cores
    with pool(cores) as found:
        assert found.submit(pl.thread_pool_size).result() == 1
    assert dict(os.environ) == before
    with telling(3):
        assert os.environ["POLARS_MAX_THREADS"] == "3"
    assert dict(os.environ) == before


def slowest_first(number: int) -> tuple[int, int]:
    """Who was asked, and by whom it was done; the first takes longest."""
    time.sleep(0.3 if number == 0 else 0.0)
    return number, os.getpid()


def test_answers_come_in_the_order_of_the_jobs() -> None:
    """However long each took; by other processes where there are several, by this one where there is one."""
    done = list(each(slowest_first, range(5), workers=2))
    assert [number for number, _ in done] == [0, 1, 2, 3, 4]
    assert os.getpid() not in {pid for _, pid in done}
    assert list(each(slowest_first, [1], workers=2)) == [(1, os.getpid())]
    assert list(each(slowest_first, [1, 2], workers=1)) == [(1, os.getpid()), (2, os.getpid())]
    assert list(each(slowest_first, [], workers=2)) == []


def dies(number: int) -> int:
    """Ended by the system, as for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def told_to_end(number: int) -> int:
    """Told by the system to end, in the midst of its work."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)
    return number


def refuses(number: int) -> int:
    """Wrong in a way that a person can mend."""
    raise Refusal(f"第{number}个不行。", f"Number {number} will not do.")


def test_a_process_that_is_ended_is_one_refusal() -> None:
    """The system's end of a process is told with what to do; what a process refuses is told as it said it."""
    with pytest.raises(Refusal, match="--workers 1"):
        list(each(dies, range(3), workers=2))
    with alone(partial(dies, 1)) as answer, pytest.raises(Refusal, match="--workers 1"):
        answer()
    # a system short of memory asks politely first
    with pytest.raises(Refusal, match="--workers 1"):
        list(each(told_to_end, range(3), workers=2))
    with alone(partial(told_to_end, 1)) as answer, pytest.raises(Refusal, match="--workers 1"):
        answer()
    with pytest.raises(Refusal, match="第2个不行") as told, alone(partial(refuses, 2)) as answer:
        answer()
    assert told.value.en == "Number 2 will not do."


def test_nobody_elses_process_is_ended() -> None:
    """Answers that nobody waits for any more end their own workers, not what else was begun meanwhile."""
    found = each(slowest_first, range(4), workers=2)
    next(found)
    begun = get_context("spawn").Process(target=time.sleep, args=(60,))
    begun.start()
    found.close()
    assert begun.is_alive()
    begun.terminate()
    begun.join()


class Particular(Refusal):
    """One that is made of something else than its sentences."""

    def __init__(self, *, number: int) -> None:
        super().__init__(f"第{number}个", f"number {number}")
        self.number = number


def test_a_refusal_travels_whole() -> None:
    """Of its own kind, with both sentences and what else it holds, however it was made."""
    told = pickle.loads(pickle.dumps(Particular(number=3)))
    assert told.number == 3
    assert (type(told), told.zh, told.en, str(told)) == (Particular, "第3个", "number 3", "第3个")


def writes(room: Path) -> None:
    """Begins something aside, and is long about it."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=room):
        (room / "begun").touch()
        time.sleep(60)


def interrupted(room: Path) -> None:
    """Ctrl-C as soon as the other process has begun."""
    with alone(partial(writes, room)):
        while not (room / "begun").exists():
            time.sleep(0.02)
        raise KeyboardInterrupt


def test_told_to_stop_what_was_being_written_is_taken_away(tmp_path: Path) -> None:
    """Ctrl-C while a process of its own works: it ends at once, leaves nothing half written, and is gone."""
    before, since = set(active_children()), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path)
    assert time.monotonic() - since < 50
    assert [path.name for path in tmp_path.iterdir()] == ["begun"]
    assert set(active_children()) <= before
