"""The bundle's own exact contributions as ``shap.Explanation``, so that shap's pictures can be drawn.

Nothing is computed anew: base value, parts and values are those on which lists are made. shap is imported
only when asked for: it is heavy, and nothing that serves may need it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from training.bundle import Bundle
from training.bundle.families import families_of
from training.bundle.reasons import family_word
from training.bundle.score import matrix

_SUMMED = {"zh": "背景信息合计", "en": "background, summed"}


def explanation(bundle: Bundle, frame: pl.DataFrame, *, lang: str = "zh") -> Any:
    """``shap.Explanation`` of every row of an indicator frame: rows x indicators, log-odds.

    ``values.sum(axis=1) + base_values`` is the margin within 1e-6; empty cells are NaN in ``data``.
    Refusal where the frame lacks an indicator.
    """
    import shap

    scored = bundle.score(frame)
    columns = bundle.manifest.columns
    words = [(c.label_en if lang == "en" else c.label_zh) or c.name for c in columns]
    return shap.Explanation(
        values=scored.contributions,
        base_values=np.full(len(scored), scored.bias),
        data=matrix(frame, bundle.indicators),
        feature_names=words,
    )


def family_explanation(bundle: Bundle, frame: pl.DataFrame, *, lang: str = "zh") -> Any:
    """The same by family, with poverty, care and disability as one sum: what a page about a pupil shows.

    ``data`` is empty: a family has no single value.
    """
    import shap

    scored = bundle.score(frame)
    held = families_of(bundle.manifest.columns, scored.contributions)
    hidden = {c.family for c in bundle.manifest.columns if c.background}
    apart = [at for at, name in enumerate(held.names) if name not in hidden]
    summed = [at for at, name in enumerate(held.names) if name in hidden]
    values, words = held.sums[:, apart], [family_word(held.names[at], lang) for at in apart]
    if summed:
        values = np.column_stack([values, held.sums[:, summed].sum(axis=1)])
        words.append(_SUMMED["en" if lang == "en" else "zh"])
    return shap.Explanation(
        values=values, base_values=np.full(len(scored), scored.bias), feature_names=words
    )
