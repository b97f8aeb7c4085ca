"""One sentence about a run or a pupil's data, for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """``code`` for programs, the sentence in both languages."""

    code: str
    zh: str
    en: str
