"""The attendance rule: points added up; the first gate, and what serves without a model.

score = sum over terms of weight * clip((value - start) / (full - start), 0, 1); an empty indicator
adds nothing. Each term is its own contribution, so they add up by definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from features.refusal import Refusal
from training.baselines import points
from training.baselines.baseline import Baseline, Learned, Lesson
from training.bundle.manifest import Column, Term

NAME = "attendance"
_TERMS = Path(__file__).with_suffix(".toml")


def terms(columns: Sequence[Column]) -> tuple[Term, ...]:
    """The rule's terms among the columns that exist; Refusal where there is none of them."""
    found = points.among(points.read(_TERMS), columns)
    if not found:
        raise Refusal(
            "指标中没有任何出勤指标，无法按出勤规则生成名单。请检查程序的指标目录。",
            "There is no attendance indicator, so no list can be made by rule."
            " Check the program's catalogue of indicators.",
        )
    return found


def _learn(lesson: Lesson) -> Learned | None:
    return points.learned(points.read(_TERMS), lesson.columns)


BASELINE = Baseline(NAME, "出勤规则", "attendance rule", _learn)
