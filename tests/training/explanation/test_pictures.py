"""Pictures say what they show, in letters that can be read, and that invented pupils are invented."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.training.factories import material, trained
from training.bundle.reasons import family_word
from training.explanation import (
    beeswarm,
    by_seed,
    compared,
    dependence,
    explanation,
    family_explanation,
    lines,
    stays,
    waterfall,
    what_if,
)
from training.figures import use_font

BUNDLE = trained().challenger
ROWS = trained().sample.head(240)
SYNTHETIC = ("演示数据，不反映真实学生", "synthetic data, no real pupils")


def _words(figure: Any) -> list[str]:
    """Every text of a figure once it is drawn."""
    figure.canvas.draw()
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [axes.get_xlabel(), axes.get_ylabel()]
        found += [
            t.get_text() for t in (*axes.texts, *axes.get_yticklabels(), *axes.get_xticklabels())
        ]
    return [word for word in found if word]


def _pictures() -> dict[str, Any]:
    told = explanation(BUNDLE, ROWS)
    lang = "zh" if use_font() else "en"
    ways = {"a": compared(BUNDLE, by_seed(material(), BUNDLE, [1]), ROWS.head(30))}
    first = ROWS[[int(np.argmax(BUNDLE.score(ROWS).margin))]]
    return {
        "beeswarm": beeswarm(told, most=4, synthetic=True),
        "dependence": dependence(told, 0, synthetic=True),
        "waterfall": waterfall(family_explanation(BUNDLE, first)[0], synthetic=True),
        "stays": stays(ways, synthetic=True),
        "lines": lines(what_if(BUNDLE, first, ROWS, lang=lang), synthetic=True),
    }


PICTURES = _pictures()


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_every_picture_of_invented_pupils_says_so(name: str) -> None:
    """The footnote stands in the picture itself, so that it goes wherever the picture goes."""
    assert any(word in SYNTHETIC for word in _words(PICTURES[name]))


def test_a_picture_of_real_pupils_says_no_such_thing() -> None:
    """Without being told that the data are invented nothing is claimed."""
    drawn = waterfall(family_explanation(BUNDLE, ROWS.head(1))[0])
    assert not any(word in SYNTHETIC for word in _words(drawn))


def test_what_is_not_shown_one_by_one_is_summed_in_the_same_language() -> None:
    """The last line of a beeswarm counts the others in Chinese where Chinese can be drawn."""
    words = _words(PICTURES["beeswarm"])
    if use_font():
        assert "其余3项指标合计" in words
        assert "低" in words
        assert not [word for word in words if "feature" in word.lower()]
    assert "近2周缺勤率" in _words(PICTURES["dependence"])


def test_families_and_lines_are_named() -> None:
    """The bars count pupils by first family, fewer than five not; the lines end with all moves together."""
    lang = "zh" if use_font() else "en"
    said = [w for w in _words(PICTURES["stays"]) if w.startswith(family_word("attendance", lang))]
    assert said
    assert not any(re.search(r"\b[1-4]\b", w) for w in said)
    assert ("各项一起" if use_font() else "all together") in _words(PICTURES["lines"])
    assert family_word("attendance", "zh") in _words(PICTURES["waterfall"])
    limits = ("模型的算术，不是措施的效果", "no effect of a measure")
    assert any(word.endswith(limits) for word in _words(PICTURES["lines"]))


def test_a_picture_needs_no_row_with_every_value() -> None:
    """An indicator that nobody has is drawn without a warning."""
    empty = ROWS.with_columns(exam_standing=pl.lit(None, pl.Float64))
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        drawn = beeswarm(explanation(BUNDLE, empty))
        drawn.canvas.draw()
    # every other indicator is still there, with as many dots as there are pupils
    assert "近2周缺勤率" in _words(drawn) or "absence, 2 weeks" in _words(drawn)
    dots = [len(one.get_offsets()) for one in drawn.axes[0].collections]
    assert max(dots) == ROWS.height
