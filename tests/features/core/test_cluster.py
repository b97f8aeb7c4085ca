"""How a cluster is configured: what is asked of it, and what the configuration may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.cluster import ALWAYS, wanted
from features.settings import Settings, Spark


def test_two_tasks_here_unless_configured() -> None:
    """Without a word of configuration the master is this machine, two tasks at a time."""
    assert wanted(Spark())["spark.master"] == "local[2]"


def test_an_empty_master_is_left_to_spark() -> None:
    """So that spark-submit and spark-defaults.conf are heard."""
    assert "spark.master" not in wanted(Spark(master=""))


def test_options_prevail_and_a_task_takes_its_own_cores() -> None:
    """What is configured is asked for; libraries take as many threads as a task has cores."""
    own = wanted(Spark(options={"spark.app.name": "province", "spark.task.cpus": "3"}))
    assert own["spark.app.name"] == "province"
    assert own["spark.executorEnv.POLARS_MAX_THREADS"] == "3"
    assert own["spark.sql.session.timeZone"] == "UTC"


def test_no_option_moves_the_clock() -> None:
    """Time zone and strictness stand whatever is configured: they would change numbers."""
    own = wanted(Spark(options={"spark.sql.session.timeZone": "Asia/Shanghai"}))
    assert own["spark.sql.session.timeZone"] == ALWAYS["spark.sql.session.timeZone"]


def test_the_cluster_is_read_from_environment_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``[spark]`` in baoxue.toml, and BAOXUE_SPARK__MASTER over it."""
    (tmp_path / "baoxue.toml").write_text(
        '[spark]\nmaster = "yarn"\n[spark.options]\n"spark.executor.memory" = "4g"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert Settings().spark == Spark(master="yarn", options={"spark.executor.memory": "4g"})
    monkeypatch.setenv("BAOXUE_SPARK__MASTER", "spark://head:7077")
    assert Settings().spark.master == "spark://head:7077"
