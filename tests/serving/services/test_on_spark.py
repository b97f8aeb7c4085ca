"""The weekly run as tasks of a cluster: the same lists as on one machine, byte for byte, and none half made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import serving.commands
from features.cluster import attempts
from features.mount import mount
from features.refusal import Refusal
from serving.services.desk import Desk
from serving.services.on_spark import OnSpark
from serving.services.order import Order
from serving.services.weekly import Done
from serving.store.database import open_database
from serving.store.lists import SqlLists
from serving.store.runs import FolderRuns
from tests import spark
from tests.serving import databases
from tests.serving.services.counties import FRIDAY, desk
from tests.serving.services.crews import (
    MENDED,
    by,
    drawn_by_threads,
    files,
    fresh,
    killed_at,
    mine,
    torn_then_mended,
    trees,
)

pytestmark = [pytest.mark.spark, pytest.mark.slow]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Two tasks at a time on this machine."""
    yield from spark.session()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home drawn by threads: a week by the rule, then one by trees that were promoted meanwhile."""
    return drawn_by_threads(tmp_path_factory.mktemp("home"))


def on_spark(own: Order, at: Desk, home: Path) -> tuple[Done, OnSpark]:
    """Publish by tasks."""
    crew = OnSpark(home)
    return by(crew, own, at), crew


def test_tasks_write_the_bytes_that_threads_write(
    session: object, home: Path, tmp_path: Path
) -> None:
    """Lists, scores, contributions and alerts of a rule's week and a model's week are the same files."""
    where = fresh(home, tmp_path)
    on_spark(mine(where, days=7), desk(where), where)
    trees(where)
    done, crew = on_spark(mine(where), desk(where), where)
    assert done.fresh
    one, other = files(home), files(where)
    assert len([name for name in one if "/roster/" in name]) == 8
    assert one == other
    assert sum(told.count for told in crew.told[1:]) == done.publication.counts["pupils"]
    assert crew.hosts == 1
    assert 0 < crew.held < 10


def test_a_portion_that_fails_is_named_and_alone_drawn_again(
    session: object, home: Path, tmp_path: Path
) -> None:
    """One refusal with portion and remedy, nothing published, the others kept; mended, only it is drawn."""
    where = fresh(home, tmp_path)

    def drawn(own: Order, at: Desk) -> list[int]:
        _, crew = on_spark(own, at, where)
        return [told.number for told in crew.told[1:] if told.count]

    assert torn_then_mended(where, drawn) == MENDED


def test_a_worker_that_dies_is_one_refusal(
    session: object, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed from outside, as for want of memory: portions and remedy are named, nothing is published."""
    where = fresh(home, tmp_path)
    trees(where)
    own, at = mine(where), desk(where)

    def dies(run: object, number: int, clock: object) -> int:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    monkeypatch.setattr("serving.services.on_spark.draw", dies)
    with pytest.raises(Refusal) as refused:
        on_spark(own, at, where)
    assert "第 1, 2, 3, 4 批" in refused.value.zh
    assert "spark.options" in refused.value.en
    assert at.lists.standing() == []


def test_what_a_killed_machine_left_is_gone_on_with(
    session: object, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun on threads and killed between two parts, a run ends on the cluster with the list of the whole."""
    where = fresh(home, tmp_path)
    own, at = mine(where, days=7), desk(where)
    killed_at(2, own, at, monkeypatch)
    assert at.runs.begun(own.folder)
    done, crew = on_spark(own, desk(where), where)
    drawn = [told.number for told in crew.told if "written" in told.seconds]
    assert 2 in drawn
    assert 0 not in drawn
    whole = {n: held for n, held in files(home).items() if done.publication.week in n}
    assert files(where) == whole


def test_a_run_of_the_cluster_is_published_in_postgresql(
    session: object, home: Path, tmp_path: Path
) -> None:
    """A whole county as one task, registered in PostgreSQL: the publication reads back, the files stand."""
    where = fresh(home, tmp_path)
    database = open_database(databases.postgresql())
    at = Desk(SqlLists(database), FolderRuns(where / "runs"))
    done, crew = on_spark(mine(where, most=10**9), at, where)
    assert len(crew.told) == 2
    assert at.lists.standing() == [done.publication]
    assert at.table(done.publication, "list").collect().height > 0
    again, idle = on_spark(mine(where, most=10**9), at, where)
    assert not again.fresh
    assert idle.told == []
    database.close()


def test_the_command_takes_the_cluster(session: Any, home: Path, tmp_path: Path) -> None:
    """``weekly --engine spark`` runs on it and says what its tasks took; a second one does nothing."""
    app = typer.Typer(pretty_exceptions_enable=False)
    mount(serving.commands, app)
    env = {"BAOXUE_HOME": str(tmp_path / "home"), "BAOXUE_LANG": "en"}
    asked = (str(home / "county"), "--as-of", str(FRIDAY), "--engine", "spark")
    said = CliRunner().invoke(app, ("weekly", *asked), env=env)
    assert said.exit_code == 0, said.output
    assert "Published 2026-W47" in said.output
    assert "tasks on 1 machine(s)" in said.output
    assert "nothing to do" in CliRunner().invoke(app, ("weekly", *asked), env=env).output
    assert attempts(session) == 1
