"""Whether the files of the models are what they were: what cannot be read serves nobody and replays nothing."""

from __future__ import annotations

from serving.scoring.health.finding import Finding
from serving.scoring.health.grounds import Grounds

CODE = "damage"


def look(grounds: Grounds) -> list[Finding]:
    """One finding a damaged file; each says what helps."""
    return [Finding(CODE, "act", zh, en) for zh, en in grounds.damage]
