"""The numbers from which on something is said (``limits.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def limits() -> Mapping[str, Mapping[str, float]]:
    """Section -> name -> number."""
    text = (Path(__file__).parent / "limits.toml").read_text(encoding="utf-8")
    return {section: dict(values) for section, values in tomllib.loads(text).items()}


def limit(section: str, name: str) -> float:
    """One number."""
    return limits()[section][name]
