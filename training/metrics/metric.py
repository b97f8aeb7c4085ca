"""What a metric is: one number about a model, never about a pupil."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.predictions import Predictions


@dataclass(frozen=True)
class Metric:
    """``measure`` gives NaN where the question has no answer (nobody with the outcome)."""

    name: str
    zh: str
    en: str
    measure: Callable[[Predictions], float]
    higher_is_better: bool = True
