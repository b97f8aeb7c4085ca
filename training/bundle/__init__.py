"""What a model is once trained: a folder of text and numbers, read with light imports.

The only door of ``training`` that ``serving`` may open::

    bundle = Bundle.load(folder)              # verified by checksum, or a Refusal
    bundle.check(catalogue.fingerprint)       # the indicators it was trained on, or a Refusal
    scored = bundle.score(frame)              # margin, probability, interval, contributions, bias
    bands = bundle.bands(scored, coverage)    # 'priority' | 'watch' | 'none' | 'no_data'
    told = bundle.reasons(scored, details, lang="zh")   # Told: listed, protective, background
"""

from __future__ import annotations

from training.bundle.core import Bundle
from training.bundle.manifest import (
    Band,
    Calibration,
    Column,
    Cuts,
    Level,
    Manifest,
    Place,
    Term,
    Weight,
)
from training.bundle.reasons import Reason, Told
from training.bundle.score import Scored

__all__ = [
    "Band",
    "Bundle",
    "Calibration",
    "Column",
    "Cuts",
    "Level",
    "Manifest",
    "Place",
    "Reason",
    "Scored",
    "Term",
    "Told",
    "Weight",
]
