"""Factories of grounds: a quiet county of three schools, week by week, to be disturbed one thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from serving.scoring.health.grounds import (
    FEEDS,
    INDICATORS,
    MARKS,
    PUPILS,
    RESULTS,
    SAID,
    SETTLED,
    Grounds,
    Serving,
)
from training.outcomes import Less

TODAY = date(2026, 11, 20)
SCHOOLS = ("3144000001", "3144000002", "3144000003")
NAMES = dict(zip(SCHOOLS, ("青石中学", "柳河小学", "石桥小学"), strict=True))
WEEKS = tuple(TODAY - timedelta(weeks=n) for n in reversed(range(14)))
STEADY = {"poverty_registered": "register", "absence_4w": "attendance"}
#: Small, regular differences between weeks, so that nothing stands perfectly still.
WOBBLE = (0.0, 0.02, -0.01, 0.01, -0.02)


def wobble(n: int, size: float = 1.0) -> float:
    return 1 + size * WOBBLE[n % len(WOBBLE)]


def indicators(
    mean: Callable[[str, date], float | None] = lambda name, day: None,
    known: Callable[[str, date], int | None] = lambda name, day: None,
    weeks: Sequence[date] = WEEKS,
) -> pl.DataFrame:
    """Figures of three indicators; ``mean`` and ``known`` answer None where nothing is disturbed."""
    usual = {
        "poverty_registered": (0.12, 0.32),
        "absence_4w": (0.04, 0.08),
        "activity_4w": (9.0, 4.0),
    }
    rows = []
    for n, day in enumerate(weeks):
        for name, (middle, sd) in usual.items():
            told, many = mean(name, day), known(name, day)
            rows.append((day, name, 900, 880 if many is None else many,
                         middle * wobble(n) if told is None else told, sd))  # fmt: skip
    return pl.DataFrame(rows, schema=INDICATORS, orient="row")


def marks(change: Callable[[str, str, date], float | None] = lambda s, c, d: None) -> pl.DataFrame:
    """Figures of marks; ``change`` gives a factor for (school, column, week), None for none."""
    usual = {"expected": 3000.0, "known": 2900.0, "days": 1450.0, "late": 12.0, "early": 6.0,
             "excused": 30.0, "unexplained": 8.0}  # fmt: skip
    rows = []
    for n, day in enumerate(WEEKS):
        for m, school in enumerate(SCHOOLS):
            row: list[object] = [day, school]
            for column, value in usual.items():
                still = column in ("expected", "known", "days")
                factor = change(school, column, day)
                own = value if still else round(value * wobble(n + m, 8))
                row.append(own * (1.0 if factor is None else factor))
            rows.append(row)
    return pl.DataFrame(rows, schema=MARKS, orient="row")


def results(*batches: tuple[date, int, float]) -> pl.DataFrame:
    rows = [(day, known, mean, 0.15) for day, known, mean in batches]
    return pl.DataFrame(rows, schema=RESULTS, orient="row")


def pupils(change: Callable[[str, str, date], float | None] = lambda s, g, d: None) -> pl.DataFrame:
    rows = []
    for day in WEEKS:
        for school in SCHOOLS:
            for grade in ("7", "8"):
                factor = change(school, grade, day)
                rows.append((day, school, grade, int(150 * (1.0 if factor is None else factor))))
    return pl.DataFrame(rows, schema=PUPILS, orient="row")


def feeds(*more: tuple[str, str, int, int, int]) -> pl.DataFrame:
    """``more``: table, school, silent, usual, classes; every school's attendance is fresh else."""
    told = {(table, school) for table, school, *_ in more}
    fresh = [("attendance", s, 0, 2, 8) for s in SCHOOLS if ("attendance", s) not in told]
    rows = [(table, school, TODAY - timedelta(days=silent), silent, usual, classes)
            for table, school, silent, usual, classes in [*fresh, *more]]  # fmt: skip
    return pl.DataFrame(rows, schema=FEEDS, orient="row")


def settled(
    weeks: int = 4, *, listed: int = 50, hits: int = 15, others: int = 450, missed: int = 10,
    p: float = 0.3, low: float = 0.02, placed: bool = True,
) -> pl.DataFrame:  # fmt: skip
    """So many weeks of the same pupils: those listed with probability ``p``, the others with ``low``."""
    rows = []
    for n in range(weeks):
        for i in range(listed + others):
            on = i < listed
            out = i < hits or listed <= i < listed + missed
            rows.append((f"2026-W{30 + n}", f"s{i}", on and placed, on, p if on else low,
                         "positive" if out else "negative", TODAY - timedelta(weeks=20 - n),
                         SCHOOLS[i % 3], p if on else low, float(on), None, None, 1.0))  # fmt: skip
    return pl.DataFrame(rows, schema=SETTLED, orient="row")


def less(point: float = 0.05, half: float = 0.03) -> Less:
    """A difference to the attendance rule, its interval so far on either side."""
    return Less(point, point - half, point + half, 40, 4, TODAY - timedelta(weeks=20))


def said(listed: int = 30, others: int = 270, p: float = 0.25, low: float = 0.01) -> pl.DataFrame:
    rows = [(i < listed, i < listed, p if i < listed else low) for i in range(listed + others)]
    return pl.DataFrame(rows, schema=SAID, orient="row")


def serving(**more: object) -> Serving:
    made = Serving("dropout-risk/3", "lightgbm", "model", date(2026, 9, 1))
    return replace(made, **more)


def grounds(**more: object) -> Grounds:
    """A quiet week."""
    made = Grounds(
        area="440100",
        week="2026-W47",
        as_of=TODAY,
        today=TODAY,
        serving=serving(),
        indicators=indicators(),
        marks=marks(),
        results=results((date(2026, 7, 3), 600, 0.71), (TODAY, 500, 0.70)),
        pupils=pupils(),
        feeds=feeds(),
        settled=settled(),
        less=less(),
        said=said(),
        steady=STEADY,
        unbroken=frozenset(WEEKS),
        labels={"poverty_registered": ("家庭经济登记", "household economy register")},
        schools=NAMES,
    )
    return replace(made, **more)
