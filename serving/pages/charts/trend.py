"""A figure week by week as a small line: from zero to a round top, gaps where nothing is shown.

Positions are percentages of the picture; text stands beside it, so that nothing is stretched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serving.scoring.week import monday
from serving.services.health import Point

#: Tops of the axis: the first that holds every value.
TOPS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
#: Percent of the height kept free above and below.
EDGE = 4.0
#: field of ``Point`` -> name and meaning, zh and en.
LINES: dict[str, tuple[str, str, str, str]] = {
    "coverage": (
        "考勤已知的比例",
        "Sessions known",
        "应到时段中已知出勤情况的比例；其余为考勤未报（不等于到校）。",
        "Of the sessions due, those whose attendance is known; the rest was not taken.",
    ),
    "listed": (
        "列入名单的比例",
        "Share listed",
        "在估计范围内的学生中列入当周名单的比例。",
        "Of the pupils under estimate, those on the week's list.",
    ),
    "expected": (
        "推算命中率",
        "Precision implied",
        "按估计值推算：列入的学生中之后出现所关注情况的比例。仅为推算。",
        "What the estimates imply: of the listed, the share that will have the outcome. An estimate.",
    ),
    "realised": (
        "实际命中率",
        "Precision realised",
        "名单到期后核对：列入的学生中确实出现所关注情况的比例。人数过少的周不显示。",
        "Once lists came due: of the listed, the share that had the outcome. Small weeks are not shown.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One week: its name and the figure as people read it."""

    week: str
    said: str


@dataclass(frozen=True)
class Trend:
    """One line. ``path``: segments, ``dots``: every point, as SVG paths in a box of 100 by 100.
    ``top``: the axis' upper end; ``newest``: the last figure; ``values``: the table's column."""

    code: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    path: str
    dots: str
    top: str
    newest: Value | None
    values: tuple[Value, ...]

    def said(self, week: str) -> str:
        """The figure of one week, as people read it."""
        return next((v.said for v in self.values if v.week == week), "–")


def trends(points: Sequence[Point]) -> tuple[Trend, ...]:
    """One line a figure, in the order of ``LINES``."""
    return tuple(trend(code, points) for code in LINES)


def percent(value: float | None) -> str:
    """Whole percent, one decimal below ten; a dash where nothing is shown."""
    if value is None:
        return "–"
    return f"{100 * value:.0f}%" if value >= 0.1 else f"{100 * value:.1f}%"


def trend(code: str, points: Sequence[Point]) -> Trend:
    """The line of one field of ``points`` (oldest first)."""
    zh, en, about_zh, about_en = LINES[code]
    figures = [getattr(point, code) for point in points]
    known = [f for f in figures if f is not None]
    top = next((t for t in TOPS if t >= max(known, default=0)), 1.0)
    days = [monday(point.week).toordinal() for point in points]
    placed = [
        None if f is None else (_x(day, days), _y(f / top))
        for day, f in zip(days, figures, strict=True)
    ]
    whole = _with_holidays(days, placed)
    values = tuple(Value(p.week, percent(f)) for p, f in zip(points, figures, strict=True))
    newest = next((v for v, f in zip(reversed(values), reversed(figures), strict=True)
                   if f is not None), None)  # fmt: skip
    return Trend(
        code, zh, en, about_zh, about_en, _path(whole), _dots(whole),
        f"{100 * top:.0f}%", newest, values,
    )  # fmt: skip


def _with_holidays(
    days: Sequence[int], placed: Sequence[tuple[float, float] | None]
) -> list[tuple[float, float] | None]:
    """A gap wherever weeks are missing between two points: no line goes through the holidays."""
    whole: list[tuple[float, float] | None] = []
    for before, day, at in zip([*days[:1], *days], days, placed, strict=False):
        if day - before > 7:
            whole.append(None)
        whole.append(at)
    return whole


def _x(day: int, days: Sequence[int]) -> float:
    return round(2 + 96 * (day - days[0]) / max(days[-1] - days[0], 1), 2)


def _y(share: float) -> float:
    return round(100 - EDGE - (100 - 2 * EDGE) * min(max(share, 0.0), 1.0), 2)


def _path(placed: Sequence[tuple[float, float] | None]) -> str:
    """Lines between neighbouring weeks; a gap begins a new one."""
    parts, pen = [], math.nan
    for at in placed:
        if at is None:
            pen = math.nan
            continue
        parts.append(f"{'M' if math.isnan(pen) else 'L'}{at[0]} {at[1]}")
        pen = at[0]
    return "".join(parts)


def _dots(placed: Sequence[tuple[float, float] | None]) -> str:
    return "".join(f"M{at[0]} {at[1]}h0" for at in placed if at is not None)
