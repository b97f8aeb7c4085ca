"""What a check says: one sentence with its next step, the figures behind it, and whether it can wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["note", "look", "act"]
#: From what can be left to what needs a person.
SEVERITIES: tuple[Severity, ...] = ("note", "look", "act")
SEVERITY_ZH: Mapping[str, str] = {"act": "须有人处理", "look": "请留意", "note": "说明"}
SEVERITY_EN: Mapping[str, str] = {"act": "needs a person", "look": "worth a look", "note": "note"}


@dataclass(frozen=True)
class Finding:
    """``code`` for programs; the sentence and the next step in both languages; ``figures`` numbers.

    No pupil is named anywhere; a school only as a feed that has fallen silent.
    """

    code: str
    severity: Severity
    zh: str
    en: str
    figures: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def acts(self) -> bool:
        """True where a person is needed."""
        return self.severity == "act"


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """What needs a person first; within that by code and sentence, so that nothing is a ranking."""
    return tuple(
        sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), f.code, f.zh, f.en))
    )
