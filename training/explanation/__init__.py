"""How good the reasons are: the parts as shap sees them, how firmly they stand, what they would become.

The exact contributions are the bundle's own; shap draws them and checks them here, never in serving. None
of it says what would happen to a pupil: parts are correlations, a what-if is the model's arithmetic.
"""

from __future__ import annotations

from training.bundle.families import Families, families_of
from training.explanation.agreement import Agreement, by_permutation, interventional
from training.explanation.pictures import beeswarm, dependence, lines, stays, waterfall
from training.explanation.shapley import explanation, family_explanation
from training.explanation.since import since
from training.explanation.stability import Stability, by_bag, by_seed, compared
from training.explanation.whatif import Breach, breaches, eased, what_if

__all__ = [
    "Agreement",
    "Breach",
    "Families",
    "Stability",
    "beeswarm",
    "breaches",
    "by_bag",
    "by_permutation",
    "by_seed",
    "compared",
    "dependence",
    "eased",
    "explanation",
    "families_of",
    "family_explanation",
    "interventional",
    "lines",
    "since",
    "stays",
    "waterfall",
    "what_if",
]
