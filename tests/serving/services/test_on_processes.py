"""The weekly run as processes of one machine: the same lists as by threads, byte for byte, and none half made."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from multiprocessing import active_children
from pathlib import Path

import polars as pl
import psutil
import pytest
import typer
from typer.testing import CliRunner

from features.facts import last_known, open_facts
from features.mount import mount
from features.refusal import Refusal
from serving import commands
from serving.services import on_processes
from serving.services.desk import Desk
from serving.services.errand import Errand
from serving.services.making import Run, Stages, portioned
from serving.services.on_processes import OnProcesses, size
from serving.services.order import Order
from serving.services.tasks import draw
from serving.services.weekly import Done, publish_week
from tests.serving.services.counties import FRIDAY, NOW, desk
from tests.serving.services.crews import (
    MENDED,
    MOST,
    by,
    drawn_by_threads,
    files,
    fresh,
    killed_at,
    mine,
    torn_then_mended,
    trees,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home drawn by threads: a week by the rule, then one by trees that were promoted meanwhile."""
    return drawn_by_threads(tmp_path_factory.mktemp("home"))


def on_processes_of(own: Order, at: Desk, home: Path) -> tuple[Done, OnProcesses]:
    """Publish by two processes, of which none is left afterwards."""
    crew = OnProcesses(home)
    before = set(active_children())
    try:
        return by(crew, replace(own, workers=2), at), crew
    finally:
        assert set(active_children()) <= before


def test_processes_write_the_bytes_that_threads_write(home: Path, tmp_path: Path) -> None:
    """Lists, scores, contributions and alerts of a rule's week and a model's week are the same files, and
    nobody's id passes between processes."""
    where = fresh(home, tmp_path)
    on_processes_of(mine(where, days=7), desk(where), where)
    trees(where)
    own, at = mine(where), desk(where)
    done, crew = on_processes_of(own, at, where)
    one, other = files(home), files(where)
    assert len([name for name in one if "/roster/" in name]) == 8
    assert one == other
    assert sum(told.count for told in crew.told) == done.publication.counts["pupils"]
    assert 50e6 < crew.held < 10e9
    passed = pickle.dumps((Errand.of(Run(own, (), at.runs, at.runs), where), crew.told))
    everyone = [pupil for share in portioned(own) if share for pupil in share.students]
    assert everyone
    assert not [pupil for pupil in everyone if pupil.encode() in passed]


def test_one_portion_begins_no_process(home: Path, tmp_path: Path) -> None:
    """A school or a county is drawn by this process, however many workers it may have."""
    where = fresh(home, tmp_path)
    before = psutil.Process().children(recursive=True)
    done, crew = on_processes_of(mine(where, most=10**9), desk(where), where)
    assert done.fresh
    assert crew.told == []
    assert psutil.Process().children(recursive=True) == before


def test_what_will_be_wanted_is_begun_before_anything_is_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home whose last store holds several portions' pupils has the server begun at once; a smaller one, a new
    one, or one worker has not."""
    asked: list[int] = []
    monkeypatch.setattr(on_processes, "_serve", asked.append)
    monkeypatch.setattr(on_processes, "seldom_look_for_rings", lambda: None)
    known = last_known(home)
    assert known > 100

    def read(where: Path, workers: int) -> None:
        done: list[int] = []
        crew = OnProcesses(where)
        facts = crew.read(home / "county", workers=workers, meanwhile=lambda: done.append(1))
        assert facts.known == known
        assert done == [1]
        assert facts.digest == read_here.digest

    read_here = open_facts([home / "county"], home)
    for where, most, workers in ((home, 3 * known // 2 + 1, 2), (tmp_path, 0, 2), (home, known, 1)):
        monkeypatch.setattr(on_processes, "MOST", most)
        read(where, workers)
    assert asked == []
    read(home, 2)
    assert asked == [2]


def test_much_is_read_by_a_process_that_ends(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where much arrived another process opens the facts, to the same store, and what it held is told; what it
    refuses is told as it said it."""
    county, own = home / "county", tmp_path / "home"
    here = open_facts([county], tmp_path / "here")
    monkeypatch.setattr(on_processes, "MUCH", size(county) - 1)
    monkeypatch.setattr(on_processes, "open_facts", None)  # nobody opens them in this process
    crew, before = OnProcesses(own), set(active_children())
    facts = crew.read(county, workers=2, meanwhile=lambda: None)
    assert (facts.digest, facts.batch, facts.folder.parent) == (
        here.digest,
        here.batch,
        own / "facts",
    )
    assert 50e6 < crew.held < 10e9
    assert set(active_children()) <= before
    monkeypatch.setattr(on_processes, "MUCH", -1)
    with pytest.raises(Refusal, match="找不到数据文件夹"):
        OnProcesses(own).read(tmp_path / "nowhere", workers=2, meanwhile=lambda: None)


