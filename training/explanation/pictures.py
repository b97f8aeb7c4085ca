"""Pictures of explanations: shap's own with Chinese letters, and two of ours."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from training.bundle.reasons import family_word
from training.explanation.stability import Stability
from training.figures import use_font
from training.report_tables import counted

_WORDS = {
    "impact": ("对估计的影响（对数几率）", "effect on the estimate (log-odds)"),
    "high": ("高", "high"),
    "low": ("低", "low"),
    "value": ("指标值", "value of the indicator"),
    "stays": ("首要依据类别不变的比例", "share whose first family stays"),
    "synthetic": ("演示数据，不反映真实学生", "synthetic data, no real pupils"),
    "estimate": (
        "估计的可能性（%）：模型的算术，不是措施的效果",
        "estimated probability (%): the model's arithmetic, no effect of a measure",
    ),
}
#: How shap names what it does not show one by one.
_REST = re.compile(r"(?:Sum of )?(\d+) other features")
_WIDE = (8.5, 5.0)


def _word(key: str) -> str:
    return _WORDS[key][0 if use_font() else 1]


def beeswarm(told: Any, *, most: int = 15, synthetic: bool = False) -> Any:
    """Every row a dot, every indicator a line, coloured by its value; the ones that move most on top."""
    import shap

    figure = _drawn(
        lambda: shap.plots.beeswarm(told, max_display=most, show=False, plot_size=_WIDE)
    )
    figure.axes[0].set_xlabel(_word("impact"))
    if len(figure.axes) > 1:  # the colour bar
        bar = figure.axes[-1]
        bar.set_yticks(bar.get_yticks()[[0, -1]], [_word("low"), _word("high")])
        bar.set_ylabel(_word("value"))
    return _signed(figure, synthetic)


def dependence(told: Any, at: int, *, synthetic: bool = False) -> Any:
    """One indicator's value against its part in the estimate, row by row; empty values at the left edge."""
    import shap

    figure = _drawn(
        lambda: shap.plots.scatter(told[:, at], show=False, hist=False, color="#1f6f8b", alpha=0.6)
    )
    axes = figure.axes[0]
    axes.set(xlabel=told.feature_names[at], ylabel=_word("impact"))
    axes.axhline(0.0, color="grey", linewidth=0.8)
    return _signed(figure, synthetic)


def waterfall(told: Any, *, most: int = 10, synthetic: bool = False) -> Any:
    """One row: from the usual margin, part by part, to its own."""
    import shap

    return _signed(
        _drawn(lambda: shap.plots.waterfall(told, max_display=most, show=False)), synthetic
    )


def _drawn(draw: Any) -> Any:
    """The figure that shap leaves behind, closed so that it is shown once."""
    import matplotlib.pyplot as plt

    use_font()
    plt.figure(dpi=110)
    with warnings.catch_warnings():
        # shap colours by quantiles; an indicator without any value in the sample has none
        warnings.filterwarnings("ignore", "All-NaN slice")
        draw()
    figure = plt.gcf()
    plt.close("all")
    if use_font():
        for axes in figure.axes:
            # fixed as they are: to ask for labels is to draw the ticks
            labels = [text.get_text() for text in axes.get_yticklabels()]
            if any(_REST.search(label) for label in labels):
                axes.set_yticks(
                    axes.get_yticks(), [_REST.sub(r"其余\1项指标合计", n) for n in labels]
                )
    return figure


def _signed(figure: Any, synthetic: bool) -> Any:
    if synthetic:
        figure.text(0.99, 0.005, _word("synthetic"), ha="right", fontsize=8, color="grey")
    figure.set_layout_engine("tight", rect=(0, 0.02, 1, 1))
    return figure


def stays(told: Mapping[str, Stability], *, synthetic: bool = False) -> Any:
    """By family named first: the share of pupils with whom it stays, one bar a way of growing again."""
    figure, axes = _axes()
    names = sorted({name for one in told.values() for name in one.by_family})
    tall = 0.8 / max(len(told), 1)
    for n, (title, one) in enumerate(told.items()):
        at = np.arange(len(names)) + n * tall
        share = [one.by_family.get(name, (0, np.nan))[1] for name in names]
        axes.barh(at, share, height=tall, label=title)
    counts = next(iter(told.values())).by_family
    lang = "zh" if use_font() else "en"
    told_of = {name: counted(counts.get(name, (0, 0))[0], lang) for name in names}
    around = "{}（{}人）" if lang == "zh" else "{} ({})"
    labels = [around.format(family_word(name, lang), told_of[name]) for name in names]
    axes.set_yticks(np.arange(len(names)) + tall * (len(told) - 1) / 2, labels)
    axes.set(xlim=(0, 1), xlabel=_word("stays"))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(told), frameon=False)
    return _signed(figure, synthetic)


def lines(told: pl.DataFrame, *, most: int = 8, synthetic: bool = False) -> Any:
    """The rows of ``what_if`` as lines from the estimate now (right) to the one with the move (left).

    The ``most`` that move it most, and all together.
    """
    figure, axes = _axes()
    told = pl.concat([told.head(-1).filter(pl.col("lower") > 0).head(most), told.tail(1)])
    at = np.arange(told.height)[::-1]
    now, then = (100 * told[name].to_numpy() for name in ("probability", "then"))
    axes.hlines(at, then, now, color="#1f6f8b", linewidth=3)
    axes.plot(now, at, "o", color="grey")
    axes.plot(then, at, "o", color="#1f6f8b")
    axes.set_yticks(at, told["label"].to_list())
    axes.set(xlabel=_word("estimate"))
    axes.set_xlim(left=0)
    return _signed(figure, synthetic)


def _axes() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    use_font()
    figure = Figure(figsize=_WIDE, dpi=110)
    return figure, figure.add_subplot()
