"""Rules of points in TOML: terms read, those without their indicator left out."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from training.baselines.baseline import Learned
from training.bundle import Column, Term


def read(path: Path) -> tuple[Term, ...]:
    """The terms of a rule's TOML."""
    return tuple(Term(**term) for term in tomllib.loads(path.read_text("utf-8"))["terms"])


def among(terms: Sequence[Term], columns: Sequence[Column]) -> tuple[Term, ...]:
    """The terms whose indicator is there."""
    have = {column.name for column in columns}
    return tuple(term for term in terms if term.indicator in have)


def learned(terms: Sequence[Term], columns: Sequence[Column]) -> Learned | None:
    """A rule on these columns; None where it has no term left."""
    found = among(terms, columns)
    by_name = {column.name: column for column in columns}
    named = tuple(by_name[term.indicator] for term in found)
    return Learned(named, terms=found) if found else None
