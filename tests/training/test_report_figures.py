"""Figures drawn from a stored report: the numbers in it, in words that can be read."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.training.factories import trained
from training.bundle.format import REPORT
from training.evaluate.page import name_of
from training.figures import (
    differences,
    recall_ratios,
    reliability,
    reliability_of,
    use_font,
    weekly,
)

TOLD: dict[str, Any] = json.loads(trained().challenger.files[REPORT])
LANG = "zh" if use_font() else "en"
SYNTHETIC = "演示数据，不反映真实学生" if use_font() else "synthetic data, no real pupils"


def _footnote(figure: Any) -> str:
    return "" if figure._supxlabel is None else figure._supxlabel.get_text()


def test_differences_show_every_baseline_with_its_interval() -> None:
    """One line a baseline from the low to the high end, its point between, a mark at zero."""
    figure = differences(TOLD, "auc")
    axes = figure.axes[0]
    others = TOLD["compared"]["against"]
    assert [t.get_text() for t in axes.get_yticklabels()] == [name_of(n, LANG) for n in others]
    points = axes.lines[0].get_xdata()
    assert list(points) == pytest.approx([d["auc"]["point"] for d in others.values()])
    segments = [s[:, 0].tolist() for s in axes.collections[0].get_segments()]
    assert segments == [[d["auc"]["low"], d["auc"]["high"]] for d in others.values()]


def test_the_weeks_are_those_that_were_judged() -> None:
    """A point a day with the day's figure (a gap where there is none) over the count of those who left."""
    days = [d | {"outcomes": d["outcomes"] + 5} for d in TOLD["by_day"]]
    axes, beside = weekly(TOLD | {"by_day": days}, "auc").axes
    said = np.array([np.nan if d.get("auc") is None else d["auc"] for d in days], float)
    assert np.allclose(np.asarray(axes.lines[0].get_ydata(), float), said, equal_nan=True)
    bars = beside.containers[0]
    assert [bar.get_height() for bar in bars] == [d["outcomes"] for d in days]


def test_a_week_of_few_is_an_outline() -> None:
    """Below five who left the height of the bar says nothing, and no figure of the model stands there."""
    for many in (0, 1, 4, 5):
        days = [TOLD["by_day"][0] | {"outcomes": many, "auc": 0.7}]
        axes, beside = weekly(TOLD | {"by_day": days}, "auc").axes
        told, hidden = (group[0].get_height() for group in beside.containers)
        assert (told, hidden) == ((5, 0) if many == 5 else (0, 5))
        assert np.isnan(axes.lines[0].get_ydata()[0]) == (many < 5)


def test_the_list_before_is_called_by_its_age() -> None:
    """Where rows are four weeks apart the list before is not last week's."""
    figure = differences(TOLD | {"list_before_weeks": 4}, "auc")
    words = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert name_of("last_week", LANG, back=4) in words


def test_groups_with_too_few_are_not_drawn() -> None:
    """Only groups with enough outcomes on both sides and a known interval stand in the picture."""
    ratio = {"point": 0.9, "low": 0.7, "high": 1.2}
    one = {"outcomes": 9, "outcomes_rest": 40, "recall_ratio": ratio}
    table = [
        {"group": "boarding", **one},
        {"group": "sex", **one, "outcomes": 2},
        {"group": "migrant", **one, "recall_ratio": {**ratio, "low": None}},
    ]
    axes = recall_ratios({"by_group": table}).axes[0]
    assert len(axes.get_yticklabels()) == 1
    assert list(axes.lines[0].get_xdata()) == [0.9]


def test_groups_of_which_too_little_is_known_are_pale_and_named_so() -> None:
    """Where the gate found too few to tell the label says it and the point is drawn over in grey; else not."""
    ratio = {"point": 0.9, "low": 0.7, "high": 1.2}
    one = {"outcomes": 9, "outcomes_rest": 40, "recall_ratio": ratio}
    table = [{"group": "boarding", **one}, {"group": "sex", **one}]
    fair = {"name": "fair", "figures": {"standing": {"boarding": "within", "sex": "insufficient"}}}
    axes = recall_ratios({"by_group": table, "gates": [fair]}).axes[0]
    few = "人数不足以判断" if use_font() else "too few to tell"
    assert [few in label.get_text() for label in axes.get_yticklabels()] == [False, True]
    assert len(axes.lines[1].get_xdata()) == 1


def test_shares_are_read_in_per_cent() -> None:
    """The axes of the reliability picture name shares as people do."""
    figure = reliability_of(TOLD["reliability"])
    figure.canvas.draw()
    labels = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert labels
    assert all(text.endswith("%") for text in labels)


def test_bins_kept_in_a_report_draw_the_same_picture() -> None:
    """Reliability from predictions and from the stored bins is one picture."""
    model = trained().model
    assert model is not None
    stored, fresh = reliability_of(TOLD["reliability"]).axes[0], reliability(model).axes[0]
    assert np.allclose(stored.lines[1].get_xydata(), fresh.lines[1].get_xydata())


@pytest.mark.parametrize("synthetic", [True, False])
def test_invented_pupils_are_named_in_the_figure_and_real_ones_are_not(synthetic: bool) -> None:
    """The footnote stands where the report says synthetic, and only there."""
    told = TOLD | {"synthetic": synthetic}
    drawn = [differences(told), weekly(told), recall_ratios(told | {"by_group": []})]
    drawn.append(reliability_of(told["reliability"], synthetic=synthetic))
    assert [_footnote(figure) for figure in drawn] == [SYNTHETIC if synthetic else ""] * 4
