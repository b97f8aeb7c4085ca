"""Figures of a training run: precision and recall, reliability, and which indicators move the estimate."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training import metrics, report_tables
from training.bundle import Bundle
from training.bundle.score import matrix
from training.evaluate import Report
from training.evaluate.page import name_of
from training.groups import ALL as GROUPS
from training.metrics.calibration_error import reliability as reliability_table
from training.predictions import Predictions

_CJK = ("Noto Sans CJK SC", "Noto Serif CJK SC", "Source Han Sans SC", "SimHei", "Microsoft YaHei")
_WORDS: Mapping[str, tuple[str, str]] = {
    "recall": ("查全率", "recall"),
    "precision": ("精确率", "precision"),
    "model": ("模型", "model"),
    "rule": ("出勤规则", "attendance rule"),
    "base": ("基础比例", "base rate"),
    "said": ("估计的可能性", "estimated probability"),
    "seen": ("实际比例", "observed share"),
    "even": ("完全一致", "perfect agreement"),
    "hidden": ("不足5名，不写明", "below 5, not told"),
    "outcomes": ("之后出现约定结果的学生数", "pupils with the outcome afterwards"),
    "less": ("模型减对照（95%区间）", "the model less the other (95 % interval)"),
    "ratio": ("查全率之比：该组/其余学生", "recall, group over rest"),
    "few": ("人数不足以判断", "too few to tell"),
    "synthetic": ("演示数据，不反映真实学生", "synthetic data, no real pupils"),
    "impact": ("对估计的影响（对数几率）", "effect on the estimate (log-odds)"),
}

_PALE = "#b8b8b8"


def font() -> str | None:
    """A font with Chinese characters, or None."""
    from matplotlib import font_manager

    have = {one.name for one in font_manager.fontManager.ttflist}
    return next((name for name in _CJK if name in have), None)


def _word(key: str, chinese: bool) -> str:
    return _WORDS[key][0 if chinese else 1]


def _axes() -> tuple[Any, Any, bool]:
    """A figure, its axes and whether Chinese can be drawn."""
    from matplotlib.figure import Figure

    chinese = use_font()
    figure = Figure(figsize=(6, 4.5), dpi=120, layout="constrained")
    return figure, figure.add_subplot(), chinese


def use_font() -> bool:
    """Draw with a font that has Chinese characters from now on; False where there is none."""
    import matplotlib

    found = font()
    if found:
        matplotlib.rcParams["font.family"] = [found, "DejaVu Sans"]
    matplotlib.rcParams["axes.unicode_minus"] = False
    return found is not None


def _curve(p: Predictions) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(-p.margin, kind="stable")
    weight = p.weight[order]
    hits, taken = np.cumsum(weight * p.label[order]), np.cumsum(weight)
    last = np.append(np.flatnonzero(np.diff(p.margin[order])), len(order) - 1)
    return hits[last] / hits[-1], hits[last] / taken[last]


def precision_recall(model: Predictions, rule: Predictions) -> Any:
    """Precision against recall of the model and the rule, with the base rate."""
    figure, axes, chinese = _axes()
    for p, key, style in ((model, "model", "-"), (rule, "rule", "--")):
        axes.plot(*_curve(p), style, label=_word(key, chinese))
    base = float(np.average(model.label, weights=model.weight))
    axes.axhline(base, color="grey", linewidth=1, linestyle=":", label=_word("base", chinese))
    axes.set(xlabel=_word("recall", chinese), ylabel=_word("precision", chinese), xlim=(0, 1))
    axes.legend()
    return figure


def reliability(model: Predictions) -> Any:
    """Observed share against stated probability, ten equal-count bins, logarithmic where rare."""
    return reliability_of(reliability_table(model))


def reliability_of(table: Sequence[Mapping[str, float]], *, synthetic: bool = False) -> Any:
    """The same from the bins that a report keeps (``reliability``)."""
    figure, axes, chinese = _axes()
    said = np.array([row["probability"] for row in table])
    seen = np.array([row["rate"] for row in table])
    shown = np.concatenate([said, seen[seen > 0]])
    ends = (shown.min() * 0.8, shown.max() * 1.25)
    axes.plot(ends, ends, ":", color="grey", label=_word("even", chinese))
    axes.plot(said[seen > 0], seen[seen > 0], "o-", label=_word("model", chinese))
    axes.set(
        xlabel=_word("said", chinese), ylabel=_word("seen", chinese), xscale="log", yscale="log"
    )
    _percent(axes)
    axes.legend()
    return _named(figure, {"synthetic": synthetic}, chinese)


def _percent(axes: Any) -> None:
    """Both logarithmic axes in per cent, as people say them: 0.5 %, not five times ten to the minus three."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda share, at: f"{100 * share:.3g}%"))
        axis.set_minor_formatter(NullFormatter())


def differences(told: Report, measure: str = "average_precision") -> Any:
    """The model less each baseline with its 95 % interval, from a report; right of 0 the model is ahead."""
    figure, axes, chinese = _axes()
    others = {name: d[measure] for name, d in told["compared"]["against"].items() if measure in d}
    lang = "zh" if chinese else "en"
    back = int(told.get("list_before_weeks", 1))
    words = [name_of(name, lang, back=back) for name in others]
    _intervals(axes, words, list(others.values()))
    axes.axvline(0.0, color="grey", linewidth=1)
    metric = metrics.load()[measure]
    axes.set(xlabel=f"{metric.zh}：{_word('less', True)}" if chinese else metric.en)
    return _named(figure, told, chinese)