def test_a_portion_that_fails_is_named_and_alone_drawn_again(home: Path, tmp_path: Path) -> None:
    """One refusal with portion and remedy, nothing published, the others kept; mended, only it is drawn."""
    where = fresh(home, tmp_path)

    def drawn(own: Order, at: Desk) -> list[int]:
        _, crew = on_processes_of(own, at, where)
        return [told.number for told in crew.told]

    assert torn_then_mended(where, drawn) == MENDED


def dies(run: Run, number: int, clock: Stages) -> int:
    """A step that the system ends, as for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_that_dies_is_one_refusal(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed from outside: one sentence with the remedy, nothing is published."""
    where = fresh(home, tmp_path)
    trees(where)
    at = desk(where)
    monkeypatch.setattr(on_processes, "draw", dies)
    with pytest.raises(Refusal, match="--workers 1") as refused:
        on_processes_of(mine(where), at, where)
    assert "run the same command again" in refused.value.en.casefold()
    assert at.lists.standing() == []


def test_what_threads_began_processes_end(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two parts, a run goes on with workers begun as Windows begins them, to the same files."""
    where = fresh(home, tmp_path)
    own, at = mine(where, days=7), desk(where)
    killed_at(2, own, at, monkeypatch)
    begun = at.runs.begun(own.folder)
    assert begun
    assert 2 not in begun
    monkeypatch.setattr(on_processes, "METHOD", "spawn")
    done, crew = on_processes_of(own, desk(where), where)
    drawn = {told.number for told in crew.told if "written" in told.seconds}
    assert drawn == {0, 1, 2, 3} - begun
    whole = {n: held for n, held in files(home).items() if done.publication.week in n}
    assert files(where) == whole


def lingers(run: Run, number: int, clock: Stages) -> int:
    """A step that is at once done for the first portion, and not for the others."""
    if number:
        time.sleep(60)
    return draw(run, number, clock)


def test_interrupted_no_worker_is_left(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the first portion ends the workers at once, publishes nothing and leaves what stands."""
    where = fresh(home, tmp_path)
    own, at, before = replace(mine(where, days=7), workers=2), desk(where), set(active_children())
    monkeypatch.setattr(on_processes, "draw", lingers)
    since = time.monotonic()
    seen: set[int] = set()

    def say(stage: str, seconds: float) -> None:
        seen.update(child.pid or 0 for child in set(active_children()) - before)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_week(own, at, clock=lambda: NOW, say=say, crew=OnProcesses(where))
    assert time.monotonic() - since < 50
    assert seen
    assert set(active_children()) <= before
    assert not [pid for pid in seen if psutil.pid_exists(pid)]
    assert at.lists.standing() == []
    assert at.runs.begun(own.folder)


def test_workers_share_the_cores() -> None:
    """Together they take the threads that one process would; afterwards nobody is told of it any more."""
    before, cores = dict(os.environ), pl.thread_pool_size()
    with on_processes._pool(cores) as pool:
        assert pool.submit(pl.thread_pool_size).result() == 1
    assert dict(os.environ) == before


def test_the_server_holds_what_is_heavy_and_no_polars() -> None:
    """Workers are copies of it: threads that Polars begins as it is imported would be missing in them."""
    assert imported("serving.services.heavy", "lightgbm", "numba", "polars") == {
        "lightgbm",
        "numba",
    }


def imported(module: str, *names: str) -> set[str]:
    """Which of ``names`` a new process has imported that imports ``module``."""
    lines = f"import sys, {module}; print(*({set(names)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_command_takes_processes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``weekly --workers 2`` of a city says every portion as it stands, and what all processes held."""
    weekly = import_module("serving.commands.weekly")
    real = weekly.order_of
    monkeypatch.setattr(weekly, "order_of", lambda *a, **k: replace(real(*a, **k), most=MOST))
    app = typer.Typer(pretty_exceptions_enable=False)
    mount(commands, app)
    env = {"BAOXUE_HOME": str(tmp_path / "home"), "BAOXUE_LANG": "en"}
    asked = ("weekly", str(home / "county"), "--as-of", str(FRIDAY), "--workers", "2")
    said = CliRunner().invoke(app, asked, env=env)
    assert said.exit_code == 0, said.output
    for line in ("part 1/4", "part 4/4", "scores and lists", "memory up to", "Published 2026-W47"):
        assert line in said.output
