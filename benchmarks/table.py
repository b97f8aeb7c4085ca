"""Results in words: lines for a person at the screen, and the README's table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.bars import SIZES, Bar, Bound, Figure, load
from benchmarks.results import Results

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- performance: python -m benchmarks --table -->", "<!-- /performance -->"
MET = {True: "met", False: "NOT MET", None: "-"}


def number(value: float) -> str:
    """Three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _ratio(figure: Figure) -> str:
    return "" if figure.ratio is None else f"{number(figure.ratio)}x"


def lines(bar: Bar, figure: Figure, size: str) -> str:
    """A bar for the screen: figure, ratio, limit, then a line a bound."""
    head = f"{bar.name:<15}{number(figure.value):>10} {figure.unit:<16}"
    if figure.ratio is not None:
        head += f"{_ratio(figure)} over {bar.against}"
    out = [f"{head}", f"    {bar.zh} · {bar.en}"]
    if figure.limit is not None:
        out.append(f"    limit {number(figure.limit)} ({figure.limit_is})")
    for bound in bar.bounds:
        found = figure.of(bound.of)
        if bound.said(size) and found is not None:
            out.append(
                f"    bar {bound.said(size)}: {number(found)} {MET[bound.met(figure, size)]}"
            )
    more = ", ".join(f"{name} {number(value)}" for name, value in figure.more.items())
    return "\n".join([*out, f"    {more}" if more else ""]).rstrip()


def made(told: Sequence[Results]) -> str:
    """The README's table: a row a bar and size, as measured, with what it is held to."""
    rows = [
        "| 测的是什么 · what is measured | pupils | figure | over the obvious way | limit | bar |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    known = load()
    sized = sorted(told, key=lambda one: SIZES[one["size"]])
    for name, bar in known.items():
        for one in sized:
            if name in one["bars"]:
                rows.append(_row(bar, Figure(**one["bars"][name]), one["size"]))
    machines = "; ".join(dict.fromkeys(one["machine"] for one in sized))
    days = ", ".join(dict.fromkeys(one["day"] for one in sized))
    note = f"Synthetic data; {machines}; {days}; printed by `python -m benchmarks`."
    return "\n".join([*rows, "", note])


def _row(bar: Bar, figure: Figure, size: str) -> str:
    said = "; ".join(_bound(b, figure, size) for b in bar.bounds if size in b.at)
    limit = "" if figure.limit is None else number(figure.limit)
    ratio = f"{_ratio(figure)} {bar.against}" if figure.ratio is not None else ""
    cells = (
        f"{bar.zh} · {bar.en}", f"{SIZES[size]:,}", f"{number(figure.value)} {figure.unit}",
        ratio, limit, said,
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _bound(bound: Bound, figure: Figure, size: str) -> str:
    found = figure.of(bound.of)
    told = "" if found is None or bound.of in ("value", "ratio") else f" ({number(found)})"
    return f"{bound.said(size)}{told}: {MET[bound.met(figure, size)]}"


def between(page: str) -> str:
    """What stands between the markers of a page."""
    return page.split(BEGIN, 1)[1].split(END, 1)[0].strip("\n")


def written(text: str) -> str:
    """Put it between the README's markers; says so."""
    page = README.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise SystemExit(f"README.md has no {BEGIN} ... {END}")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    README.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")
    return "README.md written"