def weekly(told: Report, measure: str = "recall_at_capacity") -> Any:
    """One figure of the model as of each day that was judged, and how many left afterwards.

    As in the report's table a count below ``FEWEST`` is not told: its bar is an outline of that height, and
    nothing is drawn of the model on that day.
    """
    figure, axes, chinese = _axes()
    days = [one["as_of"] for one in told["by_day"]]
    many = np.array([one["outcomes"] for one in told["by_day"]])
    few = many < report_tables.FEWEST
    known = [None if f else one.get(measure) for f, one in zip(few, told["by_day"], strict=True)]
    beside = axes.twinx()
    bars = beside.bar(
        days,
        np.where(few, 0, many),
        color="#dddddd",
        zorder=0,
        label=_word("outcomes", chinese),
    )
    hidden = beside.bar(
        days,
        np.where(few, report_tables.FEWEST, 0),
        fill=False,
        edgecolor="#c8c8c8",
        linestyle=":",
        zorder=0,
        label=_word("hidden", chinese),
    )
    beside.set_ylabel(_word("outcomes", chinese))
    line = axes.plot(
        days,
        [np.nan if v is None else v for v in known],
        "o-",
        zorder=2,
        label=_word("model", chinese),
    )
    axes.legend(
        handles=[*line, bars, *([hidden] if few.any() else [])],
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=3,
        frameon=False,
        fontsize=8,
    )
    axes.set_zorder(1)
    axes.patch.set_visible(False)
    metric = metrics.load()[measure]
    axes.set(ylabel=metric.zh if chinese else metric.en)
    axes.tick_params(axis="x", rotation=60)
    return _named(figure, told, chinese)


def recall_ratios(told: Report, *, fewest: int = 5) -> Any:
    """Recall in each group over recall in the rest, with its interval; groups with ``fewest`` outcomes.

    Grey and said so: groups of which the gate found too few to tell.
    """
    figure, axes, chinese = _axes()
    table = [
        one
        for one in told["by_group"]
        if min(one["outcomes"], one["outcomes_rest"]) >= fewest
        and None not in one["recall_ratio"].values()
    ]
    stands = report_tables.standings(told)
    few = [stands.get(one["group"]) == "insufficient" for one in table]
    words = [GROUPS[one["group"]].zh if chinese else GROUPS[one["group"]].en for one in table]
    words = [f"{w}（{_word('few', True)}）" if f and chinese else f"{w} ({_word('few', False)})" if f else w
             for w, f in zip(words, few, strict=True)]  # fmt: skip
    _intervals(axes, words, [one["recall_ratio"] for one in table], grey=few)
    axes.axvspan(0.8, 1.25, color="#e8f2e8", zorder=0)
    axes.axvline(1.0, color="grey", linewidth=1)
    axes.set(xlabel=_word("ratio", chinese))
    return _named(figure, told, chinese)


def _intervals(
    axes: Any,
    words: Sequence[str],
    told: Sequence[Mapping[str, float]],
    *,
    grey: Sequence[bool] = (),
) -> None:
    """Points with their intervals, the first on top; ``grey``: which of them say too little."""
    at = np.arange(len(words))[::-1]
    colours = [_PALE if one else "#1f6f8b" for one in (grey or [False] * len(words))]
    axes.hlines(at, [d["low"] for d in told], [d["high"] for d in told], color=colours)
    axes.plot([d["point"] for d in told], at, "o", color="#1f6f8b")
    pale = [n for n, colour in enumerate(colours) if colour == _PALE]
    axes.plot([told[n]["point"] for n in pale], at[pale], "o", color=_PALE)
    axes.set_yticks(at, words)
    axes.set_ylim(-0.5, len(words) - 0.5)


def _named(figure: Any, told: Report, chinese: bool) -> Any:
    """With a footnote where the pupils are invented."""
    if told.get("synthetic"):
        figure.supxlabel(_word("synthetic", chinese), fontsize=8, color="grey", x=0.99, ha="right")
    return figure


def shap_summary(bundle: Bundle, sample: pl.DataFrame) -> Any:
    """SHAP's summary of the indicators that move the estimate most, on a sample of rows."""
    import matplotlib.pyplot as plt
    import shap

    chinese = use_font()
    x = matrix(sample, bundle.indicators)
    values = shap.TreeExplainer(bundle.booster).shap_values(x)
    names = [c.label_zh if chinese else c.label_en for c in bundle.manifest.columns]
    plt.figure(dpi=120)
    with warnings.catch_warnings():
        # shap colours by quantiles; an indicator without any value in the sample has none
        warnings.filterwarnings("ignore", "All-NaN slice")
        shap.summary_plot(
            values,
            x,
            feature_names=[
                word or name for word, name in zip(names, bundle.indicators, strict=True)
            ],
            max_display=15,
            show=False,
            rng=np.random.default_rng(0),
        )
    figure = plt.gcf()
    figure.axes[0].set_xlabel(_word("impact", chinese))
    figure.tight_layout()
    plt.close(figure)
    return figure
