"""Results in words: lines for a person at the screen, and the README's table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.bars import SIZES, Bar, Bound, Figure, load
from benchmarks.results import Results

ROOT = Path(__file__).parents[1]
README, PAGE = ROOT / "README.md", ROOT / "docs" / "handbook" / "performance.md"
BEGIN, END = "<!-- performance: python -m benchmarks --table -->", "<!-- /performance -->"
#: Where the load before a run is above this, others had every core of the machine that bars are held to on.
CORES = 2
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
    """The README's table: a row a bar, at the largest size it was measured at, with what it is held to; where
    nobody could measure the obvious way at that size, a second row at the largest where somebody could."""
    rows = [
        "| 测的是什么 · what is measured | pupils | figure | over the obvious way | limit | bar |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    sized = sorted(told, key=lambda one: -SIZES[one["size"]])
    for name, bar in load().items():
        known = [(Figure(**one["bars"][name]), one["size"]) for one in sized if name in one["bars"]]
        beside = [
            one for one in known[1:] if one[0].ratio is not None and known[0][0].ratio is None
        ]
        rows += [_row(bar, figure, size) for figure, size in (*known[:1], *beside[:1])]
    return "\n".join([*rows, "", _note(sized)])


def _note(told: Sequence[Results]) -> str:
    machines = "; ".join(dict.fromkeys(one["machine"] for one in told))
    days = ", ".join(dict.fromkeys(one["day"] for one in told))
    busy = max(one["load"] for one in told)
    alone = f"load of the machine in the five minutes before: up to {busy:g}"
    others = (
        f"others worked on it (load up to {busy:g}), which ratios of processor seconds bear better"
        " than seconds"
    )
    return (
        f"Synthetic data; {machines}; {days}; {others if busy > CORES else alone};"
        " printed by `python -m benchmarks`."
    )


#: What of a bar grows with the number of pupils: (bar, what, words).
GROWS = (
    ("weekly", "cpu", "week, CPU-s"),
    ("weekly", "peak_mib", "week, peak MiB"),
    ("weekly", "obvious_cpu", "the obvious way, CPU-s"),
    ("weekly", "obvious_peak_mib", "the obvious way, peak MiB"),
)
#: Sizes told of: measured where there is a result, else from the line through the two largest that were.
TOLD = tuple(SIZES.values())
#: So many times the largest that was measured, and no further.
FURTHEST = 10


def growth(told: Sequence[Results]) -> str:
    """The handbook's table: cost by size, in italics where nobody measured it.

    Memory is told only where it was measured: shares of a city keep it from growing along a line.
    """
    rows = [
        "| pupils | " + " | ".join(words for _, _, words in GROWS) + " |",
        "| --- |" + " --- |" * len(GROWS),
    ]
    for pupils in TOLD:
        cells = [
            _cost(points(told, bar, what), pupils, lies_on_a_line="cpu" in what)
            for bar, what, _ in GROWS
        ]
        if any(cells):
            rows.append(f"| {pupils:,} | {' | '.join(cells)} |")
    return "\n".join([*rows, "", _note(told)])


def points(told: Sequence[Results], bar: str, what: str) -> list[tuple[int, float]]:
    """Pupils and cost, smallest first."""
    found = []
    for one in told:
        if bar in one["bars"]:
            cost = Figure(**one["bars"][bar]).of(what)
            if cost is not None:
                found.append((SIZES[one["size"]], cost))
    return sorted(found)


def _cost(known: Sequence[tuple[int, float]], pupils: int, *, lies_on_a_line: bool) -> str:
    measured = dict(known)
    if pupils in measured:
        return number(measured[pupils])
    if len(known) < 2 or not lies_on_a_line:
        return ""
    (n, low), (m, high) = known[-2:]
    if pupils > FURTHEST * m:
        return ""
    return f"*{number(high + (pupils - m) * (high - low) / (m - n))}*"


def _row(bar: Bar, figure: Figure, size: str) -> str:
    said = "; ".join(_bound(b, figure, size) for b in bar.bounds if size in b.at)
    limit = "" if figure.limit is None else f"{number(figure.limit)} ({figure.limit_is})"
    ratio = f"{_ratio(figure)} ({bar.against})" if figure.ratio is not None and bar.against else ""
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


def write(path: Path, text: str) -> None:
    """Put it between the markers of a page. Raises ``SystemExit`` where there are none."""
    page = path.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        raise SystemExit(f"{path.name} has no {BEGIN} ... {END}")
    head, rest = page.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")
