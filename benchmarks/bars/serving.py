"""Stored answers over HTTP from a published city, beside dictionaries through FastAPI."""

from __future__ import annotations

from benchmarks import apart
from benchmarks.bars import SIZES, Bar, Bound, Figure, Place


def measure(place: Place) -> Figure:
    """Stored explanations a second, scoped, audited and committed; the client is on the same two cores.

    The service starts as a process of its own and is asked with a session each; its start and its memory with
    the run loaded are told too, and how many single rows ``mlflow models serve`` scores meanwhile.
    """
    return asked(place)


def asked(place: Place, database: str = "") -> Figure:
    """What the service answers from ``database``; SQLite in the room where none is named."""
    room = place.room / f"{place.size}-{'server' if database else 'serving'}"
    command = ["-m", "benchmarks.serving", "--pupils", str(place.pupils), "--keep", str(room)]
    # its own figure of memory is kept: nobody else looks while answers are timed
    told = apart.run([*command, "--database", database, "--json"], look=False).json()
    ratio = told["list_per_second"] / told["plain_list_per_second"]
    told["over_mlflow"] = told["explanation_per_second"] / told["mlflow_per_second"]
    return Figure(told["explanation_per_second"], "explanations/s", ratio, more=told)


BAR = Bar(
    "serving",
    "学生说明与学校名单（HTTP）",
    "stored explanations and school lists over HTTP",
    "lists as dictionaries through FastAPI, without database, scope or audit; answers a second",
    (
        Bound("ratio", "least", {"small": 1}),
        Bound("value", "least", {"city": 3000}),
        Bound("explanation_due_p99_ms", "most", {"city": 10}),
        Bound("list_per_second", "least", {"city": 2000}),
        Bound("users_p99_ms", "most", {"city": 150}),
        Bound("starts", "most", dict.fromkeys(SIZES, 3)),
        Bound("holds_mb", "most", dict.fromkeys(SIZES, 400)),
    ),
    measure,
)
