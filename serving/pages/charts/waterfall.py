"""The waterfall: one bar an entry, lengths in log-odds, the axis labelled in percent.

Positions are percentages of the picture's width, so that the same bars fit a phone and a sheet of
paper without distorting text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from serving.services.views import Step

#: Percent at which the axis may carry a mark; those too close to the last one are left out.
TICKS = (0.01, 0.1, 0.3, 1, 3, 10, 20, 30, 50, 70, 90, 97, 99, 99.9)
MARGIN = 4.0  # percent of the width kept free on either side
NEAREST_TICKS = 9.0  # percent of the width
THINNEST = 0.4  # a bar is never narrower, or nobody sees it


@dataclass(frozen=True)
class Tick:
    """One mark on the axis: where (percent of the width) and what it says."""

    x: float
    label: str


@dataclass(frozen=True)
class Bar:
    """One bar: left edge, width, where the line to the next bar stands (all percent of the width).

    ``mark`` is ▲, ▼ or · (too small to say). ``start`` and ``end`` are the percentages said beside
    it; empty where a rule has none.
    """

    x: float
    width: float
    link: float
    up: bool
    mark: str
    label_zh: str
    label_en: str
    start: str
    end: str
    contribution: str
    background: bool


@dataclass(frozen=True)
class Waterfall:
    """The whole picture. ``base`` is where the first bar starts, ``final`` where the last ends."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    base: float
    final: float
    in_percent: bool


def waterfall(steps: Sequence[Step]) -> Waterfall | None:
    """The picture of ``steps``; None where there is nothing to draw.

    Where the steps carry probabilities the axis is their log-odds (the margin's own scale under a
    straight calibration); else the margin itself (a rule's points), without percentages.
    """
    if not steps:
        return None
    in_percent = all(
        p is not None and 0 < p < 1 for s in steps for p in (s.start_probability, s.end_probability)
    )
    edges = [_edges(step, in_percent=in_percent) for step in steps]
    low, high = min(map(min, edges)), max(map(max, edges))
    place = _Scale(low, high)
    return Waterfall(
        bars=tuple(
            _bar(step, place(a), place(b), in_percent=in_percent)
            for step, (a, b) in zip(steps, edges, strict=True)
        ),
        ticks=tuple(_ticks(place)) if in_percent else (),
        base=place(edges[0][0]),
        final=place(edges[-1][1]),
        in_percent=in_percent,
    )


def percent(probability: float | None) -> str:
    """A probability as people read it: one decimal below one percent, else whole."""
    if probability is None:
        return ""
    value = 100 * probability
    return f"{value:.1f}%" if value < 1 else f"{value:.0f}%"


class _Scale:
    def __init__(self, low: float, high: float) -> None:
        reach = max(high - low, 0.5)
        middle = (low + high) / 2
        self.low, self.reach = middle - reach / 2, reach

    def __call__(self, at: float) -> float:
        return round(MARGIN + (100 - 2 * MARGIN) * (at - self.low) / self.reach, 2)


def _edges(step: Step, *, in_percent: bool) -> tuple[float, float]:
    first, last = step.start_probability, step.end_probability
    if in_percent and first is not None and last is not None:
        return _log_odds(first), _log_odds(last)
    return step.start, step.end


def signed(contribution: float) -> str:
    """+1.62, −0.41, 0.00: a true minus sign, and no sign before nothing."""
    said = f"{contribution:+.2f}"
    return "0.00" if said in ("+0.00", "-0.00") else said.replace("-", "−")


def _mark(contribution: float) -> str:
    if signed(contribution) == "0.00":
        return "·"
    return "▲" if contribution > 0 else "▼"


def _log_odds(probability: float) -> float:
    return math.log(probability) - math.log1p(-probability)


def _bar(step: Step, start: float, end: float, *, in_percent: bool) -> Bar:
    return Bar(
        x=min(start, end),
        width=max(round(abs(end - start), 2), THINNEST),
        link=end,
        up=step.contribution >= 0,
        mark=_mark(step.contribution),
        label_zh=step.label_zh,
        label_en=step.label_en,
        start=percent(step.start_probability) if in_percent else "",
        end=percent(step.end_probability) if in_percent else "",
        contribution=signed(step.contribution),
        background=step.background,
    )


def _ticks(place: _Scale) -> list[Tick]:
    found: list[Tick] = []
    for value in TICKS:
        x = place(_log_odds(value / 100))
        far = not found or x - found[-1].x >= NEAREST_TICKS
        if MARGIN / 2 <= x <= 100 - MARGIN / 2 and far:
            found.append(Tick(x, f"{value:g}%"))
    return found
