"""The report of a check: what was found, as text, JSON or a workbook."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from features.check.findings import LISTED_FILE, Fault, Findings
from features.check.report_text import text

__all__ = ["Fault", "Report"]


@dataclass(frozen=True)
class Report(Findings):
    """What a check found, and the forms in which it is handed to people and programs."""

    def to_text(self, lang: str = "zh", folder: Path | None = None) -> str:
        """The report for a terminal; ``folder``, as it was given, stands in the next command."""
        return text(self, lang, folder)

    def to_json(self) -> str:
        """The report for a program: counts, tables, faults and warnings (10,000 a rule and column)."""
        listed = {
            level: [asdict(f) for group in self._of(level) for f in group.faults(LISTED_FILE)]
            for level in ("fault", "warning")
        }
        said = {
            "exit_code": self.exit_code, "refused_tables": self.refused_tables,
            "counts": self.counts, "warning_counts": self.warning_counts,
            "tables": [asdict(tally) for tally in self.tallies],
            "notes": [{"zh": zh, "en": en} for zh, en in self.notes],
            "faults": listed["fault"], "warnings": listed["warning"],
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False, indent=2)

    def to_xlsx(self, out: Path, folder: Path, lang: str = "zh") -> Path:
        """Write the report as a workbook: counts, faults, and copies of the sheets, cells marked."""
        from features.check.report_xlsx import write

        return write(self, out, folder, lang)
