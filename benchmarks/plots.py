"""Cost against size, drawn from kept results: what a bar costs at each size, the obvious way beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.results import Results
from benchmarks.table import number, points

FOLDER = Path(__file__).parents[1] / "docs" / "images"
#: Bar -> (what of it grows with pupils, the obvious way's of the same, how the axis is named).
DRAWN = {
    "weekly": ("cpu", "obvious_cpu", "processor seconds, the week end to end"),
    "indicators": ("value", "obvious_cpu", "processor seconds, sixty indicators"),
    "fold": ("value", "anew_cpu", "processor seconds, one week folded"),
}
OTHER = {
    "weekly": "pandas, scikit-learn wrapper, shap",
    "indicators": "pandas",
    "fold": "everything folded anew",
}


def drawn(told: Sequence[Results]) -> list[Path]:
    """A picture a bar that was measured at two sizes or more; the files written."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Picture

    mpl.rcParams["svg.hashsalt"] = "baoxue"
    written = []
    for bar, (own, other, title) in DRAWN.items():
        ours, theirs = points(told, bar, own), points(told, bar, other)
        if len(ours) < 2:
            continue
        picture = Picture(figsize=(5.2, 3.4), layout="constrained")
        axes = picture.add_subplot()
        for rows, style, colour, name in (
            (theirs, "s--", "#6f6f6f", OTHER[bar]),
            (ours, "o-", "#0b6e4f", "Baoxue"),
        ):
            axes.plot(*zip(*rows, strict=True), style, color=colour, label=name)
            # ours below the point, the other above: where both cost alike the numbers stay apart
            away = -15 if rows is ours else 7
            for n, cost in rows:
                axes.annotate(number(cost), (n, cost), xytext=(0, away), textcoords="offset points",
                              ha="center", color=colour)  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="pupils (synthetic)", title=title)
        sizes = [n for n, _ in ours]
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.tick_params(which="minor", labelleft=False, labelbottom=False)
        axes.margins(x=0.12, y=0.2)
        axes.grid(visible=True, which="major", color="#e4e4e4")
        axes.spines[["top", "right"]].set_visible(False)
        picture.legend(loc="outside lower center", ncols=2, frameon=False)
        written.append(FOLDER / f"cost-{bar}.svg")
        picture.savefig(written[-1], metadata={"Date": None})
    return written
