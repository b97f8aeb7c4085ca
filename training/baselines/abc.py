"""The ABC rule: attendance, behaviour, course performance; the common flags of early warning."""

from __future__ import annotations

from pathlib import Path

from training.baselines import points
from training.baselines.baseline import Baseline, Learned, Lesson

_TERMS = points.read(Path(__file__).with_suffix(".toml"))


def _learn(lesson: Lesson) -> Learned | None:
    return points.learned(_TERMS, lesson.columns)


BASELINE = Baseline("abc", "ABC规则（出勤、行为、课业）", "ABC rule", _learn)
