"""A small Spark session on this machine, where there is a Java virtual machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from features.cluster import cluster
from features.settings import Spark

#: Small data: neither pages nor plans are worth their start.
SMALL = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.maxPlanStringLength": "1000",
}


def session(master: str = "local[2]") -> Iterator[Any]:
    """One session, stopped afterwards."""
    pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("no Java virtual machine")
    started = cluster(Spark(master=master, options=SMALL))
    yield started
    started.stop()
