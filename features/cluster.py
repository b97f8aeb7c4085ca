"""The Spark cluster that was configured: one session of it, with what every task of ours needs."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from features.refusal import Refusal
from features.settings import Spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Days are days: no cluster's own time zone or leniency may change a number.
ALWAYS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
#: How many threads a library takes: each would take all cores for every task on a machine.
THREADS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")


def cluster(spark: Spark | None = None) -> SparkSession:
    """The session that runs already, or a new one on ``spark.master`` (``local[2]`` unless configured).

    An empty master leaves it to Spark's own configuration (``spark-submit``, ``spark-defaults.conf``).
    Refusal where pyspark or Java is missing, or the cluster does not answer.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as missing:
        raise _not_installed() from missing
    running = SparkSession.getActiveSession()
    asked = ALWAYS if running is not None else wanted(spark or Spark())
    builder: Any = SparkSession.builder
    for name, value in asked.items():
        builder = builder.config(name, value)
    # executors have the program at the same path, unless PYSPARK_PYTHON says where
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with quiet():
            session: SparkSession = builder.getOrCreate()
    except failures() as error:
        raise _unreachable(asked.get("spark.master", "")) from error
    return session


@contextmanager
def quiet() -> Iterator[None]:
    """Without Spark's words on a pandas newer than it knows: only numbers and strings pass through it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
        yield


def failures() -> tuple[type[Exception], ...]:
    """What a cluster's failures are raised as."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return (PySparkException, Py4JError)


def wanted(spark: Spark) -> dict[str, str]:
    """What a new session is asked for; configured options prevail, but for what would change numbers."""
    cores = spark.options.get("spark.task.cpus", "1")
    own = {
        "spark.app.name": "baoxue",
        "spark.ui.showConsoleProgress": "false",
        **{f"spark.executorEnv.{name}": cores for name in THREADS},
        **spark.options,
        **ALWAYS,
    }
    return own | ({"spark.master": spark.master} if spark.master else {})


def attempts(session: SparkSession) -> int:
    """How often the cluster tries a task before the run is given up."""
    master = session.conf.get("spark.master", "") or ""
    if master.startswith("local"):  # local[2] tries once, local[2,3] three times
        within = master.partition("[")[2].rstrip("]").split(",")
        return int(within[1]) if len(within) > 1 else 1
    return int(session.conf.get("spark.task.maxFailures", "4") or 4)


def _not_installed() -> Refusal:
    return Refusal(
        "未安装 Spark 支持。请先安装：pip install 'baoxue[spark]'，并准备 Java 17。",
        "Spark support is not installed: pip install 'baoxue[spark]', with Java 17.",
    )


def _unreachable(master: str) -> Refusal:
    where_zh, where = (f"（{master}）", f" ({master})") if master else ("", "")
    return Refusal(
        f"Spark 没有启动{where_zh}。请检查：本机有 Java 17（java -version）；baoxue.toml 的 [spark] master "
        "写的是集群地址，集群在运行且本机能连上。",
        f"Spark did not start{where}. Check that Java 17 is here (java -version), that [spark] master in "
        "baoxue.toml is the cluster's address, and that the cluster runs and can be reached.",
    )
