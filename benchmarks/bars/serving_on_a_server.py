"""The same answers from PostgreSQL, where ``BAOXUE_BENCHMARK_DATABASE`` names one."""

from __future__ import annotations

import os
from dataclasses import replace

from benchmarks.bars import Figure, Place, serving

WHERE = "BAOXUE_BENCHMARK_DATABASE"


def measure(place: Place) -> Figure:
    """See ``serving``; the service writes to it."""
    url = os.environ.get(WHERE, "")
    if not url.startswith("postgresql"):
        raise SystemExit(f"{WHERE} names no PostgreSQL database: there is nothing to measure")
    return serving.asked(place, url)


BAR = replace(
    serving.BAR,
    name="postgresql",
    zh="学生说明与学校名单（HTTP，PostgreSQL）",
    en="stored explanations and school lists over HTTP, PostgreSQL",
    measure=measure,
    sizes=("tenth", "city"),
    needs=WHERE,
)
